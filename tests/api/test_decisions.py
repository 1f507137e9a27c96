"""Deciding over HTTP, one request or many; every refusal with its code and its facts."""

import pytest

from activity.models import Activity
from approvals.models import Review, StageChangeRequest
from registry.models import ModelVersion
from tests.api.conftest import MODEL, REQUESTS, Callers, fields, problem
from tests.cast import Team

BULK = f"{REQUESTS}/bulk"


@pytest.fixture
def path(team: Team) -> str:
    """A pending request of the engineer's."""
    return f"{REQUESTS}/{team.ask(team.version()).pk}"


def last_verb() -> str:
    return Activity.objects.latest("id").verb


def test_an_approval_puts_the_change_into_effect(api: Callers, path: str):
    body = api.reviewer.post(f"{path}/approve", {"comment": "Fine."}).json()
    assert (body["status"], body["decided_by"], body["effect"], body["closing_comment"]) == (
        "applied", "reviewer", "approved", "Fine.",
    )  # fmt: skip
    (review,) = body["reviews"]
    at = Review.objects.get().created_at.isoformat().replace("+00:00", "Z")
    assert review == {
        "reviewer": "reviewer", "decision": "approve", "comment": "Fine.", "at": at, "withdrawn_at": None, "counts": True,
        "on_behalf_of": None,
    }  # fmt: skip
    assert ModelVersion.objects.get().stage == "staging"
    line = Activity.objects.latest("id")
    assert (line.verb, line.via, line.to_stage) == ("stage_change.applied", "api", "staging")


def test_a_body_is_not_needed(api: Callers, path: str):
    assert api.reviewer.post(f"{path}/approve").json()["status"] == "applied"


def test_the_same_approval_again_answers_the_same_and_writes_nothing(api: Callers, path: str):
    first = api.reviewer.post(f"{path}/approve").json()
    lines = Activity.objects.count()
    assert api.reviewer.post(f"{path}/approve").json() == first
    assert Activity.objects.count() == lines


def test_a_rejection_says_why(api: Callers, path: str):
    for body in (None, {}, {"comment": ""}, {"comment": " \n"}):
        response = api.reviewer.post(f"{path}/reject", body)
        assert (problem(response), fields(response)) == ((400, "comment-required"), ["comment"])
    body = api.reviewer.post(f"{path}/reject", {"comment": "Too slow."}).json()
    assert (body["status"], body["decided_by"], body["closing_comment"]) == ("rejected", "reviewer", "Too slow.")
    assert last_verb() == "stage_change.rejected"


def test_only_the_requester_revokes(api: Callers, path: str):
    assert problem(api.reviewer.post(f"{path}/revoke")) == (403, "not-eligible")
    assert api.engineer.post(f"{path}/revoke", {"comment": "Wrong one."}).json()["status"] == "revoked"
    assert last_verb() == "stage_change.revoked"


def test_an_approval_is_withdrawn_while_the_request_waits(api: Callers, team: Team, path: str):
    team.policy("staging", 2)
    assert api.reviewer.post(f"{path}/approve").json()["available_actions"] == ["reject", "withdraw"]
    assert problem(api.second_reviewer.post(f"{path}/withdraw")) == (403, "not-eligible")
    (review,) = api.reviewer.post(f"{path}/withdraw", {"comment": "Wait."}).json()["reviews"]
    assert (review["counts"], review["withdrawn_at"] is None) == (False, False)
    assert last_verb() == "stage_change.approval_withdrawn"


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_the_requester_never_decides(api: Callers, path: str, action: str):
    response = api.engineer.post(f"{path}/{action}", {"comment": "Mine."})
    assert problem(response) == (403, "own-request")
    assert StageChangeRequest.objects.get().status == "pending"


def test_neither_does_the_owner_of_the_account_that_asked(api: Callers, team: Team):
    request = team.ask(team.version(), by=team.service)
    assert problem(api.admin.post(f"{REQUESTS}/{request.pk}/approve")) == (403, "own-request")


@pytest.mark.parametrize("action", ["approve", "reject", "withdraw"])
def test_a_viewer_decides_nothing(api: Callers, path: str, action: str):
    response = api.viewer.post(f"{path}/{action}", {"comment": "No."})
    assert problem(response) == (403, "not-eligible")


