"""The same with JavaScript switched off: every step is a page of its own."""

import re

import pytest
from playwright.sync_api import expect

from approvals.models import StageChangeRequest

pytestmark = pytest.mark.browser


def test_the_skip_warning_stands_between_choosing_and_asking(visit, team):
    team.version()
    page = visit(team.engineer, java_script_enabled=False)
    page.goto("/w/default/models/churn/versions/1")
    page.get_by_role("link", name="Change stage").click()
    page.get_by_label("Production").check()
    page.get_by_label("Comment").fill("The launch is on Monday.")
    page.get_by_role("button", name="Ask for").click()
    assert not StageChangeRequest.objects.exists()
    expect(page.locator("#move-preview")).to_contain_text(re.compile(r"skips\s+Development.*Staging", re.IGNORECASE))
    expect(page.get_by_label("Comment")).to_have_value("The launch is on Monday.")
    page.get_by_role("button", name="Ask for").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Request \d+"))
    assert StageChangeRequest.objects.get().skipped_stages == ["development", "staging"]


@pytest.mark.parametrize(
    ("who", "action", "status"),
    [("reviewer", "Approve", "applied"), ("reviewer", "Reject", "rejected"), ("engineer", "Revoke", "revoked")],
)
def test_a_request_ends(visit, team, who, action, status):
    change_request = team.ask(team.version())
    page = visit(getattr(team, who), java_script_enabled=False)
    page.goto(f"/requests/{change_request.pk}")
    page.get_by_role("link", name=action, exact=True).click()
    page.get_by_label("Comment").fill("Because.")
    page.get_by_role("button", name=action).click()
    expect(page.locator("article.request .status")).to_have_text(re.compile(status, re.IGNORECASE))
    assert StageChangeRequest.objects.get().status == status


def test_several_requests_are_rejected_at_once(visit, team):
    for _ in range(2):
        team.ask(team.version(), "development")
    page = visit(team.reviewer, java_script_enabled=False)
    page.goto("/approvals")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Reject selected").click()
    page.get_by_label("Comment").fill("Neither was measured.")
    page.get_by_role("button", name="Reject 2 requests").click()
    assert set(StageChangeRequest.objects.values_list("status", flat=True)) == {"rejected"}


def test_a_model_and_a_version_are_registered(visit, team):
    page = visit(team.engineer, java_script_enabled=False)
    page.goto("/w/default/register-model")
    page.get_by_label("Name").fill("fraud")
    page.get_by_role("button", name="Register").click()
    page.get_by_role("link", name=re.compile("Register a version|Register version")).first.click()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("v1")
