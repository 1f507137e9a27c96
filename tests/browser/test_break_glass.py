"""Breaking the glass and looking at it afterwards, with the keyboard and the mouse; what the dialogs say meanwhile."""

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from tests.browser.test_pages import violations

pytestmark = pytest.mark.browser


def no_violations(page: Page) -> None:
    """Nothing for axe to find, in light and in dark."""
    page.evaluate(AXE_SCRIPT)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_timeout(250)
        assert violations(page) == []


def test_the_glass_is_broken_by_typing_and_signed_off_by_another(visit, team):
    team.policy("production", 2, break_glass_roles=["admin"], required_checks=[{"name": "tests"}])
    change_request = team.ask(team.version(), "production")
    page = visit(team.admin)
    page.goto(f"/requests/{change_request.pk}")
    page.get_by_role("link", name="Break glass").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("You put this into effect alone")
    expect(dialog).to_contain_text("The check “tests” has not been reported yet")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    no_violations(page)
    page.keyboard.type("Fraud wave.")
    page.keyboard.press("Tab")
    page.keyboard.type("churn v2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is not “churn v1”")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Fraud wave.")
    assert ModelVersion.objects.get().stage == "unassigned"
    page.get_by_label("To confirm").fill("churn v1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(["v1 is now in Production, by break-glass."])
    expect(page.get_by_role("article")).to_contain_text(re.compile(r"break-glass\s+to be reviewed"))
    assert (ModelVersion.objects.get().stage, StageChangeRequest.objects.get().effect) == ("production", "break-glass")

    reviewer = visit(team.reviewer)
    reviewer.goto("/approvals")
    reviewer.get_by_role("link", name=re.compile("To be reviewed")).click()
    reviewer.get_by_role("link", name="Sign off").click()
    no_violations(reviewer)
    reviewer.get_by_label("Comment").first.fill("Right call.")
    reviewer.get_by_role("button", name="Sign off").click()
    expect(reviewer.locator("#sign-off")).to_contain_text("signed it off")
    expect(reviewer.get_by_text("to be reviewed")).to_have_count(0)


def test_a_comment_is_needed_only_while_a_stage_is_chosen_that_wants_one(visit, team):
    team.policy("production", 1, skip_rule="comment")
    team.policy("archived", 1, skip_rule="forbid")
    page = visit(team.engineer)
    page.goto(f"/w/default/models/churn/versions/{team.version().number}")
    page.get_by_role("link", name="Change stage").click()
    dialog = page.get_by_role("dialog")
    comment = dialog.get_by_role("textbox", name="Comment")
    dialog.get_by_label("Production").check()
    expect(dialog).to_contain_text("Say why in the comment.")
    expect(comment).to_have_attribute("required", "")
    no_violations(page)
    dialog.get_by_label("Archived").check()
    expect(dialog).to_contain_text("This cannot be asked for.")
    expect(dialog.get_by_role("button", name="Ask for")).to_have_count(0)
    dialog.get_by_label("Development").check()
    expect(dialog.get_by_role("button", name="Ask for the change")).to_be_visible()
    expect(comment).not_to_have_attribute("required", "")


def test_a_delegate_chooses_the_name_with_the_keyboard(visit, team):
    team.away(team.second_reviewer, team.reviewer)
    change_request = team.ask(team.version())
    page = visit(team.reviewer)
    page.goto(f"/requests/{change_request.pk}")
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("in my own name")).to_be_checked()
    dialog.get_by_label("in my own name").focus()
    page.keyboard.press("ArrowDown")
    no_violations(page)
    dialog.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text(["Approved: v1 is now in Staging."])
    expect(page.locator("main")).to_contain_text(re.compile(r"approved for\s+Second Reviewer"))
