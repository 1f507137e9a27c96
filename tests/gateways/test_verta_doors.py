"""Verta's doors: every refusal in its own shape, with our sentence, nothing written, and never a 5xx, which its client sends again."""

from typing import Any

import pytest

from accounts.caller import Scope
from accounts.models import ApiToken
from accounts.services import revoke_token
from activity.unit import unit_of_work
from registry.services import archive_model
from tests.api.conftest import token_of
from tests.cast import Team, caller
from tests.gateways.verta import Verta, verta
from tests.log import no_activity

Sent = tuple[str, str, dict[str, Any] | None]
_IN_WORKSPACE = "registry/workspaces/default"
_MODEL, _VERSION = "registry/registered_models/%(model)s", "registry/model_versions/%(version)s"
_UPDATE = "registry/registered_models/%(model)s/model_versions/%(version)s"

# Every call that writes, as somebody sends it who may.
WRITES: dict[str, Sent] = {
    "create model": ("POST", f"{_IN_WORKSPACE}/registered_models", {"name": "x"}),
    "patch model": ("PATCH", _MODEL, {"labels": ["x"]}),
    "put model": ("PUT", _MODEL, {"labels": ["x"]}),
    "delete model": ("DELETE", _MODEL, None),
    "create version": ("POST", f"{_MODEL}/model_versions", {"version": "x"}),
    "patch version": ("PATCH", _UPDATE, {"labels": ["x"]}),
    "put version": ("PUT", _UPDATE, {"labels": ["x"]}),
    "delete version": ("DELETE", _VERSION, None),
    "lock": ("PUT", f"{_VERSION}/lock", {"lock_level": 2}),
    "update stage": ("POST", "registry/stage/updateStage", {"model_version_id": "%(version)s", "stage": 2}),
    "create transition": ("POST", "registry/stage/createTransition", {"model_version_id": "%(version)s", "desired_stage": 2}),
    "comment": ("POST", "registry/stage/createComment", {"model_version_id": "%(version)s", "comment": "x"}),
    "approve": ("POST", "registry/stage/approveTransition", {"transition_id": "%(request)s"}),
    "reject": ("POST", "registry/stage/rejectTransition", {"transition_id": "%(request)s", "comment": "x"}),
}
READS: dict[str, Sent] = {
    "model by name": ("GET", f"{_IN_WORKSPACE}/registered_models/churn", None),
    "model": ("GET", _MODEL, None),
    "version": ("GET", _VERSION, None),
    "workspace": ("GET", "uac-proxy/workspace/getWorkspaceByName?name=default", None),
    "find in model": ("POST", f"{_MODEL}/model_versions/find", {}),
    "find models in workspace": ("POST", f"{_IN_WORKSPACE}/registered_models/find", {}),
    "find versions in workspace": ("POST", f"{_IN_WORKSPACE}/model_versions/find", {}),
    "activities": ("POST", "registry/stage/findActivities", {"model_version_id": "%(version)s"}),
    "transitions": ("POST", "registry/stage/findTransitions", {"registered_model_id": "%(model)s"}),
    "commit": ("POST", "registry/stage/commitTransition", {"transition_id": "%(done)s"}),
}
OF_ALL = ("registry/registered_models/find", "registry/model_versions/find")
GONE = {"model": "999999", "version": "999999", "request": "999999", "done": "999999"}


@pytest.fixture
def ids(team: Team) -> dict[str, str]:
    """A version, one whose request waits for somebody else than the engineer, and a request that took effect."""
    version = team.version()
    team.move(version, "development")
    done = version.change_requests.get()
    waiting = team.ask(team.version(), "staging")
    return {"model": str(team.model.pk), "version": str(version.pk), "request": str(waiting.pk), "done": str(done.pk)}


def refusal(who: Verta, sent: Sent, ids: dict[str, str]) -> tuple[int, int]:
    method, path, body = sent
    filled = body and {name: value % ids if isinstance(value, str) else value for name, value in body.items()}
    return who.refused(method, path % ids, filled)


@pytest.mark.parametrize("name", WRITES)
def test_who_may_not_write_is_told_so_and_writes_nothing(team: Team, ids: dict[str, str], name: str):
    with no_activity():
        assert refusal(verta(team.viewer), WRITES[name], ids) == (403, 7)
        assert refusal(Verta("", token_of(team.reviewer, Scope.READ)), WRITES[name], ids) == (403, 7)
        assert refusal(Verta("", ""), WRITES[name], ids) == (401, 16)
        assert refusal(Verta("engineer", "swd_gone"), WRITES[name], ids) == (401, 16)
        assert refusal(verta(team.stranger), WRITES[name], ids) == (404, 5)


def test_a_revoked_token_is_gone_at_once(team: Team, ids: dict[str, str]):
    engineer = verta(team.engineer)
    with unit_of_work():
        revoke_token(token_id=ApiToken.objects.get(user=team.engineer).pk, by=caller(team.engineer))
    with no_activity():
        assert refusal(engineer, WRITES["update stage"], ids) == (401, 16)
        assert refusal(engineer, READS["version"], ids) == (401, 16)


