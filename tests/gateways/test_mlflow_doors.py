"""MLflow's doors: every refusal in its own shape, with our sentence, nothing written, and never a 5xx, which clients send again."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.caller import Scope
from activity.unit import unit_of_work
from registry.models import ModelVersion, RegisteredModel
from registry.services import archive_model
from tests.api.conftest import Api, Callers, token_of
from tests.cast import Team, caller
from tests.log import no_activity

PREFIX = "/api/2.0/mlflow"
MOVE = {"name": "churn", "version": "1", "stage": "Staging"}
Sent = tuple[str, str, dict[str, Any]]

# Every call that writes, as somebody sends it who may.
WRITES: dict[str, Sent] = {
    "create model": ("POST", "registered-models/create", {"name": "x"}),
    "rename": ("POST", "registered-models/rename", {"name": "churn", "new_name": "x"}),
    "update model": ("PATCH", "registered-models/update", {"name": "churn", "description": "x"}),
    "delete model": ("DELETE", "registered-models/delete", {"name": "churn"}),
    "tag model": ("POST", "registered-models/set-tag", {"name": "churn", "key": "a", "value": "b"}),
    "untag model": ("DELETE", "registered-models/delete-tag", {"name": "churn", "key": "a"}),
    "set alias": ("POST", "registered-models/alias", {"name": "churn", "alias": "a", "version": "1"}),
    "delete alias": ("DELETE", "registered-models/alias", {"name": "churn", "alias": "a"}),
    "create version": ("POST", "model-versions/create", {"name": "churn", "source": "s3://x"}),
    "update version": ("PATCH", "model-versions/update", {"name": "churn", "version": "1", "description": "x"}),
    "delete version": ("DELETE", "model-versions/delete", {"name": "churn", "version": "1"}),
    "transition": ("POST", "model-versions/transition-stage", MOVE),
    "tag version": ("POST", "model-versions/set-tag", {"name": "churn", "version": "1", "key": "a", "value": "b"}),
    "untag version": ("DELETE", "model-versions/delete-tag", {"name": "churn", "version": "1", "key": "a"}),
}
READS: dict[str, Sent] = {
    "get model": ("GET", "registered-models/get?name=churn", {}),
    "search models": ("GET", "registered-models/search", {}),
    "latest": ("POST", "registered-models/get-latest-versions", {"name": "churn"}),
    "get alias": ("GET", "registered-models/alias?name=churn&alias=live", {}),
    "get version": ("GET", "model-versions/get?name=churn&version=1", {}),
    "search versions": ("GET", "model-versions/search", {}),
    "download uri": ("GET", "model-versions/get-download-uri?name=churn&version=1", {}),
}


def send(who: Api, sent: Sent, **headers: str) -> tuple[int, str, str]:
    method, path, body = sent
    response = who.send(method, f"{PREFIX}/{path}", body or None, **headers)
    told = response.json()
    return response.status_code, told.get("error_code", ""), told.get("message", "")


@pytest.fixture
def place(team: Team, api: Callers) -> ModelVersion:
    version = team.version(artifact_uri="s3://bucket/1")
    assert send(api.engineer, ("POST", "registered-models/alias", {"name": "churn", "alias": "live", "version": "1"}))[0] == 200
    return version


@pytest.mark.parametrize("name", WRITES)
def test_who_may_not_write_is_told_so_and_writes_nothing(team: Team, api: Callers, place: ModelVersion, name: str):
    with no_activity():
        assert send(api.viewer, WRITES[name])[:2] == (403, "PERMISSION_DENIED")
        assert send(Api(token_of(team.engineer, Scope.READ)), WRITES[name])[:2] == (403, "PERMISSION_DENIED")
        assert send(api.nobody, WRITES[name])[:2] == (401, "UNAUTHENTICATED")
        assert send(api.stranger, WRITES[name])[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
        assert send(Api("swd_gone"), WRITES[name])[:2] == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("name", READS)
def test_a_member_reads_everything_and_nobody_else_anything(team: Team, api: Callers, place: ModelVersion, name: str):
    assert send(api.viewer, READS[name])[0] == 200
    assert send(Api(token_of(team.viewer, Scope.CHECKS)), READS[name])[:2] == (403, "PERMISSION_DENIED")
    assert send(api.nobody, READS[name])[:2] == (401, "UNAUTHENTICATED")
    assert send(api.stranger, READS[name])[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_private_model_is_nowhere_for_who_is_not_let_in(team: Team, api: Callers, place: ModelVersion):
    RegisteredModel.objects.update(private=True)
    for name, sent in READS.items():
        method, path, body = sent
        response = api.reviewer.send(method, f"{PREFIX}/{path}", body or None)
        assert (response.status_code, response.json()) == (200, {}) if "search" in name else response.status_code == 404, name
    with no_activity():
        for name in WRITES:
            if name != "create model":
                assert send(api.reviewer, WRITES[name])[:2] == (404, "RESOURCE_DOES_NOT_EXIST"), name
    assert send(api.engineer, READS["get model"])[0] == 200


@pytest.mark.parametrize("name", [name for name in WRITES if name != "create model"])
def test_an_unknown_model_is_told_in_every_call(api: Callers, place: ModelVersion, name: str):
    method, path, body = WRITES[name]
    with no_activity():
        told = send(api.admin, (method, path, body | {"name": "nothing"}))
    assert told[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    assert "that you may see" in told[2]


def held(team: Team, version: ModelVersion) -> None:
    team.ask(version)


def locked(team: Team, version: ModelVersion) -> None:
    team.lock(version, "closed")


def archived(team: Team, version: ModelVersion) -> None:
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.admin))


def unaltered(team: Team, version: ModelVersion) -> None:
    """Nothing stands in the way but what is sent."""


def in_production(team: Team, version: ModelVersion) -> None:
    team.move(version, "production")


WRONG: list[tuple[Callable[[Team, ModelVersion], None], Sent, tuple[int, str, str]]] = [
    (held, ("POST", "model-versions/transition-stage", {**MOVE, "stage": "Production"}), (409, "INVALID_STATE", "waits already")),
    (locked, WRITES["transition"], (409, "INVALID_STATE", "v1 is locked (closed), so its stage stays")),
    (locked, WRITES["delete version"], (409, "INVALID_STATE", "v1 is locked")),
    (archived, WRITES["transition"], (409, "INVALID_STATE", "churn is archived, so nothing was done")),
    (archived, WRITES["create version"], (409, "INVALID_STATE", "churn is archived")),
    (in_production, WRITES["delete version"], (409, "INVALID_STATE", "v1 is in Production, so it cannot be deleted")),
    (in_production, WRITES["delete model"], (409, "INVALID_STATE", "v1 of churn is in Production")),
    (
        unaltered,
        ("POST", "model-versions/transition-stage", {**MOVE, "stage": "Archived", "archive_existing_versions": True}),
        (400, "INVALID_PARAMETER_VALUE", "there is nobody to archive"),
    ),
    (
        unaltered,
        ("POST", "model-versions/transition-stage", {**MOVE, "stage": "Prod"}),
        (400, "INVALID_PARAMETER_VALUE", "“Prod”"),
    ),
    (unaltered, ("POST", "model-versions/transition-stage", {**MOVE, "stage": ""}), (400, "INVALID_PARAMETER_VALUE", "'stage'")),
    (
        unaltered,
        ("POST", "model-versions/transition-stage", {**MOVE, "version": "x"}),
        (400, "INVALID_PARAMETER_VALUE", "got 'x'"),
    ),
    (
        unaltered,
        ("POST", "model-versions/transition-stage", {**MOVE, "version": "99"}),
        (404, "RESOURCE_DOES_NOT_EXIST", "no version 99"),
    ),
    (
        unaltered,
        ("POST", "model-versions/transition-stage", {**MOVE, "archive_existing_versions": "perhaps"}),
        (400, "INVALID_PARAMETER_VALUE", "true or false"),
    ),
    (
        unaltered,
        ("POST", "registered-models/create", {"name": "churn"}),
        (400, "RESOURCE_ALREADY_EXISTS", "called “churn” already"),
    ),
    (unaltered, ("POST", "registered-models/create", {"name": "a/b"}), (400, "INVALID_PARAMETER_VALUE", "none of /")),
    (
        unaltered,
        ("POST", "registered-models/create", {"name": "x", "tags": [{"key": 1}]}),
        (400, "INVALID_PARAMETER_VALUE", "'tags'"),
    ),
    (unaltered, ("POST", "model-versions/create", {"name": "churn"}), (400, "INVALID_PARAMETER_VALUE", "'source'")),
    (
        unaltered,
        ("POST", "model-versions/create", {"name": "churn", "source": "models:/churn/9"}),
        (404, "RESOURCE_DOES_NOT_EXIST", "no version 9"),
    ),
    (
        unaltered,
        ("POST", "model-versions/set-tag", {**MOVE, "key": "stageward.pending_request", "value": "1"}),
        (400, "INVALID_PARAMETER_VALUE", "told by Stageward itself"),
    ),
    (
        unaltered,
        ("POST", "registered-models/alias", {**MOVE, "alias": "latest"}),
        (400, "INVALID_PARAMETER_VALUE", "read as a version"),
    ),
    (unaltered, ("GET", "registered-models/alias?name=churn&alias=x", {}), (400, "INVALID_PARAMETER_VALUE", "not found")),
    (unaltered, ("GET", "registered-models/search?filter=name", {}), (400, "INVALID_PARAMETER_VALUE", "Invalid filter string")),
    (unaltered, ("GET", "registered-models/search?max_results=1001", {}), (400, "INVALID_PARAMETER_VALUE", "at most 1000")),
    (unaltered, ("GET", "registered-models/search?page_token=x", {}), (400, "INVALID_PARAMETER_VALUE", "page token")),
    (unaltered, ("GET", "registered-models/search?order_by=size", {}), (400, "INVALID_PARAMETER_VALUE", "order_by")),
    (
        unaltered,
        ("GET", "registered-models/search?order_by=name&order_by=name+DESC", {}),
        (400, "INVALID_PARAMETER_VALUE", "duplicate"),
    ),
    (unaltered, ("GET", "model-versions/search?max_results=0", {}), (400, "INVALID_PARAMETER_VALUE", "from 1 to 200000")),
    (
        unaltered,
        ("POST", "registered-models/get-latest-versions", {"name": "churn", "stages": ["x"]}),
        (400, "INVALID_PARAMETER_VALUE", "“x”"),
    ),
]


@pytest.mark.parametrize(("prepare", "sent", "expected"), WRONG, ids=lambda value: value.__name__ if callable(value) else None)
def test_what_cannot_be_is_told_with_our_sentence_and_changes_nothing(
    team: Team,
    api: Callers,
    place: ModelVersion,
    prepare: Callable[[Team, ModelVersion], None],
    sent: Sent,
    expected: tuple[int, str, str],
):
    prepare(team, place)
    with no_activity():
        status, code, message = send(api.engineer, sent)
    assert (status, code) == expected[:2]
    assert expected[2] in message


def test_a_private_model_is_in_no_call_of_whoever_is_not_let_in(team: Team, api: Callers, place: ModelVersion):
    team.hide()
    for name, sent in (WRITES | READS).items():
        told = send(api.reviewer, sent)
        if name.startswith("search"):
            assert "churn" not in api.reviewer.get(f"{PREFIX}/{sent[1]}").content.decode()
            assert "churn" in api.engineer.get(f"{PREFIX}/{sent[1]}").content.decode()
        elif name != "create model":
            assert told[:2] == (404, "RESOURCE_DOES_NOT_EXIST"), name
