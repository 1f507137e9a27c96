"""Who the caller is, and who belongs to a workspace."""

import pytest

from accounts.caller import Scope
from accounts.models import Membership, User
from activity.models import Activity
from tests.api.conftest import Api, Callers, fields, problem, token_of
from tests.cast import Team, make_team

MEMBERS = "/api/v1/workspaces/default/members"


def test_me_says_who_calls_and_what_waits(team: Team):
    team.ask(team.version())
    team.ask(team.version(), by=team.reviewer)
    api = Api(token_of(team.reviewer, Scope.READ, Scope.DECIDE))
    assert api.get("/api/v1/me").json() == {
        "user": {
            "username": "reviewer", "name": "Reviewer", "email": "reviewer@example.org", "kind": "person", "owner": None,
            "staff": False,
        },
        "workspaces": [{"workspace": "default", "title": "Default", "role": "editor"}],
        "scopes": ["decide", "read"],
        "counts": {"awaiting_my_review": 1, "my_open_requests": 1},
    }  # fmt: skip


def test_me_of_a_service_account_names_its_owner(api: Callers):
    user = api.service.get("/api/v1/me").json()["user"]
    assert (user["kind"], user["owner"]) == ("service", "admin")


def test_me_shows_a_stranger_no_workspace(api: Callers):
    assert api.stranger.get("/api/v1/me").json()["workspaces"] == []


def test_members_are_listed_with_who_gave_their_role(api: Callers, team: Team):
    rows = api.viewer.get(MEMBERS).json()["results"]
    assert [row["username"] for row in rows] == ["admin", "engineer", "reviewer", "second_reviewer", "viewer", "bot"]
    given_at = Membership.objects.get(user=team.viewer).given_at.isoformat().replace("+00:00", "Z")
    viewer = {
        "username": "viewer", "name": "Viewer", "kind": "person", "active": True, "role": "viewer", "given_by": "admin",
        "given_at": given_at,
    }  # fmt: skip
    assert rows[4] == viewer == api.viewer.get(f"{MEMBERS}/viewer").json()
    assert rows[0]["given_by"] is None


def test_an_admin_adds_changes_and_removes_members(api: Callers):
    added = api.admin.post(MEMBERS, {"username": "stranger", "role": "viewer"})
    assert (added.status_code, added.json()["role"]) == (201, "viewer")
    assert added["Location"] == f"http://testserver{MEMBERS}/stranger"
    assert api.admin.patch(f"{MEMBERS}/stranger", {"role": "editor"}).json()["role"] == "editor"
    assert api.admin.patch(f"{MEMBERS}/stranger", {}).json()["role"] == "editor"
    assert api.admin.delete(f"{MEMBERS}/stranger").status_code == 204
    assert problem(api.admin.get(f"{MEMBERS}/stranger")) == (404, "not-found")
    verbs = list(Activity.objects.order_by("-id").values_list("verb", flat=True)[:3])
    assert verbs == ["member.removed", "member.role_changed", "member.added"]


def test_adding_a_member_twice_or_somebody_unknown_is_told(api: Callers):
    again = api.admin.post(MEMBERS, {"username": "viewer", "role": "admin"})
    assert problem(again) == (409, "conflict")
    unknown = api.admin.post(MEMBERS, {"username": "nobody", "role": "admin"})
    assert (problem(unknown), fields(unknown)) == ((400, "invalid"), ["username"])
    assert fields(api.admin.post(MEMBERS, {"username": "stranger", "role": "king"})) == ["role"]
    assert fields(api.admin.post(MEMBERS, {})) == ["username", "role"]


@pytest.mark.parametrize("username", ["viewer", "stranger", "nobody"])
def test_who_is_known_is_for_admins_to_learn(api: Callers, username: str):
    assert problem(api.engineer.post(MEMBERS, {"username": username, "role": "viewer"})) == (403, "forbidden")


def test_the_last_admin_stays_and_anybody_may_leave(api: Callers):
    assert problem(api.admin.delete(f"{MEMBERS}/admin")) == (409, "conflict")
    assert problem(api.admin.patch(f"{MEMBERS}/admin", {"role": "viewer"})) == (409, "conflict")
    assert problem(api.engineer.delete(f"{MEMBERS}/viewer")) == (403, "forbidden")
    assert api.viewer.delete(f"{MEMBERS}/viewer").status_code == 204


def test_a_member_carries_no_etag(api: Callers):
    assert problem(api.admin.patch(f"{MEMBERS}/viewer", {"role": "editor"}, If_Match='"1"')) == (412, "precondition-failed")
    assert problem(api.admin.delete(f"{MEMBERS}/viewer", If_Match='"1"')) == (412, "precondition-failed")


def test_a_member_of_another_workspace_is_not_there(api: Callers):
    make_team("other", "2")
    assert problem(api.admin.get(f"{MEMBERS}/viewer2")) == (404, "not-found")
    assert problem(api.admin.delete(f"{MEMBERS}/viewer2")) == (404, "not-found")
    assert problem(api.admin.get("/api/v1/workspaces/other/members")) == (404, "not-found")
    assert User.objects.filter(username="viewer2").exists()
