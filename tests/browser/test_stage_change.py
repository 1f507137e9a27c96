"""The main job, as people do it: asking, deciding, taking back."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Route, expect

from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from notifications.outbox import drain
from registry.models import ModelVersion
from registry.services import edit_version
from tests.browser.conftest import opened, session_cookie
from tests.cast import PASSWORD, caller

pytestmark = pytest.mark.browser


def version_address(version):
    return f"/w/default/models/churn/versions/{version.number}"


def test_one_person_asks_and_another_one_approves(visit, team):
    version = team.version(metrics={"auc": 0.91})
    engineer, reviewer = visit(team.engineer), visit(team.reviewer)
    engineer.goto(version_address(version))
    engineer.get_by_role("link", name="Change stage").click()
    dialog = engineer.get_by_role("dialog")
    dialog.get_by_label("Staging").check()
    dialog.get_by_label("Comment").fill("Better than what serves now.")
    expect(dialog).to_contain_text("Needs 1 approval")  # whoever is quicker is shown it first
    dialog.get_by_role("button", name="Ask for").click()
    expect(engineer.get_by_role("status")).to_contain_text(["Asked. The change waits for 1 approval."])
    reviewer.goto("/approvals")
    reviewer.get_by_role("link", name="Approve", exact=True).click()
    reviewer.get_by_role("dialog").get_by_label("Comment").fill("Agreed.")
    reviewer.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(reviewer.get_by_role("status")).to_contain_text(["Approved: v1 is now in Staging."])
    engineer.goto(version_address(version))
    expect(engineer.locator(".where")).to_contain_text("Staging")


def test_what_would_be_skipped_is_said_while_the_stage_is_chosen(visit, team):
    page = visit(team.engineer)
    page.goto(version_address(team.version()))
    page.get_by_role("link", name="Change stage").click()
    dialog = page.get_by_role("dialog")
    preview = dialog.locator("#move-preview")
    dialog.get_by_label("Development").check()
    expect(preview).to_contain_text("Needs 1 approval")
    expect(preview).not_to_contain_text("skips")
    dialog.get_by_label("Production").check()
    expect(preview).to_contain_text(re.compile(r"skips\s+Development.*Staging", re.IGNORECASE))
    expect(preview).to_have_attribute("role", "status")


def choosing(page, version):
    """The dialog of a stage change, whose previews are held back until a test lets them through."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.goto(version_address(version))
    page.get_by_role("link", name="Change stage").click()
    page.route(re.compile(r"change-stage\?.*to_stage="), hold)
    return page.get_by_role("dialog"), held


def test_a_button_pressed_before_the_preview_came_waits_for_it_and_carries_on(visit, team):
    page = visit(team.engineer)
    dialog, held = choosing(page, team.version())
    dialog.get_by_label("Development").check()
    dialog.get_by_role("button", name="Ask for").click()
    expect(dialog.get_by_role("button", name="Ask for")).to_have_class(re.compile("htmx-request"))
    assert StageChangeRequest.objects.count() == 0
    held[0].continue_()
    expect(page.get_by_role("status")).to_contain_text(["Asked. The change waits for 1 approval."])
    assert StageChangeRequest.objects.get().to_stage.key == "development"


def test_what_must_be_seen_first_is_shown_and_asked_for_by_pressing_again(visit, team):
    page = visit(team.engineer)
    dialog, held = choosing(page, team.version())
    dialog.get_by_label("Development").check()
    dialog.get_by_label("Production").check()
    dialog.get_by_role("button", name="Ask for").click()
    expect(dialog.get_by_role("button", name="Ask for")).to_have_class(re.compile("htmx-request"))
    held[0].continue_()
    expect(dialog.locator("#move-preview")).to_contain_text("Needs 1 approval")
    assert StageChangeRequest.objects.count() == 0  # that was the preview of the choice before
    expect(dialog.get_by_role("button", name="Ask for")).to_have_class(re.compile("htmx-request"))
    held[1].continue_()
    expect(dialog.locator("#move-preview")).to_contain_text(re.compile(r"skips", re.IGNORECASE))
    expect(dialog.get_by_role("button", name="Ask for")).not_to_have_class(re.compile("htmx-request"))
    assert StageChangeRequest.objects.count() == 0
    dialog.get_by_role("button", name="Ask for").click()
    expect(page.get_by_role("status")).to_contain_text(["Asked. The change waits for 1 approval."])
    assert StageChangeRequest.objects.get().to_stage.key == "production"