def test_an_ended_request_says_who_ended_it_and_when(api: Callers, path: str):
    done = api.reviewer.post(f"{path}/approve").json()
    for action in ("approve", "reject", "withdraw"):
        response = api.second_reviewer.post(f"{path}/{action}", {"comment": "x"})
        body = response.json()
        assert problem(response) == (409, "not-pending")
        assert (body["status"], body["decided_by"], body["decided_at"]) == (409, "reviewer", done["decided_at"])
        assert body["request_status"] == "applied"
    assert problem(api.engineer.post(f"{path}/revoke")) == (409, "not-pending")


def test_one_approves_what_one_saw(api: Callers, team: Team, path: str):
    seen = api.reviewer.get(path).json()["digest"]
    api.engineer.patch(f"{MODEL}/versions/1", {"metrics": {"auc": 0.1}})
    response = api.reviewer.post(f"{path}/approve", {"digest": seen})
    assert problem(response) == (409, "digest-changed")
    now = response.json()["digest"]
    assert now != seen
    assert now == api.reviewer.get(path).json()["digest"]
    assert api.reviewer.post(f"{path}/approve", {"digest": now}).json()["status"] == "applied"


def test_a_lock_keeps_the_change_from_taking_effect(api: Callers, path: str):
    api.engineer.post(f"{MODEL}/versions/1/lock", {"level": "redact"})
    assert problem(api.reviewer.post(f"{path}/approve")) == (409, "version-locked")
    assert api.reviewer.post(f"{path}/reject", {"comment": "Locked."}).json()["status"] == "rejected"


def test_who_last_edited_the_content_does_not_approve_it(api: Callers, path: str):
    api.reviewer.patch(f"{MODEL}/versions/1", {"metrics": {"auc": 0.1}})
    response = api.reviewer.post(f"{path}/approve")
    assert (problem(response), response.json()["reason"]) == ((403, "not-eligible"), "last-editor")


def test_a_comment_on_a_request_stands_among_those_of_its_version(api: Callers, team: Team, path: str):
    assert api.reviewer.post(f"{path}/comment", {"comment": "Which data?"}).json()["status"] == "pending"
    assert api.engineer.post(f"{MODEL}/versions/1/comments", {"body": "All."}).status_code == 201
    rows = api.viewer.get(f"{MODEL}/versions/1/comments").json()["results"]
    request = int(path.rsplit("/", 1)[1])
    assert [(row["author"], row["body"], row["request"]) for row in rows] == [
        ("reviewer", "Which data?", request), ("engineer", "All.", None),
    ]  # fmt: skip
    assert sorted(rows[0]) == ["author", "body", "created_at", "deleted_at", "edited_at", "id", "request"]
    assert fields(api.reviewer.post(f"{path}/comment", {"comment": " "})) == ["comment"]
    assert fields(api.reviewer.post(f"{path}/comment")) == ["comment"]
    assert fields(api.reviewer.post(f"{MODEL}/versions/1/comments", {})) == ["body"]
    assert problem(api.viewer.post(f"{path}/comment", {"comment": "x"})) == (403, "forbidden")
    assert problem(api.viewer.post(f"{MODEL}/versions/1/comments", {"body": "x"})) == (403, "forbidden")


@pytest.mark.parametrize("action", ["approve", "reject", "withdraw", "revoke", "comment"])
@pytest.mark.parametrize("body", [[], "x", 5, {"comment": 5}, {"comment": None}, {"digest": {}}, {"why": "x"}])
def test_a_body_of_another_shape_is_told(api: Callers, path: str, action: str, body: object):
    assert problem(api.reviewer.post(f"{path}/{action}", body)) == (400, "invalid")
    assert StageChangeRequest.objects.get().status == "pending"


def test_in_bulk_each_is_done_or_refused_by_itself(api: Callers, team: Team):
    good, own = team.ask(team.version()), team.ask(team.version(), by=team.reviewer)
    ended = team.approve(team.ask(team.version()), by=team.second_reviewer)
    wanted = [own.pk, good.pk, ended.pk, 999]
    response = api.reviewer.post(BULK, {"action": "approve", "ids": wanted, "comment": "All fine."})
    assert response.status_code == 200
    results = response.json()["results"]
    assert [row["id"] for row in results] == wanted
    assert [row["done"] for row in results] == [False, True, False, False]
    assert [(row["problem"] or {}).get("code") for row in results] == ["own-request", None, "not-pending", "not-found"]
    assert results[1]["request"] == api.reviewer.get(f"{REQUESTS}/{good.pk}").json()
    assert results[1]["request"]["closing_comment"] == "All fine."
    assert results[0]["problem"]["status"] == 403


