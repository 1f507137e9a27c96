"""Stages with one holder, and who makes room, as people see it."""

import pytest
from playwright.sync_api import expect

from registry.models import Stage
from tests.slots import holders, standing

pytestmark = pytest.mark.browser


def test_who_makes_room_is_said_as_it_is_ticked_and_is_done(visit, team):
    team.move(team.version(), "staging")
    team.version()
    page = visit(team.engineer)
    page.goto("/w/default/models/churn/versions/2")
    page.get_by_role("link", name="Change stage").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Staging", exact=False).first.check()
    preview = dialog.locator("#move-preview")
    expect(preview).to_contain_text("Move out who is in Staging now: v1")
    expect(preview).not_to_contain_text("will move to")
    preview.get_by_role("checkbox").check()
    expect(preview).to_contain_text("v1 will move to Archived")
    dialog.get_by_role("button", name="Ask for").click()
    expect(page.get_by_role("article")).to_contain_text("v1 will move to Archived")
    reviewer = visit(team.reviewer)
    reviewer.goto("/approvals")
    expect(reviewer.locator("main")).to_contain_text("v1 will move to Archived")
    reviewer.get_by_role("link", name="Approve", exact=True).click()
    reviewer.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(reviewer.get_by_role("status")).to_contain_text(["Approved: v2 is now in Staging."])
    assert (standing(team), holders(team, "staging")) == (["archived", "staging"], {"staging": [2]})


def test_an_admin_adds_a_stage_and_puts_it_where_it_belongs(visit, team):
    page = visit(team.admin)
    page.goto("/w/default/stages")
    page.get_by_label("Name").fill("Shadow")
    page.get_by_label("Teal").check()
    page.get_by_label("Exclusive").check()
    page.get_by_role("button", name="Add the stage").click()
    page.get_by_role("button", name="Move Shadow up").click()
    expect(page.get_by_role("status")).to_contain_text(["Shadow is moved."])
    stage = Stage.objects.get(workspace=team.workspace, key="shadow")
    assert (stage.position, stage.colour, stage.exclusive) == (3, "teal", True)
