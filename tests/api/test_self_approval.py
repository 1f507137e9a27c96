"""Promise T1: whoever asked decides through no door, as nobody: page, bulk page, API, bulk API; session, token, bot, delegate, staff."""

import pytest

from accounts.caller import Scope
from accounts.models import Role, User
from approvals.models import Check, Review, SignOff, StageChangeRequest
from registry.models import ModelVersion
from tests.api.conftest import REQUESTS, Api, token_of
from tests.cast import Team
from tests.log import no_activity
from tests.pages import browser

DECISIONS = ("approve", "reject")
REFUSED = {401, 403, 404}


@pytest.fixture
def delegating(team: Team) -> Team:
    """The requester is an admin on the staff with a service account, and stands in for two colleagues, who stand in for them too."""
    User.objects.filter(pk=team.admin.pk).update(is_staff=True)
    team.group("risk", team.admin, team.reviewer, team.second_reviewer)
    team.policy("staging", 1, groups=[{"group": "risk", "minimum": 1}], required_checks=[{"name": "tests"}])
    for colleague in (team.reviewer, team.second_reviewer):
        team.away(colleague, team.admin)
        team.away(team.admin, colleague)
    team.role(team.service, Role.ADMIN)
    return team


def tokens(team: Team) -> list[tuple[Api, bool]]:
    """Every token of the requester and of their service account, and whether it may decide at all."""
    some = [(Api(token_of(user, scope)), scope == Scope.DECIDE) for user in (team.admin, team.service) for scope in Scope]
    return some + [(Api(token_of(user)), True) for user in (team.admin, team.service)]


def nothing_happened() -> None:
    assert (Review.objects.count(), Check.objects.count(), SignOff.objects.count()) == (0, 0, 0)
    assert list(StageChangeRequest.objects.values_list("status", flat=True)) == ["pending"]
    assert ModelVersion.objects.get().stage == "unassigned"


@pytest.mark.parametrize("requester", ["admin", "service"])
def test_nobody_decides_on_their_own_request_over_the_api(delegating: Team, requester: str):
    team = delegating
    asked = team.ask(team.version(), by=getattr(team, requester))
    names = [None, "admin", "reviewer"]
    callers = tokens(team)
    with no_activity():
        for api, decides in callers:
            for action in DECISIONS:
                for name in names if decides else names[:1]:
                    body = {"comment": "x"} | ({"on_behalf_of": name} if name else {})
                    answer = api.post(f"{REQUESTS}/{asked.pk}/{action}", body)
                    refusals = {"own-request", "invalid" if name else "own-request"} if decides else {"forbidden"}
                    assert answer.json()["code"] in refusals
                bulk = api.post(f"{REQUESTS}/bulk", {"action": action, "ids": [asked.pk], "comment": "x"})
                (result,) = bulk.json()["results"]
                assert (result["done"], result["problem"]["code"]) == (False, "own-request" if decides else "forbidden")
            for path, body in (("sign-off", {}), ("bypass", {"comment": "x"}), ("checks", {"name": "tests", "status": "passed"})):
                assert api.post(f"{REQUESTS}/{asked.pk}/{path}", body).status_code in REFUSED
    nothing_happened()


@pytest.mark.parametrize("requester", ["admin", "service"])
def test_nobody_decides_on_their_own_request_on_any_page(delegating: Team, requester: str):
    team = delegating
    asked = team.ask(team.version(), by=getattr(team, requester))
    client = browser(team.admin)
    with no_activity():
        for action in DECISIONS:
            for name in ("", str(team.reviewer.pk), "reviewer", str(team.admin.pk)):
                sent = {"comment": "x", "digest": asked.digest, "on_behalf_of": name}
                assert client.post(f"/requests/{asked.pk}/{action}", sent).status_code in {400, 403, 409}
            seen = f"{asked.pk}.{asked.digest.removeprefix('sha256:')[:12]}"
            client.post("/approvals/selected", {"action": action, "requests": [seen], "comment": "x"})
    nothing_happened()


def test_colleagues_who_stand_in_for_the_requester_decide_in_their_own_name_alone(delegating: Team):
    team = delegating
    asked, api = team.ask(team.version(), by=team.admin), Api(token_of(team.reviewer))
    with no_activity():
        answer = api.post(f"{REQUESTS}/{asked.pk}/approve", {"on_behalf_of": "admin"})
    assert (answer.status_code, answer.json()["code"]) == (403, "own-request")
    nothing_happened()
    assert api.post(f"{REQUESTS}/{asked.pk}/approve", {}).status_code == 200
    given = Review.objects.get()
    assert (given.principal, given.on_behalf_of) == (team.reviewer, None)


def test_being_staff_decides_nothing(delegating: Team):
    team = delegating
    asked = team.ask(team.version())
    api, client = Api(token_of(team.staff)), browser(team.staff)
    with no_activity():
        for action in DECISIONS:
            assert api.post(f"{REQUESTS}/{asked.pk}/{action}", {"comment": "x"}).status_code == 404
            assert client.post(f"/requests/{asked.pk}/{action}", {"comment": "x", "digest": asked.digest}).status_code == 404
    nothing_happened()