@pytest.mark.parametrize("action", ["reject", "revoke", "withdraw"])
def test_bulk_knows_every_action(api: Callers, team: Team, action: str):
    team.policy("staging", 2)
    request = team.approve(team.ask(team.version()))
    caller = api.engineer if action == "revoke" else api.reviewer
    (result,) = caller.post(BULK, {"action": action, "ids": [request.pk], "comment": "x"}).json()["results"]
    assert result["done"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"ids": [1]}, "action"), ({"action": "apply", "ids": [1]}, "action"), ({"action": "approve"}, "ids"),
     ({"action": "approve", "ids": []}, "ids"), ({"action": "approve", "ids": [1, 1]}, "ids"),
     ({"action": "approve", "ids": ["x"]}, "ids.0"), ({"action": "approve", "ids": [2**63]}, "ids.0"),
     ({"action": "approve", "ids": list(range(1, 102))}, "ids"), ({"action": "approve", "ids": 1}, "ids")],
)  # fmt: skip
def test_a_wrong_bulk_is_told_by_its_field(api: Callers, body: dict[str, object], field: str):
    response = api.reviewer.post(BULK, body)
    assert (problem(response), fields(response)) == ((400, "invalid"), [field])


def test_one_key_in_bulk_is_one_wish(api: Callers, team: Team):
    requests = [team.ask(team.version()).pk for _ in range(2)]
    body = {"action": "approve", "ids": requests}
    first = api.reviewer.post(BULK, body, Idempotency_Key="k")
    lines = Activity.objects.count()
    second = api.reviewer.post(BULK, body, Idempotency_Key="k")
    assert second.json() == first.json()
    assert Activity.objects.count() == lines
    third = team.ask(team.version()).pk
    other = api.reviewer.post(BULK, {"action": "approve", "ids": [*requests, third]}, Idempotency_Key="k")
    assert problem(other) == (422, "idempotency-mismatch")
    assert StageChangeRequest.objects.get(pk=third).status == "pending"


def test_a_key_in_bulk_tells_a_refusal_again(api: Callers, team: Team):
    locked, good = team.version(), team.ask(team.version())
    request = team.ask(locked)
    team.lock(locked, "closed")
    body = {"action": "approve", "ids": [request.pk, good.pk]}
    first = api.reviewer.post(BULK, body, Idempotency_Key="k").json()
    assert [row["done"] for row in first["results"]] == [False, True]
    team.lock(locked, "open")
    assert api.reviewer.post(BULK, body, Idempotency_Key="k").json() == first
    (result,) = api.reviewer.post(BULK, {"action": "approve", "ids": [request.pk]}, Idempotency_Key="other").json()["results"]
    assert result["done"]


def test_in_bulk_what_changed_since_it_was_seen_is_refused_by_itself(api: Callers, team: Team):
    changed, same = team.version(), team.version()
    requests = [team.ask(changed), team.ask(same)]
    body = {"action": "approve", "ids": [row.pk for row in requests], "digests": {str(row.pk): row.digest for row in requests}}
    team.edit(changed, metrics={"auc": 0.1})
    results = api.reviewer.post(BULK, body).json()["results"]
    assert [(row["problem"] or {}).get("code") for row in results] == ["digest-changed", None]
    assert list(StageChangeRequest.objects.order_by("pk").values_list("status", flat=True)) == ["pending", "applied"]


@pytest.mark.parametrize(
    "more", [{"digests": {"2": "x"}}, {"digests": {"1": "x"}, "action": "revoke"}, {"digests": {"1": "x", "y": "x"}}]
)
def test_digests_in_bulk_are_of_what_is_decided_on(api: Callers, more: dict[str, object]):
    response = api.reviewer.post(BULK, {"action": "approve", "ids": [1], **more})
    assert problem(response) == (400, "invalid")
    assert fields(response)[0].startswith("digests")
