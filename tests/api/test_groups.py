"""Approver groups over HTTP."""

from activity.models import Activity
from tests.api.conftest import Callers, fields, problem
from tests.cast import Team, make_team

GROUPS = "/api/v1/workspaces/default/groups"


def test_an_admin_makes_fills_renames_and_removes_a_group(api: Callers, team: Team):
    made = api.admin.post(GROUPS, {"key": "risk", "name": "Model risk"})
    assert (made.status_code, made["Location"]) == (201, f"http://testserver{GROUPS}/risk")
    assert made.json() | {"created_at": ""} == {"key": "risk", "name": "Model risk", "created_at": "", "members": []}
    (row,) = api.admin.put(f"{GROUPS}/risk/members/reviewer").json()["members"]
    assert row | {"given_at": ""} == {"username": "reviewer", "name": "Reviewer", "given_by": "admin", "given_at": ""}
    assert len(api.admin.put(f"{GROUPS}/risk/members/reviewer").json()["members"]) == 1
    assert api.admin.patch(f"{GROUPS}/risk", {"name": "Risk"}).json()["name"] == "Risk"
    assert api.admin.patch(f"{GROUPS}/risk", {}).json()["name"] == "Risk"
    assert api.viewer.get(f"{GROUPS}/risk").json()["members"] == [row]
    assert [group["key"] for group in api.viewer.get(GROUPS).json()["results"]] == ["risk"]
    assert api.admin.delete(f"{GROUPS}/risk/members/reviewer").status_code == 204
    assert api.admin.delete(f"{GROUPS}/risk").status_code == 204
    assert problem(api.admin.get(f"{GROUPS}/risk")) == (404, "not-found")
    verbs = list(Activity.objects.order_by("-id").values_list("verb", flat=True)[:5])
    assert verbs == ["group.deleted", "group.member_removed", "group.renamed", "group.member_added", "group.created"]


def test_a_group_that_a_policy_names_stays(api: Callers, team: Team):
    team.group("risk", team.reviewer, team.admin)
    team.policy("production", groups=[{"group": "risk", "minimum": 1}])
    refused = api.admin.delete(f"{GROUPS}/risk")
    assert (problem(refused), refused.json()["stage"]) == ((409, "conflict"), "production")
    assert api.admin.get(f"{GROUPS}/risk").status_code == 200


def test_a_group_without_a_name_has_its_key_and_a_key_is_taken_once(api: Callers, team: Team):
    assert api.admin.post(GROUPS, {"key": "risk"}).json()["name"] == "risk"
    assert problem(api.admin.post(GROUPS, {"key": "risk"})) == (409, "conflict")
    wrong = api.admin.post(GROUPS, {"key": "Model Risk"})
    assert (problem(wrong), fields(wrong)) == ((400, "invalid"), ["key"])


def test_only_members_of_the_workspace_are_put_into_a_group_and_no_machine(api: Callers, team: Team):
    team.group("risk")
    assert problem(api.admin.put(f"{GROUPS}/risk/members/stranger")) == (404, "not-found")
    machine = api.admin.put(f"{GROUPS}/risk/members/bot")
    assert (problem(machine), fields(machine)) == ((400, "invalid"), ["username"])
    assert problem(api.admin.delete(f"{GROUPS}/risk/members/viewer")) == (404, "not-found")
    assert problem(api.admin.delete(f"{GROUPS}/risk/members/nobody")) == (404, "not-found")


def test_a_group_of_another_workspace_is_not_there(api: Callers, team: Team):
    other = make_team("other", "2")
    other.group("theirs")
    assert problem(api.admin.get(f"{GROUPS}/theirs")) == (404, "not-found")
    assert problem(api.admin.get("/api/v1/workspaces/other/groups/theirs")) == (404, "not-found")
    assert problem(api.admin.put(f"{GROUPS}/theirs/members/reviewer")) == (404, "not-found")


def test_only_admins_change_groups(api: Callers, team: Team):
    team.group("risk", team.reviewer)
    for refused in (
        api.engineer.post(GROUPS, {"key": "mine"}),
        api.engineer.patch(f"{GROUPS}/risk", {"name": "Mine"}),
        api.engineer.put(f"{GROUPS}/risk/members/engineer"),
        api.engineer.delete(f"{GROUPS}/risk/members/reviewer"),
        api.engineer.delete(f"{GROUPS}/risk"),
    ):
        assert problem(refused) == (403, "forbidden")
