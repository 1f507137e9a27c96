"""Every list and every object costs the same number of queries, whatever is there."""

import secrets

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApproverGroup, Role
from accounts.services import add_to_group, set_member
from activity import clock
from activity.unit import unit_of_work
from imports.models import Import, ReportLine
from registry.models import Proposal
from tests.api.conftest import MODEL, REQUESTS, Api, Callers
from tests.cast import Team, caller, make_team, person

W = "/api/v1/workspaces"
COUNTS = {
    W: 4,
    f"{W}/default": 5,
    f"{W}/default/members": 3,
    f"{W}/default/groups": 4,
    f"{W}/default/groups/risk": 5,
    f"{W}/default/proposals": 3,
    "/api/v1/delegations": 2,
    f"{W}/default/models": 7,
    MODEL: 6,
    f"{MODEL}/collaborators": 3,
    f"{MODEL}/versions": 6,
    f"{MODEL}/versions?find=stage%20==%20staging%20and%20metrics.a%20>%200%20and%20labels%20==%20x": 7,
    f"{MODEL}/versions/1": 6,
    f"{MODEL}/versions/1/comments": 3,
    f"{MODEL}/versions/1/compare": 4,
    f"{MODEL}/versions/1/evidence": 43,
    f"{MODEL}/tags": 3,
    f"{MODEL}/versions/1/tags": 3,
    f"{MODEL}/aliases": 3,
    f"{MODEL}/active-stages": 5,
    f"{MODEL}/stage-history": 3,
    REQUESTS: 6,
    f"{REQUESTS}?status=pending&awaiting=me": 7,
    "/api/v1/activities": 6,
    "/api/v1/activities?format=jsonl": 6,
    "/api/v1/insights": 5,
    "/api/v1/notices": 2,
    "/api/v1/tokens": 2,
    "/api/v1/me": 5,
}
OF_ADMINS = {f"{W}/default/imports": 4, f"{W}/default/imports/{{first}}": 5, f"{W}/default/webhooks": 4}


def grow(team: Team, api: Callers) -> None:
    """One more of everything, a workspace included."""
    other = make_team(f"other-{secrets.token_hex(4)}", f"-{secrets.token_hex(4)}")
    with unit_of_work():
        set_member(workspace_id=other.workspace.pk, user_id=team.reviewer.pk, role=Role.EDITOR, by=caller(other.admin))
    moved = team.version(metrics={"a": 1}, labels=["x"])
    team.move(moved, "staging")
    team.move(team.version(), "production")
    team.ask(team.version())
    api.engineer.post(f"{W}/default/models", {"name": f"model {moved.number}"})
    api.engineer.post(f"{MODEL}/versions/1/comments", {"body": "x"})
    api.reviewer.post("/api/v1/tokens", {"name": "x", "scopes": ["read"]})
    for address in ("tags", "versions/1/tags"):
        api.engineer.put(f"{MODEL}/{address}/{moved.number}", {"value": "x"})
    api.engineer.put(f"{MODEL}/aliases/a{moved.number}", {"version": 1})
    _administer(team, f"x-{secrets.token_hex(4)}")


def _imported(team: Team) -> None:
    """One more import, and of each one more line in the report."""
    moment = clock.now()
    Import.objects.create(
        workspace=team.workspace, kind="gto", source="https://x", started_by=team.admin, created_at=moment, status="done"
    )
    ReportLine.objects.bulk_create([ReportLine(of=run, level="noted", about="x", text="y") for run in Import.objects.all()])


def _administer(team: Team, key: str) -> None:
    """One more group, one more in the first one, one more proposal and one more delegation."""
    if not ApproverGroup.objects.filter(key="risk").exists():
        team.group("risk", team.reviewer)
    team.group(key, team.reviewer, team.admin)
    somebody = person(key)
    team.role(somebody, Role.EDITOR)
    with unit_of_work():
        add_to_group(group_id=ApproverGroup.objects.get(key="risk").pk, user_id=somebody.pk, by=caller(team.admin))
    team.role(somebody, Role.ADMIN)
    weaker = next(key for key in ("archived", "development", "staging") if not Proposal.objects.filter(stage__key=key).exists())
    team.policy(weaker, 0, by=team.admin)
    team.away(team.reviewer, team.admin)


def cost(api: Api, path: str) -> int:
    """How many queries an answer takes; the token's last use was noted before."""
    api.get(path)
    with CaptureQueriesContext(connection) as queries:
        response = api.get(path)
        b"".join(response)
    assert response.status_code == 200
    return len(queries)


def test_everything_costs_the_same_with_one_row_and_with_three(api: Callers, team: Team):
    counted: dict[str, list[int]] = {path: [] for path in COUNTS}
    for more in (1, 2):
        for _ in range(more):
            grow(team, api)
        for path, counts in counted.items():
            counts.append(cost(api.reviewer, path))
    assert counted == {path: [count, count] for path, count in COUNTS.items()}


def test_what_admins_read_costs_the_same_with_one_row_and_with_three(api: Callers, team: Team):
    counted: dict[str, list[int]] = {path: [] for path in OF_ADMINS}
    for more in (1, 2):
        for _ in range(more):
            _imported(team)
            api.admin.post(f"{W}/default/webhooks", {"url": "https://example.com/hook"})
        for path, counts in counted.items():
            counts.append(cost(api.admin, path.format(first=Import.objects.order_by("pk")[0].pk)))
    assert counted == {path: [count, count] for path, count in OF_ADMINS.items()}
