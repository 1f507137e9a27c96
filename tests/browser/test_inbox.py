"""Several requests decided at once, by mouse and by keyboard, on a desk and on a phone."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from approvals.models import StageChangeRequest

pytestmark = pytest.mark.browser
SELECTED = re.compile(r"/approvals/selected\?")


def statuses():
    return list(StageChangeRequest.objects.order_by("pk").values_list("status", flat=True))


def no_violations(page, *, sizes=True):
    """`sizes=False` where a bar floats over part of a link, which can be scrolled from under it."""
    found = Axe().run(page, options={"rules": {"target-size": {"enabled": sizes}}, "resultTypes": ["violations"]})
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]] == []


def test_several_are_selected_and_approved_by_keyboard(visit, team):
    for _ in range(3):
        team.ask(team.version(), "development")
    page = visit(team.reviewer)
    page.goto("/approvals")
    for key in ("j", "x", "j", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-picked]")).to_have_text("2 of 3 selected")
    no_violations(page)
    page.keyboard.press("a")
    expect(page).to_have_url(SELECTED)
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve 2 requests")
    assert statuses() == ["pending"] * 3
    no_violations(page)
    page.get_by_role("button", name="Approve 2 requests").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 approved")
    assert statuses() == ["applied", "pending", "applied"]
    no_violations(page)


def test_r_on_a_selection_leads_to_the_summary_of_a_rejection_which_keeps_it_on_a_mistake(visit, team):
    team.ask(team.version())
    page = visit(team.reviewer)
    page.goto("/approvals")
    for key in ("j", "x", "r"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1)).to_have_text("Reject 1 request")
    page.get_by_label("Comment").fill("  ")
    page.get_by_role("button", name="Reject 1 request").click()
    expect(page.get_by_text("A rejection needs a comment")).to_be_visible()
    page.get_by_label("Comment").fill("Not measured.")
    page.get_by_role("button", name="Reject 1 request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 rejected")
    assert statuses() == ["rejected"]


def test_enter_opens_the_row_also_from_its_box(visit, team):
    asked = team.ask(team.version())
    page = visit(team.reviewer)
    page.goto("/approvals")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/requests/{asked.pk}$"))
    page.go_back()
    page.get_by_role("checkbox", name="Select churn v1").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/requests/{asked.pk}$"))


def test_all_on_the_page_are_selected_at_once_and_let_go_again(visit, team):
    for _ in range(2):
        team.ask(team.version())
    page = visit(team.reviewer)
    page.goto("/approvals")
    bar, boxes = page.locator("[data-selection-bar]"), page.locator("[data-pick]")
    expect(bar.get_by_role("button", name="Approve selected…")).to_be_hidden()
    page.get_by_role("checkbox", name="Select all on this page").check()
    expect(page.locator("[data-picked]")).to_have_text("2 of 2 selected")
    boxes.first.uncheck()
    expect(bar.get_by_role("checkbox", name="All on this page")).to_have_js_property("indeterminate", True)
    bar.get_by_role("button", name="Clear").click()
    expect(boxes.first).not_to_be_checked()
    expect(boxes.last).not_to_be_checked()
    expect(bar.get_by_role("checkbox", name="All on this page")).to_be_focused()


def test_keys_select_nothing_when_they_are_switched_off(visit, team):
    team.ask(team.version())
    page = visit(team.reviewer)
    page.goto("/approvals")
    page.evaluate("document.documentElement.dataset.shortcuts = 'off'")
    for key in ("j", "x", "a"):
        page.keyboard.press(key)
    expect(page.locator("[data-pick]")).not_to_be_checked()
    expect(page).to_have_url(re.compile(r"/approvals$"))


def test_on_a_phone_the_bar_hides_no_focus_and_nothing_runs_over(visit, team):
    for _ in range(4):
        team.ask(team.version())
    page = visit(team.reviewer, viewport={"width": 390, "height": 700})
    page.goto("/approvals")
    page.locator("[data-pick]").first.check()
    no_violations(page, sizes=False)
    for _ in range(4):
        page.keyboard.press("j")
        box, bar = page.locator(":focus").bounding_box(), page.locator("[data-selection-bar]").bounding_box()
        assert box
        assert bar
        assert box["y"] + box["height"] <= bar["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_javascript_several_are_approved_too(visit, team):
    for _ in range(2):
        team.ask(team.version())
    page = visit(team.reviewer, java_script_enabled=False)
    page.goto("/approvals")
    for box in page.get_by_role("checkbox", name="Select churn").all():
        box.check()
    expect(page.get_by_role("checkbox", name="All on this page")).to_be_hidden()
    page.get_by_role("button", name="Approve selected…").click()
    page.get_by_role("button", name="Approve 2 requests").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 approved")
    assert statuses() == ["applied", "applied"]