def test_without_its_preview_the_page_shows_what_is_asked_before_it_takes_it(live_server, browser, team):
    page, _ = opened(browser, live_server.url, session_cookie(team.engineer, live_server.url))  # it is to fail, so nobody watches
    dialog, held = choosing(page, team.version())
    dialog.get_by_label("Development").check()
    dialog.get_by_role("button", name="Ask for").click()
    expect(dialog.get_by_role("button", name="Ask for")).to_have_class(re.compile("htmx-request"))
    held[0].abort()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change stage of v1")
    expect(page.locator("#move-preview")).to_contain_text("Needs 1 approval")
    assert StageChangeRequest.objects.count() == 0
    page.context.close()


def test_the_requester_sees_a_reason_instead_of_a_button_and_a_forged_approval_is_refused(visit, team):
    change_request = team.ask(team.version())
    page = visit(team.engineer)
    page.goto(f"/requests/{change_request.pk}")
    why = "You asked for this change, so someone else must decide on it. You can revoke it."
    expect(page.locator(".why-not")).to_have_text(why)
    expect(page.get_by_role("link", name=re.compile("Approve|Reject"))).to_have_count(0)
    token = page.context.cookies()[-1] if page.context.cookies()[-1]["name"] == "csrftoken" else None
    secret = token["value"] if token else page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    answer = page.request.post(
        f"/requests/{change_request.pk}/approve",
        form={"csrfmiddlewaretoken": secret, "comment": "mine", "digest": change_request.digest},
        headers={"Referer": page.url},
    )
    assert answer.status == 403
    assert why in answer.text()
    assert StageChangeRequest.objects.get().is_pending


def test_a_request_is_revoked_by_who_asked(visit, team):
    change_request = team.ask(team.version())
    page = visit(team.engineer)
    page.goto(f"/requests/{change_request.pk}")
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_contain_text(["Revoked. To ask again, make a new request."])
    assert StageChangeRequest.objects.get().status == "revoked"


def test_a_rejection_without_a_reason_is_not_sent_and_with_one_it_ends_the_request(visit, team):
    change_request = team.ask(team.version())
    page = visit(team.reviewer)
    page.goto(f"/requests/{change_request.pk}")
    page.get_by_role("link", name="Reject").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Reject").click()
    assert StageChangeRequest.objects.get().is_pending
    dialog.get_by_label("Comment").fill("Recall fell.")
    dialog.get_by_role("button", name="Reject").click()
    expect(page.locator("article.request")).to_contain_text("Recall fell.")
    assert StageChangeRequest.objects.get().status == "rejected"


def test_the_pending_tab_counts_and_lists_requests_across_versions(visit, team):
    for _ in range(2):
        team.ask(team.version(), "development")
    page = visit(team.reviewer)
    page.goto("/w/default/models/churn")
    page.get_by_role("link", name=re.compile(r"Pending approvals\s*2")).click()
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("rowheader")).to_have_text([re.compile("v1"), re.compile("v2")])


def test_several_requests_are_approved_at_once_after_a_summary(visit, team):
    for _ in range(3):
        team.ask(team.version(), "development")
    page = visit(team.reviewer)
    page.goto("/approvals")
    page.get_by_label("Select churn v1").check()
    page.get_by_label("Select churn v3").check()
    page.get_by_role("button", name="Approve selected").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve 2 requests")
    page.get_by_role("button", name="Approve 2 requests").click()
    expect(page.get_by_role("cell", name=re.compile("Done"))).to_have_count(2)
    stages = ModelVersion.objects.order_by("number").values_list("stage", flat=True)
    assert list(stages) == ["development", "unassigned", "development"]


def test_what_was_edited_meanwhile_is_shown_before_it_is_approved(visit, team):
    version = team.version(metrics={"auc": 0.91})
    change_request = team.ask(version)
    page = visit(team.reviewer)
    page.goto(f"/requests/{change_request.pk}/approve")
    with unit_of_work():
        edit_version(version_id=version.pk, changes={"metrics": {"auc": 0.5}}, by=caller(team.engineer))
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="It changed since you looked")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(r"0\.91.*0\.5"))).to_be_visible()
    assert StageChangeRequest.objects.get().is_pending


def test_the_link_in_the_mail_leads_through_sign_in_to_the_request(visit, team):
    change_request = team.ask(team.version())
    drain()
    letter = next(letter for letter in mail.outbox if letter.to == [team.reviewer.email])
    (link,) = re.findall(rf"https?://testserver(/requests/{change_request.pk})\b", str(letter.body))
    page = visit()
    page.goto(link)
    page.get_by_label("Username or e-mail").fill("reviewer")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Request {change_request.pk}")
    expect(page.get_by_role("link", name="Approve", exact=True)).to_be_visible()
