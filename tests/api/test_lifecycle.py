"""A workspace's stages over HTTP."""

import json

from activity.models import Activity
from tests.api.conftest import MODEL, Callers, problem
from tests.cast import Team

STAGES = "/api/v1/workspaces/default/stages"


def test_admins_add_change_retire_and_restore_a_stage(api: Callers, team: Team):
    made = api.admin.post(STAGES, {"name": "Shadow mode"})
    assert (made.status_code, made["Location"]) == (201, f"http://testserver{STAGES}/shadow-mode")
    body = made.json()
    assert body | {"colour": ""} == {
        "key": "shadow-mode", "name": "Shadow mode", "position": 4, "kind": "working", "colour": "", "protected": False,
        "exclusive": False, "retired_at": None,
        "policy": body["policy"],
    }  # fmt: skip
    changed = api.admin.patch(f"{STAGES}/shadow-mode", {"name": "Shadow", "position": 1, "exclusive": True}).json()
    assert (changed["name"], changed["position"], changed["exclusive"]) == ("Shadow", 1, True)
    assert json.loads(Activity.objects.latest("pk").data)["to"] == {"name": "Shadow", "position": 1, "exclusive": True}
    assert api.admin.post(f"{STAGES}/shadow-mode/retire").json()["retired_at"]
    listed = api.viewer.get("/api/v1/workspaces/default").json()["stages"]
    assert "shadow-mode" not in [stage["key"] for stage in listed]
    assert "shadow-mode" in [stage["key"] for stage in api.viewer.get(STAGES).json()["results"]]
    assert api.admin.post(f"{STAGES}/shadow-mode/restore").json()["retired_at"] is None


def test_who_may_not_is_told(api: Callers, team: Team):
    assert problem(api.engineer.post(STAGES, {"name": "x"})) == (403, "forbidden")
    assert problem(api.engineer.patch(f"{STAGES}/staging", {"name": "x"})) == (403, "forbidden")
    assert problem(api.stranger.get(STAGES)) == (404, "not-found")
    assert problem(api.admin.patch(f"{STAGES}/nowhere", {"name": "x"})) == (404, "not-found")
    assert problem(api.admin.post(STAGES, {"name": "x", "kind": "unassigned"})) == (400, "invalid")
    team.move(team.version(), "staging")
    assert problem(api.admin.post(f"{STAGES}/staging/retire")) == (409, "conflict")


def test_a_workspace_is_made_with_stages_of_ones_own(api: Callers):
    sent = {
        "slug": "own",
        "preset": "free",
        "stages": [{"name": "qa"}, {"name": "live", "kind": "production"}],
        "multi_hold": True,
    }
    made = api.staff.post("/api/v1/workspaces", sent)
    assert [stage["key"] for stage in made.json()["stages"]] == ["unassigned", "qa", "live"]
    assert (made.json()["multi_hold"], made.json()["open_stages"]) == (True, False)
    assert problem(api.staff.post("/api/v1/workspaces", {"slug": "none", "preset": "free"})) == (400, "invalid")


def test_a_name_becomes_a_stage_when_it_is_first_asked_for(api: Callers, team: Team):
    team.workspace.open_stages = True
    team.workspace.save()
    team.version()
    filed = api.engineer.post(f"{MODEL}/versions/1/stage-change-requests", {"to_stage": "canary"})
    assert (filed.status_code, filed.json()["to_stage"]) == (201, "canary")