@pytest.mark.parametrize("name", READS)
def test_a_member_reads_everything_and_nobody_else_anything(team: Team, ids: dict[str, str], name: str):
    assert refusal(verta(team.viewer), READS[name], ids) == (200, 0)
    assert refusal(verta(team.stranger), READS[name], ids) == (404, 5)
    assert refusal(Verta("", ""), READS[name], ids) == (401, 16)
    if name != "commit":
        assert refusal(Verta("", token_of(team.viewer, Scope.CHECKS)), READS[name], ids) == (403, 7)


def test_a_stranger_finds_nothing(team: Team, ids: dict[str, str]):
    for path in OF_ALL:
        assert verta(team.stranger).post(path, {})[1]["total_records"] == "0"
        assert verta(team.viewer).post(path, {})[1]["total_records"] != "0"


def test_what_is_not_there_does_not_exist(team: Team, ids: dict[str, str]):
    admin, huge = verta(team.admin), dict.fromkeys(GONE, "9" * 19)
    asked = [sent for sent in (*WRITES.values(), *READS.values()) if "%" in str(sent)]
    with no_activity():
        assert [refusal(admin, sent, none) for sent in asked for none in (GONE, huge)] == [(404, 5)] * 2 * len(asked)


def test_a_version_of_another_model_does_not_exist(team: Team, ids: dict[str, str]):
    with no_activity():
        for name in ("patch version", "put version"):
            assert refusal(verta(team.engineer), WRITES[name], ids | {"model": "999999"}) == (404, 5)


UNREADABLE = ("{", "[]", '"x"', '{"name":NaN}', '{"a":1,"a":2}', '{"labels":1}', '{"labels":["\\u0000"]}', '{"description":7}')
NO_ATTRIBUTES: tuple[Any, ...] = (1, ["x"], [{}], [{"key": 1}], [{"key": ""}], [{"key": "a", "value": "\x00"}])
NO_CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"model_version_id": "x", "stage": 2},
    {"model_version_id": "%(version)s"},
    {"model_version_id": "%(version)s", "stage": 0},
    {"model_version_id": "%(version)s", "stage": 9},
    {"model_version_id": "%(version)s", "stage": "qa"},
    {"model_version_id": "%(version)s", "stage": True},
    {"model_version_id": "%(version)s", "stage": [2]},
    {"model_version_id": "%(version)s", "stage": 2, "comment": 7},
    {"model_version_id": "%(version)s", "stage": 2, "comment": "\x00"},
)


@pytest.mark.parametrize("name", ["create model", "patch model", "put version", "create version"])
def test_a_body_that_cannot_be_read_is_told_and_changes_nothing(team: Team, ids: dict[str, str], name: str):
    method, path, _ = WRITES[name]
    engineer = verta(team.engineer)
    with no_activity():
        for raw in UNREADABLE:
            assert engineer.refused(method, path % ids, raw=raw) == (400, 3), raw


def test_a_stage_change_and_attributes_that_cannot_be_read_are_told(team: Team, ids: dict[str, str]):
    engineer, (method, path, _) = verta(team.engineer), WRITES["patch version"]
    with no_activity():
        for body in NO_CHANGES:
            assert refusal(engineer, ("POST", "registry/stage/updateStage", body), ids) == (400, 3), body
        for attributes in NO_ATTRIBUTES:
            assert refusal(engineer, (method, path, {"attributes": attributes}), ids) == (400, 3), attributes


def test_what_is_protected_or_archived_or_taken_is_told(team: Team, ids: dict[str, str]):
    kept = team.version()
    team.move(kept, "staging")
    with no_activity():
        assert verta(team.engineer).refused("DELETE", f"registry/model_versions/{kept.pk}") == (409, 9)
        assert verta(team.engineer).refused("DELETE", f"registry/registered_models/{team.model.pk}") == (409, 9)
    other = team.version()
    team.move(kept, "archived")
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.engineer))
    with no_activity():
        for call, field in (("updateStage", "stage"), ("createTransition", "desired_stage")):
            assert verta(team.engineer).refused("POST", f"registry/stage/{call}", {"model_version_id": other.pk, field: 2}) == (
                409,
                9,
            )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "registry/nothing"),
        ("GET", "registry/registered_models/abc"),
        ("POST", "registry/stage/updateStage/"),
        ("GET", "modeldb/project/getProjects"),
        ("POST", "deployment/builds"),
        ("GET", "uac-proxy/organization"),
    ],
)
def test_an_address_that_is_not_answered_is_told_in_the_protocol(team: Team, method: str, path: str):
    for who in (verta(team.engineer), Verta("", "")):
        assert who.refused(method, path) == (404, 12)


def test_another_method_is_told(team: Team):
    assert verta(team.engineer).refused("GET", "registry/stage/updateStage") == (405, 12)
