"""With the keyboard alone: by shortcuts, and by nothing but Tab, space and Enter."""

import re

import pytest
from playwright.sync_api import expect

from approvals.models import StageChangeRequest

pytestmark = pytest.mark.browser


def tab_to(page, name, most=60):
    """Press Tab until the element with that accessible name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and re.search(name, (focused.get_attribute("aria-label") or focused.inner_text() or "").strip()):
            return focused
    raise AssertionError(f"Tab did not reach {name!r} in {most} steps")


def test_a_request_is_approved_by_shortcuts(visit, team):
    team.ask(team.version(), "development")
    change_request = team.ask(team.version(), "development")
    page = visit(team.reviewer)
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page.get_by_role("heading", level=1)).to_have_text("Approvals")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2).first).to_have_text("Approve the request")
    expect(dialog.get_by_label("Comment")).to_be_focused()
    page.keyboard.type("Fine.")
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Approve")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(["Approved: v2 is now in Development."])
    assert StageChangeRequest.objects.get(pk=change_request.pk).status == "applied"
    assert StageChangeRequest.objects.filter(status="pending").count() == 1


def test_a_stage_change_is_asked_for_with_tab_and_enter_alone(visit, team):
    team.version()
    page = visit(team.engineer)
    page.goto("/w/default/models/churn/versions/1")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    tab_to(page, "^Change stage$")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Development")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_label("Staging")).to_be_checked()
    expect(dialog.locator("#move-preview")).to_contain_text(re.compile("skips", re.IGNORECASE))
    tab_to(page, "^Ask for")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Request \d+"))
    assert StageChangeRequest.objects.get().to_stage.key == "staging"


def test_escape_closes_the_dialog_and_the_focus_returns(visit, team):
    team.version()
    page = visit(team.engineer)
    page.goto("/w/default/models/churn/versions/1")
    page.get_by_role("link", name="Change stage").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Change stage")).to_be_focused()


def test_shortcuts_can_be_switched_off(visit, team):
    page = visit(team.reviewer)
    page.goto("/")
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_role("switch").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.reload()
    expect(page).to_have_url(re.compile(r"/$"))


def test_g_and_s_lead_to_the_charts(visit, team):
    page = visit(team.viewer)
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/insights")
    expect(page.get_by_role("img", name="Versions per stage over time")).to_have_count(0)  # nothing was registered
    expect(page.get_by_role("heading", name="There were no versions in this period")).to_be_visible()
