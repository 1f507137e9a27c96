"""The page of a workspace's stages: read by members, changed by admins."""

import pytest

from registry.models import Stage
from tests.cast import Team, make_team
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
PAGE = "/w/default/stages"


@pytest.fixture
def team() -> Team:
    return make_team()


def test_members_read_the_stages_and_admins_change_them(team):
    page = look(browser(team.viewer), PAGE)
    assert [row[:2] for row in page.rows[1:]] == [
        [stage.name, stage.key] for stage in Stage.objects.filter(workspace=team.workspace)
    ]
    assert "Admins of the workspace change this." in page.words
    assert "Add a stage" not in page.words
    assert "Add a stage" in look(browser(team.admin), PAGE).words
    look(browser(team.stranger), PAGE, 404)


@pytest.mark.parametrize("path", ["", "/staging", "/staging/move", "/staging/retire", "/staging/restore"])
def test_nobody_but_an_admin_changes_them(team, path):
    for who, status in ((team.engineer, 403), (team.stranger, 404)):
        assert browser(who).post(PAGE + path, {"name": "x", "kind": "working", "colour": "red"}).status_code == status


def test_a_stage_is_added_changed_moved_retired_and_brought_back(team):
    client = browser(team.admin)
    send(client, PAGE, {"name": "Shadow", "kind": "working", "colour": "pink"})
    stage = team.stage("shadow")
    assert (stage.position, stage.colour) == (4, "pink")
    send(client, f"{PAGE}/shadow", {"name": "Shadow mode", "kind": "working", "colour": "teal", "exclusive": "on"})
    send(client, f"{PAGE}/shadow/move", {"to": "earlier"})
    stage.refresh_from_db()
    assert (stage.name, stage.colour, stage.exclusive, stage.position) == ("Shadow mode", "teal", True, 3)
    send(client, f"{PAGE}/shadow/move", {"to": "later"})
    send(client, f"{PAGE}/shadow/retire", {})
    assert "Bring back" in look(client, PAGE).words
    send(client, f"{PAGE}/shadow/restore", {})
    stage.refresh_from_db()
    assert (stage.retired_at, stage.position) == (None, 5)


def test_a_refusal_is_told_on_the_page(team):
    client = browser(team.admin)
    team.move(team.version(), "staging")
    send(client, f"{PAGE}/staging/retire", {})
    assert flashes(client, PAGE) == ["Staging is held by churn v1, so it was not retired. Move them on first."]
    page = send(client, PAGE, {"name": "staging", "kind": "working", "colour": "red"}, 409)
    assert "There is a stage called “staging” already" in page.words
    assert "kind" not in look(client, f"{PAGE}/staging").values


def test_a_workspace_begins_with_ones_own_stages(team):
    own = {"title": "Lab", "slug": "lab", "preset": "free", "stages": "dev\nlive = production", "multi_hold": "on"}
    send(browser(team.staff), "/workspaces", own)
    kinds = Stage.objects.filter(workspace__slug="lab", workspace__multi_hold=True).values_list("key", "kind")
    assert list(kinds) == [("unassigned", "unassigned"), ("dev", "working"), ("live", "production")]


def test_the_dialog_tells_who_makes_room_before_it_is_asked(team):
    first, version = team.move(team.version(), "staging"), team.version()
    address = f"/w/default/models/churn/versions/{version.number}/change-stage"
    client = browser(team.engineer)
    page = look(client, f"{address}?to_stage=staging")
    assert f"Move out who is in Staging now: {first.name}" in page.words
    assert "will move to" not in page.words
    page = look(client, f"{address}?to_stage=staging&archive_incumbents=on")
    assert "v1 will move to Archived" in page.words
    where = send(client, address, page.values)
    assert "v1 will move to Archived" in look(browser(team.reviewer), where).words
    assert "v1 will move to Archived" in look(browser(team.reviewer), "/approvals").words


def test_the_activity_says_who_moved_out_and_what_an_admin_changed():
    team = make_team(preset="chariot")
    team.move(team.version(), "staging", "production")
    team.move(team.version(), "staging")
    send(browser(team.admin), f"{PAGE}/staging", {"name": "Test", "colour": "teal", "protected": "on", "exclusive": "on"})
    words = look(browser(team.viewer), "/activity").words
    assert "moved churn v1 out of Test: it is now in Production" in words
    assert "changed the stage Test: colour amber → teal, name Staging → Test" in words


def test_a_version_that_holds_two_stages_is_shown_in_both():
    team = make_team(preset="chariot")
    team.move(team.version(), "staging", "production")
    client = browser(team.viewer)
    overview = look(client, "/w/default/models/churn").words
    assert "Staging1 v1" in overview
    assert "Production1 v1" in overview
    (row,) = [row for row in look(client, "/models?view=table").rows if row and row[0].startswith("churn")]
    assert [cell for cell in row[1:] if cell == "v1"] == ["v1", "v1"]
    (row,) = [row for row in look(client, "/w/default/models/churn/versions").rows if "v1" in row[1:2]]
    assert row[2] == "ProductionStaging"
    assert "StagingProduction in production since" in look(client, "/w/default/models/churn/versions/1").words
