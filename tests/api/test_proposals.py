"""Proposals of a weaker policy over HTTP: two admins, one after the other."""

import pytest

from accounts.models import Role
from activity.models import Activity
from approvals.models import StagePolicy
from registry.models import Proposal
from tests.api.conftest import Callers, problem
from tests.cast import Team, make_team

POLICY = "/api/v1/workspaces/default/stages/production/policy"
PROPOSALS = "/api/v1/workspaces/default/proposals"


@pytest.fixture
def proposal(api: Callers, team: Team) -> str:
    """The address of a proposal by the admin, where the reviewer is an admin too."""
    team.policy("production", 2)
    team.role(team.reviewer, Role.ADMIN)
    answer = api.admin.put(POLICY, {"approvals_required": 1, "exclude_last_editor": False})
    assert answer.status_code == 202
    return f"/api/v1/proposals/{answer.json()['proposal']['id']}"


def required() -> int:
    return StagePolicy.objects.get(stage__key="production").approvals_required


def test_a_second_admin_confirms(api: Callers, team: Team, proposal: str):
    assert required() == 2
    (row,) = api.viewer.get(PROPOSALS).json()["results"]
    assert (row["stage"], row["kind"], row["weakens"], row["proposed_by"]) == (
        "production", "policy", ["approvals_required"], "admin",
    )  # fmt: skip
    assert problem(api.admin.post(f"{proposal}/confirm")) == (403, "second-admin-needed")
    assert problem(api.engineer.post(f"{proposal}/confirm")) == (403, "forbidden")
    done = api.reviewer.post(f"{proposal}/confirm").json()
    assert (done["status"], done["decided_by"], required()) == ("confirmed", "reviewer", 1)
    assert Activity.objects.latest("pk").verb == "policy.changed"
    assert problem(api.reviewer.post(f"{proposal}/confirm")) == (409, "conflict")


@pytest.mark.parametrize(("who", "status"), [("reviewer", "declined"), ("admin", "withdrawn")])
def test_it_is_declined_or_withdrawn(api: Callers, team: Team, proposal: str, who: str, status: str):
    assert problem(api.engineer.post(f"{proposal}/decline")) == (403, "forbidden")
    assert getattr(api, who).post(f"{proposal}/decline").json()["status"] == status
    assert (required(), Activity.objects.latest("pk").verb) == (2, f"proposal.{status}")
    assert api.viewer.get(f"{PROPOSALS}?status=pending").json()["results"] == []
    assert [row["status"] for row in api.viewer.get(f"{PROPOSALS}?status={status}").json()["results"]] == [status]


def test_another_workspace_sees_nothing_of_it(api: Callers, team: Team, proposal: str):
    make_team("other", "2")
    for action in ("confirm", "decline"):
        assert problem(api.stranger.post(f"{proposal}/{action}")) == (404, "not-found")
        assert problem(api.admin.post(f"/api/v1/proposals/999999/{action}")) == (404, "not-found")
    assert Proposal.objects.get().status == "pending"
