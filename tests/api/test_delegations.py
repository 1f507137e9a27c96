"""Delegation over HTTP: one's own alone."""

from datetime import timedelta

from accounts.caller import Scope
from accounts.models import Delegation
from activity import clock
from tests.api.conftest import Api, Callers, fields, problem, token_of
from tests.cast import Team

DELEGATIONS = "/api/v1/delegations"


def until(days: float) -> str:
    return (clock.now() + timedelta(days=days)).isoformat()


def test_somebody_lets_another_decide_and_takes_it_back(api: Callers, team: Team):
    made = api.reviewer.post(DELEGATIONS, {"delegate": "second_reviewer", "ends_at": until(7), "reason": "On leave."})
    assert made.status_code == 201
    body = made.json()
    assert (body["delegator"], body["delegate"], body["reason"], body["in_force"]) == (
        "reviewer", "second_reviewer", "On leave.", True,
    )  # fmt: skip
    assert api.reviewer.get(DELEGATIONS).json()["results"] == [body]
    assert api.second_reviewer.get(DELEGATIONS).json()["results"] == [body]
    assert api.admin.get(DELEGATIONS).json()["results"] == []
    assert problem(api.admin.delete(f"{DELEGATIONS}/{body['id']}")) == (404, "not-found")
    assert api.second_reviewer.delete(f"{DELEGATIONS}/{body['id']}").status_code == 204
    (ended,) = api.reviewer.get(DELEGATIONS).json()["results"]
    assert (ended["in_force"], ended["withdrawn_at"] is None) == (False, False)


def test_one_that_begins_later_is_not_in_force_yet(api: Callers, team: Team):
    body = {"delegate": "engineer", "starts_at": until(1), "ends_at": until(2), "reason": "On leave."}
    assert api.reviewer.post(DELEGATIONS, body).json()["in_force"] is False


def test_what_makes_no_sense_is_refused_at_its_field(api: Callers, team: Team):
    body = {"delegate": "engineer", "ends_at": until(7), "reason": "On leave."}
    for change, code, named in (
        ({"ends_at": until(-1)}, 400, ["ends_at"]),
        ({"ends_at": until(800)}, 400, ["ends_at"]),
        ({"reason": "  "}, 400, ["reason"]),
        ({"delegate": "reviewer"}, 400, ["delegate"]),
        ({"delegate": "bot"}, 400, ["delegate"]),
    ):
        refused = api.reviewer.post(DELEGATIONS, body | change)
        assert (refused.status_code, fields(refused)) == (code, named), change
    for name in ("stranger", "nobody"):  # who is known elsewhere is not told
        assert problem(api.reviewer.post(DELEGATIONS, body | {"delegate": name})) == (404, "not-found")
    assert Delegation.objects.count() == 0


def test_a_token_without_the_scope_delegates_nothing(team: Team):
    api = Api(token_of(team.reviewer, Scope.WRITE, Scope.DECIDE))
    refused = api.post(DELEGATIONS, {"delegate": "engineer", "ends_at": until(7), "reason": "x"})
    assert problem(refused) == (403, "forbidden")
