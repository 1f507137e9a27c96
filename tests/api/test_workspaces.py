"""Workspaces with their lifecycles, and the policies of their stages."""

import pytest
from django.conf import LazySettings

from activity.models import Activity
from approvals.models import StagePolicy
from tests.api.conftest import Callers, fields, problem
from tests.cast import Team, make_team

DEFAULT = "/api/v1/workspaces/default"
POLICY = f"{DEFAULT}/stages/staging/policy"
DEFAULTS = StagePolicy().content


def test_a_workspace_shows_its_lifecycle_in_order_and_totals_per_stage(api: Callers, team: Team):
    team.move(team.version(), "staging")
    team.version()
    body = api.viewer.get(DEFAULT).json()
    created = team.workspace.created_at.isoformat().replace("+00:00", "Z")
    stages = [
        ("unassigned", "unassigned", "gray", False), ("development", "working", "violet", False), ("staging", "working", "amber", True),
        ("production", "production", "green", True), ("archived", "archived", "slate", False),
    ]  # fmt: skip
    assert body == {
        "slug": "default", "title": "Default", "role": "viewer", "created_at": created, "multi_hold": False, "open_stages": False,
        "stages": [
            {
                "key": key, "name": key.title(), "position": position, "kind": kind, "colour": colour, "protected": protected,
                "exclusive": False, "retired_at": None,
                "policy": DEFAULTS | {"exclude_last_editor": protected, "revision": 1},
            }
            for position, (key, kind, colour, protected) in enumerate(stages)
        ],
        "totals": {"unassigned": 1, "development": 0, "staging": 1, "production": 0, "archived": 0},
    }  # fmt: skip
    assert api.viewer.get("/api/v1/workspaces").json() == {"results": [body], "next": None, "previous": None}


def test_only_ones_own_workspaces_are_listed(api: Callers):
    make_team("other", "2")
    assert [row["slug"] for row in api.admin.get("/api/v1/workspaces").json()["results"]] == ["default"]
    assert api.stranger.get("/api/v1/workspaces").json()["results"] == []


def test_staff_make_a_workspace_and_become_its_admin(api: Callers):
    made = api.staff.post("/api/v1/workspaces", {"slug": "fraud", "title": "Fraud"})
    assert (made.status_code, made["Location"]) == (201, "http://testserver/api/v1/workspaces/fraud")
    assert (made.json()["title"], made.json()["role"], len(made.json()["stages"])) == ("Fraud", "admin", 5)
    assert api.staff.post("/api/v1/workspaces", {"slug": "plain"}).json()["title"] == "plain"
    assert problem(api.staff.post("/api/v1/workspaces", {"slug": "fraud"})) == (409, "conflict")
    assert problem(api.admin.post("/api/v1/workspaces", {"slug": "mine"})) == (403, "forbidden")


def test_a_setting_lets_everyone_make_workspaces(api: Callers, settings: LazySettings):
    settings.WORKSPACE_CREATORS = "everyone"
    assert api.engineer.post("/api/v1/workspaces", {"slug": "mine"}).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "slug"), ({"slug": "No Slug"}, "slug"), ({"slug": "a" * 61}, "slug"), ({"slug": "a", "preset": "tango"}, "preset"),
     ({"slug": "a", "title": "x" * 121}, "title"), ({"slug": "a", "title": 5}, "title")],
)  # fmt: skip
def test_a_wrong_workspace_is_told_by_its_field(api: Callers, body: dict[str, object], field: str):
    response = api.staff.post("/api/v1/workspaces", body)
    assert (problem(response), fields(response)) == ((400, "invalid"), [field])


def test_an_admin_changes_the_title_and_never_the_slug(api: Callers):
    assert api.admin.patch(DEFAULT, {"title": "Main"}).json()["title"] == "Main"
    assert api.admin.patch(DEFAULT, {}).json()["title"] == "Main"
    assert fields(api.admin.patch(DEFAULT, {"slug": "main"})) == ["slug"]
    assert fields(api.admin.patch(DEFAULT, {"title": " "})) == ["title"]
    assert problem(api.engineer.patch(DEFAULT, {"title": "x"})) == (403, "forbidden")
    assert Activity.objects.filter(verb="workspace.renamed").count() == 1


def test_a_policy_is_read_by_members_and_set_by_admins(api: Callers):
    assert api.viewer.get(POLICY).json() == DEFAULTS | {"exclude_last_editor": True, "revision": 1}
    body = {"approvals_required": 2, "exclude_last_editor": False}
    response = api.admin.put(POLICY, body, If_Match='"1"')
    assert (response.json(), response["ETag"]) == (DEFAULTS | body | {"revision": 2, "proposal": None}, '"2"')
    assert problem(api.engineer.put(POLICY, body)) == (403, "forbidden")
    assert problem(api.admin.put(POLICY, {}, If_Match='"1"')) == (412, "precondition-failed")


def test_what_a_policy_leaves_out_goes_back_to_its_default(api: Callers):
    api.admin.put(POLICY, {"approvals_required": 3, "exclude_last_editor": False})
    assert api.admin.put(POLICY, {}).json() == DEFAULTS | {"exclude_last_editor": True, "revision": 3, "proposal": None}
    open_stage = f"{DEFAULT}/stages/development/policy"
    api.admin.put(open_stage, {"exclude_last_editor": True})
    assert api.admin.put(open_stage, {"approvals_required": 0}).json()["exclude_last_editor"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [({"approvals_required": 21}, "approvals_required"), ({"approvals_required": -1}, "approvals_required"),
     ({"approvals_required": "1"}, "approvals_required"), ({"approvals_required": True}, "approvals_required"),
     ({"approvals_required": 10**30}, "approvals_required"), ({"approvals_required": 1.5}, "approvals_required"),
     ({"exclude_last_editor": 1}, "exclude_last_editor"), ({"groups": [{"group": "nobody", "minimum": 1}]}, "groups"),
     ({"approvals_required": 4}, "approvals_required"), ({"skip_rule": "never"}, "skip_rule"),
     ({"expires_after_days": 0}, "expires_after_days"),
     ({"required_checks": [{"name": "a"}, {"name": "a"}]}, "required_checks"), ({"release_accounts": ["nobody"]}, "release_accounts"),
     ({"required_checks": [{"name": "a", "reporter": "token:99999"}]}, "required_checks"),
     ({"break_glass_roles": ["viewer"]}, "break_glass_roles.0"),
     ({"wish": 1}, "wish")],
)  # fmt: skip
def test_a_wrong_policy_is_told_by_its_field(api: Callers, body: dict[str, object], field: str):
    response = api.admin.put(POLICY, body)
    assert (problem(response), fields(response)) == ((400, "invalid"), [field])


def test_a_stage_that_is_not_there_has_no_policy(api: Callers):
    for key in ("nowhere", "a%00b", "%20"):
        assert problem(api.admin.get(f"{DEFAULT}/stages/{key}/policy")) == (404, "not-found")
        assert problem(api.admin.put(f"{DEFAULT}/stages/{key}/policy", {})) == (404, "not-found")
