"""Comparing and going back, as people do it: with the mouse, with keys, on a phone."""

import pytest
from playwright.sync_api import expect

from approvals.models import StageChangeRequest

pytestmark = pytest.mark.browser

MODEL = "/w/default/models/churn"


@pytest.fixture
def live(team):
    """`old` was in Production; `live` is there now; `new` is the candidate."""
    for name, auc in (("old", 0.8), ("live", 0.85)):
        team.move(team.version(name=name, metrics={"auc": auc, "loss": 0.2}), "staging", "production")
    team.move(team.model.versions.get(name="old"), "archived")
    return team.version(name="new", metrics={"auc": 0.9, "loss": 0.3})


def test_two_versions_are_ticked_in_the_list_and_compared(visit, team, live):
    page = visit(team.viewer)
    page.goto(f"{MODEL}/versions")
    page.get_by_label("Select new").check()
    page.get_by_role("link", name="old", exact=True).focus()
    page.keyboard.press("x")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("new beside old")
    expect(page.get_by_role("row", name="auc")).to_contain_text("+0.1 better")
    expect(page.get_by_role("row", name="loss")).to_contain_text("+0.1 worse")
    page.get_by_role("link", name="Swap").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("old beside new")
    page.get_by_label("Compared with").fill("live")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("old beside live")


def test_the_approver_sees_the_comparison_before_the_buttons(visit, team, live):
    asked = team.ask(live, "production")
    page = visit(team.reviewer)
    page.goto(f"/requests/{asked.pk}")
    comparison = page.get_by_role("region", name="Compared with Production: live")
    expect(comparison.get_by_role("row", name="auc")).to_contain_text("+0.05 better")
    seen, button = comparison.bounding_box(), page.get_by_role("link", name="Approve").bounding_box()
    assert seen
    assert button
    assert seen["y"] + seen["height"] <= button["y"]
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text(["Approved: new is now in Production."])


def test_who_approves_from_the_inbox_sees_the_figures_first(visit, team, live):
    team.ask(live, "production")
    page = visit(team.reviewer)
    page.goto("/approvals")
    page.get_by_role("link", name="Approve", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Comment")).to_be_focused()
    expect(dialog.get_by_text("Takes effect at once.")).to_be_in_viewport()
    expect(dialog.get_by_role("row", name="auc")).to_be_in_viewport()


def test_on_a_phone_a_figure_is_one_line_of_three(visit, team, live):
    asked = team.ask(live, "production")
    page = visit(team.reviewer, viewport={"width": 390, "height": 844})
    page.goto(f"/requests/{asked.pk}")
    cells = page.get_by_role("row", name="auc").locator("td").all()
    boxes = [cell.bounding_box() for cell in cells]
    assert len({round(box["y"]) for box in boxes if box}) == 1
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_former_holder_is_brought_back_by_an_ordinary_request(visit, team, live):
    page = visit(team.engineer)
    page.goto(f"{MODEL}/history?stage=production")
    page.get_by_role("link", name="Bring back old to Production").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="Production")).to_be_checked()
    expect(dialog.locator("#move-preview")).to_contain_text("Needs 1 approval")
    comment = dialog.get_by_label("Comment")
    assert comment.input_value().startswith("Bring old back to Production: live is there since ")
    comment.press("End")
    comment.press_sequentially("It leaks.")
    dialog.get_by_role("button", name="Ask for").click()
    expect(page.get_by_role("status")).to_contain_text(["Asked. The change waits for 1 approval."])
    assert StageChangeRequest.objects.pending().get().comment.endswith("It leaks.")


def test_what_held_which_stage_at_a_moment_is_asked_from_the_overview(visit, team, live):
    page = visit(team.viewer)
    page.goto(MODEL)
    page.get_by_label("What held which stage on").fill("2020-01-01T12:00")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#then")).to_contain_text("On 1 Jan 2020, 12:00:00 UTC")
    expect(page.locator("#then").get_by_role("row", name="Production")).to_contain_text("nothing")
