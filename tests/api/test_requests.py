"""Stage change requests over HTTP: filed, read, listed."""

from dataclasses import asdict

import pytest

from accounts.caller import Scope
from approvals.models import StageChangeRequest
from approvals.requirements import requirements
from approvals.situations import load_situations
from registry.models import ModelVersion
from tests.api.conftest import MODEL, REQUESTS, Api, Callers, fields, problem, token_of
from tests.cast import Team, make_team

FILE = f"{MODEL}/versions/1/stage-change-requests"


def test_filing_answers_the_request_with_all_that_it_needs(api: Callers, team: Team):
    team.version(name="IMAGENET1K_V2")
    response = api.engineer.post(FILE, {"to_stage": "staging", "comment": "Better on all slices."})
    row = StageChangeRequest.objects.get()
    assert (response.status_code, response["Location"]) == (201, f"http://testserver{REQUESTS}/{row.pk}")
    (situation,) = load_situations(StageChangeRequest.objects.with_everything())
    fields = ("code", "status", "detail", "eligible")
    needed = [
        {field: asdict(each)[field] for field in fields} | {"eligible": list(each.eligible)} for each in requirements(situation)
    ]
    assert response.json()["requirements"] == needed
    assert {item["code"]: item["status"] for item in needed}["approvals"] == "unsatisfied"
    assert response.json() | {"requirements": []} == {
        "id": row.pk, "workspace": "default", "model": "churn", "version": 1, "version_name": "IMAGENET1K_V2",
        "from_stage": "unassigned", "to_stage": "staging", "direction": "forward", "skipped_stages": ["development"],
        "archive_incumbents": False, "incumbents": [],
        "status": "pending", "requester": "engineer", "comment": "Better on all slices.",
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"), "digest": row.digest, "requirements": [], "reviews": [],
        "decided_by": None, "decided_at": None, "closing_comment": "", "effect": "", "available_actions": ["revoke"],
        "url": f"http://testserver/requests/{row.pk}", "checks": [], "expires_at": None, "sign_off": None,
    }  # fmt: skip


def test_what_the_caller_may_do_is_the_callers(api: Callers, team: Team):
    request = team.ask(team.version())
    path = f"{REQUESTS}/{request.pk}"
    actions = {
        name: getattr(api, name).get(path).json()["available_actions"] for name in ("engineer", "reviewer", "viewer", "service")
    }
    assert actions == {"engineer": ["revoke"], "reviewer": ["approve", "reject"], "viewer": [], "service": ["approve", "reject"]}
    reader = Api(token_of(team.reviewer, Scope.READ))
    assert reader.get(path).json()["available_actions"] == []


def test_where_no_approval_is_asked_for_it_is_applied_at_once(api: Callers, team: Team):
    team.policy("development", 0)
    team.version()
    body = api.engineer.post(FILE, {"to_stage": "development"}).json()
    assert (body["status"], body["effect"], body["decided_by"]) == ("applied", "not required by policy", "engineer")
    assert (body["requirements"], body["available_actions"]) == ([], [])
    assert ModelVersion.objects.get().stage == "development"


def test_a_second_ask_names_the_first(api: Callers, team: Team):
    first = team.ask(team.version())
    response = api.reviewer.post(FILE, {"to_stage": "production"})
    assert (problem(response), response.json()["request"]) == ((409, "already-pending"), first.pk)


def test_each_refusal_to_ask_has_its_code(api: Callers, team: Team):
    team.version()
    assert problem(api.engineer.post(FILE, {"to_stage": "unassigned"})) == (409, "same-stage")
    unknown = api.engineer.post(FILE, {"to_stage": "moon"})
    assert (problem(unknown), fields(unknown)) == ((400, "invalid"), ["to_stage"])
    assert fields(api.engineer.post(FILE, {})) == ["to_stage"]
    assert fields(api.engineer.post(FILE, {"to_stage": "staging", "skip": True})) == ["skip"]
    assert fields(api.engineer.post(FILE, {"to_stage": "staging", "comment": "\u0000"})) == ["comment"]
    assert fields(api.engineer.post(FILE, {"to_stage": "staging", "comment": "x" * 10_001})) == ["comment"]
    assert problem(api.viewer.post(FILE, {"to_stage": "staging"})) == (403, "forbidden")
    api.engineer.post(f"{MODEL}/versions/1/lock", {"level": "closed"})
    locked = api.engineer.post(FILE, {"to_stage": "staging"})
    assert (problem(locked), locked.json()["lock_level"]) == ((409, "version-locked"), "closed")
    assert not StageChangeRequest.objects.exists()


def ids(api: Api, query: str = "") -> list[int]:
    response = api.get(f"{REQUESTS}?{query}")
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def test_filters_narrow_the_list_and_what_waits_comes_oldest_first(api: Callers, team: Team):
    other = make_team("other", "2")
    foreign = other.ask(other.version())
    done = team.approve(team.ask(team.version(), "development"))
    first, second = team.ask(team.version()), team.ask(team.version(), "production", by=team.reviewer)
    assert ids(api.viewer) == [second.pk, first.pk, done.pk]
    assert ids(api.viewer, "status=pending") == [first.pk, second.pk]
    assert ids(api.viewer, "status=applied") == [done.pk]
    assert ids(api.viewer, "status=expired") == []
    assert ids(api.reviewer, "awaiting=me") == [first.pk]
    assert ids(api.admin, "awaiting=me") == [first.pk, second.pk]
    assert ids(api.viewer, "awaiting=me") == []
    assert ids(api.viewer, "requester=reviewer") == [second.pk]
    assert ids(api.viewer, "to_stage=development") == [done.pk]
    assert ids(api.viewer, "model=churn&version=2") == [first.pk]
    assert ids(api.viewer, "workspace=default&status=pending&limit=1") == [first.pk]
    assert ids(api.viewer, "workspace=other") == []
    assert foreign.pk not in ids(api.admin)


@pytest.mark.parametrize(
    ("query", "field"), [("status=done", "status"), ("awaiting=you", "awaiting"), ("version=x", "version"), ("version=0", "version"),
                         ("version=99999999999999999999", "version"), ("model=%00", "model"), ("state=open", "state")],
)  # fmt: skip
def test_a_wrong_or_unknown_parameter_is_named(api: Callers, query: str, field: str):
    response = api.viewer.get(f"{REQUESTS}?{query}")
    assert (problem(response), fields(response)) == ((400, "invalid"), [field])


def test_a_request_stays_readable_when_its_version_is_gone(api: Callers, team: Team):
    request = team.ask(team.version())
    assert api.engineer.delete(f"{MODEL}/versions/1").status_code == 204
    body = api.viewer.get(f"{REQUESTS}/{request.pk}").json()
    assert (body["status"], body["version"]) == ("superseded", 1)


@pytest.mark.parametrize("pk", ["0", "99", "9" * 30, "9" * 5000])
def test_a_request_that_is_not_there_is_not_found(api: Callers, pk: str):
    assert problem(api.admin.get(f"{REQUESTS}/{pk}")) == (404, "not-found")
    assert problem(api.admin.post(f"{REQUESTS}/{pk}/approve")) == (404, "not-found")
