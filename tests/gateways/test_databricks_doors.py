"""Databricks' doors: every refusal in its own shape, with our sentence, nothing written, and never a 5xx, which clients send again."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.caller import Scope
from accounts.models import ApiToken
from accounts.services import revoke_token
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from registry.services import archive_model
from tests.api.conftest import Api, Callers, token_of
from tests.cast import Team, caller
from tests.log import no_activity

PREFIX = "/api/2.0/mlflow"
MOVE = {"name": "churn", "version": "1", "stage": "Staging"}  # asked for by the engineer
FREE = {**MOVE, "version": "2"}  # nobody asked for it
Sent = tuple[str, str, dict[str, Any]]

# Every call that writes, as somebody sends it who may: the engineer who asked, or the reviewer.
ASKING: dict[str, Sent] = {
    "transition": ("POST", "databricks/model-versions/transition-stage", FREE),
    "ask": ("POST", "transition-requests/create", FREE),
    "cancel": ("DELETE", "transition-requests/delete", {**MOVE, "creator": "engineer"}),
}
DECIDING: dict[str, Sent] = {
    "approve": ("POST", "transition-requests/approve", {**MOVE, "archive_existing_versions": False}),
    "reject": ("POST", "transition-requests/reject", {**MOVE, "comment": "No."}),
}
WRITES = ASKING | DECIDING
READS: dict[str, Sent] = {
    "get model": ("GET", "databricks/registered-models/get", {"name": "churn"}),
    "list requests": ("GET", "transition-requests/list", {"name": "churn", "version": "1"}),
    "list models": ("GET", "registered-models/list", {}),
}


def send(who: Api, sent: Sent, *, by_query: bool = False) -> tuple[int, str, str]:
    """What came of a call; a DELETE's parameters in its body, as MLflow's client has it, or in its query, as the SDK has it."""
    method, path, values = sent
    in_query = method == "GET" or by_query
    response = who.send(
        method, f"{PREFIX}/{path}{'?' + urlencode(values) if in_query else ''}", None if in_query else values or None
    )
    told = response.json()
    assert response["Content-Type"] == "application/json"
    assert response.status_code == 200 or set(told) == {"error_code", "message"}
    return response.status_code, told.get("error_code", ""), told.get("message", "")


@pytest.fixture
def asked(team: Team) -> StageChangeRequest:
    """A version of which the engineer asked that it move to Staging, and another one."""
    filed = team.ask(team.version())
    team.version()
    return filed


@pytest.mark.parametrize("name", WRITES)
def test_who_may_not_write_is_told_so_and_writes_nothing(team: Team, api: Callers, asked: StageChangeRequest, name: str):
    reads_alone = Api(token_of(team.reviewer if name in DECIDING else team.engineer, Scope.READ))
    with no_activity():
        assert send(api.viewer, WRITES[name])[:2] == (403, "PERMISSION_DENIED")
        assert send(reads_alone, WRITES[name])[:2] == (403, "PERMISSION_DENIED")
        assert send(api.nobody, WRITES[name])[:2] == (401, "UNAUTHENTICATED")
        assert send(Api("swd_gone"), WRITES[name])[:2] == (401, "UNAUTHENTICATED")
        assert send(api.stranger, WRITES[name])[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("name", READS)
def test_a_member_reads_everything_and_nobody_else_anything(team: Team, api: Callers, asked: StageChangeRequest, name: str):
    assert send(api.viewer, READS[name])[0] == 200
    assert send(Api(token_of(team.viewer, Scope.CHECKS)), READS[name])[:2] == (403, "PERMISSION_DENIED")
    assert send(api.nobody, READS[name])[:2] == (401, "UNAUTHENTICATED")
    assert send(api.stranger, READS[name])[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_revoked_token_is_gone_at_once(team: Team, api: Callers, asked: StageChangeRequest):
    gone = api.reviewer
    with unit_of_work():
        revoke_token(token_id=ApiToken.objects.get(user=team.reviewer).pk, by=caller(team.reviewer))
    with no_activity():
        assert send(gone, WRITES["approve"])[:2] == (401, "UNAUTHENTICATED")
        assert send(gone, READS["get model"])[:2] == (401, "UNAUTHENTICATED")


def test_a_private_model_is_nowhere_for_who_is_not_let_in(team: Team, api: Callers, asked: StageChangeRequest):
    team.hide()
    with no_activity():
        for name, sent in (WRITES | READS).items():
            if name != "list models":
                assert send(api.reviewer, sent)[:2] == (404, "RESOURCE_DOES_NOT_EXIST"), name
    assert api.reviewer.get(f"{PREFIX}/registered-models/list").json() == {}
    assert send(api.engineer, READS["get model"])[0] == 200


@pytest.mark.parametrize("values", [{"name": "nothing"}, {"version": "99"}], ids=str)
def test_what_is_not_there_is_told_in_every_call(api: Callers, asked: StageChangeRequest, values: dict[str, str]):
    with no_activity():
        for method, path, body in WRITES.values():
            told = send(api.admin, (method, path, body | values))
            assert told[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
            assert "that you may see" in told[2]


@pytest.mark.parametrize("missing", ["name", "version", "stage"])
def test_what_is_left_out_is_told_in_every_call(api: Callers, asked: StageChangeRequest, missing: str):
    with no_activity():
        for method, path, body in WRITES.values():
            told = send(api.admin, (method, path, {name: value for name, value in body.items() if name != missing}))
            assert told[:2] == (400, "INVALID_PARAMETER_VALUE")
            assert f"'{missing}'" in told[2]


@pytest.mark.parametrize("name", DECIDING)
def test_nobody_decides_on_their_own_request_not_even_an_admin_or_their_service_account(team: Team, api: Callers, name: str):
    version = team.version()
    team.ask(version, by=team.admin)
    assert team.service.owner == team.admin
    with no_activity():
        for who in (api.admin, api.service):
            status, code, message = send(who, WRITES[name])
            assert (status, code) == (403, "PERMISSION_DENIED")
            assert "someone else must decide" in message or "is yours" in message, message
    assert version.change_requests.get().is_pending


def another_waits(team: Team) -> None:
    team.ask(ModelVersion.objects.get(number=2), "production")


def locked(team: Team) -> None:
    for version in ModelVersion.objects.all():
        team.lock(version, "closed")


def archived(team: Team) -> None:
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.admin))


def there_already(team: Team) -> None:
    team.move(ModelVersion.objects.get(number=2), "staging")


def ended(team: Team) -> None:
    team.reject(StageChangeRequest.objects.get(), by=team.second_reviewer)


def unaltered(team: Team) -> None:
    """Nothing stands in the way but what is sent."""


def changed(name: str, **values: Any) -> Sent:
    method, path, body = WRITES[name]
    return method, path, body | values


WRONG: list[tuple[Callable[[Team], None], str, Sent, tuple[int, str, str]]] = [
    (another_waits, "engineer", WRITES["ask"], (409, "INVALID_STATE", "waits already")),
    (another_waits, "engineer", WRITES["transition"], (409, "INVALID_STATE", "waits already")),
    (locked, "engineer", WRITES["ask"], (409, "INVALID_STATE", "v2 is locked (closed), so its stage stays")),
    (locked, "engineer", WRITES["transition"], (409, "INVALID_STATE", "v2 is locked")),
    (locked, "reviewer", WRITES["approve"], (409, "INVALID_STATE", "v1 is locked")),
    (archived, "engineer", WRITES["ask"], (409, "INVALID_STATE", "churn is archived")),
    (archived, "engineer", WRITES["transition"], (409, "INVALID_STATE", "churn is archived")),
    (there_already, "engineer", WRITES["ask"], (409, "INVALID_STATE", "v2 is in Staging already")),
    (there_already, "reviewer", changed("reject", version="2"), (409, "INVALID_STATE", "This request was applied by Reviewer")),
    (ended, "reviewer", WRITES["approve"], (409, "INVALID_STATE", "This request was rejected by Second Reviewer")),
    (ended, "reviewer", WRITES["reject"], (409, "INVALID_STATE", "This request was rejected by Second Reviewer")),
    (ended, "engineer", WRITES["cancel"], (409, "INVALID_STATE", "This request was rejected by Second Reviewer")),
    (unaltered, "reviewer", changed("approve", version="2"), (404, "RESOURCE_DOES_NOT_EXIST", "No request to move v2 of churn")),
    (unaltered, "reviewer", changed("approve", stage="Production"), (404, "RESOURCE_DOES_NOT_EXIST", "to Staging, waits.")),
    (unaltered, "reviewer", changed("approve", stage="Prod"), (400, "INVALID_PARAMETER_VALUE", "“Prod”")),
    (unaltered, "reviewer", changed("approve", archive_existing_versions="yes"), (400, "INVALID_PARAMETER_VALUE", "true or false")),
    (unaltered, "reviewer", changed("reject", comment=""), (400, "INVALID_PARAMETER_VALUE", "needs a comment")),
    (unaltered, "reviewer", WRITES["cancel"], (403, "PERMISSION_DENIED", "Only the requester revokes")),
    (unaltered, "engineer", changed("cancel", creator="reviewer"), (404, "RESOURCE_DOES_NOT_EXIST", "was not made by reviewer")),
    (unaltered, "engineer", changed("ask", version="x"), (400, "INVALID_PARAMETER_VALUE", "got 'x'")),
    (unaltered, "engineer", changed("ask", stage="Prod"), (400, "INVALID_PARAMETER_VALUE", "“Prod”")),
    (unaltered, "engineer", changed("ask", comment="x" * 10_001), (400, "INVALID_PARAMETER_VALUE", "the most is 10,000")),
    (unaltered, "engineer", changed("transition", stage="Prod"), (400, "INVALID_PARAMETER_VALUE", "“Prod”")),
    (unaltered, "engineer", ("GET", "registered-models/list", {"max_results": 1001}), (400, "INVALID_PARAMETER_VALUE", "at most 1000")),
    (unaltered, "engineer", ("GET", "registered-models/list", {"page_token": "x"}), (400, "INVALID_PARAMETER_VALUE", "page token")),
    (unaltered, "engineer", ("GET", "transition-requests/approve", {}), (405, "ENDPOINT_NOT_FOUND", "")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("prepare", "who", "sent", "expected"), WRONG, ids=lambda value: value.__name__ if callable(value) else None
)
def test_what_cannot_be_is_told_with_our_sentence_and_changes_nothing(
    team: Team,
    api: Callers,
    asked: StageChangeRequest,
    prepare: Callable[[Team], None],
    who: str,
    sent: Sent,
    expected: tuple[int, str, str],
):
    prepare(team)
    with no_activity():
        status, code, message = send(getattr(api, who), sent)
    assert (status, code) == expected[:2]
    assert expected[2] in message


@pytest.mark.parametrize(
    "path", ["/api/2.1/clusters/list", "/api/2.0/permissions/clusters/x", "/w/default/api/2.0/jobs", "/api/2.0/"]
)
def test_other_calls_of_databricks_are_told_in_its_shape(db: None, path: str):
    for method in ("GET", "POST", "DELETE"):
        assert Api().send(method, path).json()["error_code"] == "ENDPOINT_NOT_FOUND"
