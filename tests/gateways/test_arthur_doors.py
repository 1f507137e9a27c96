"""Arthur's doors: every refusal as `{"error"}` with our sentence, nothing written, and never a 5xx."""

import json
from typing import Any

import pytest

from accounts.caller import Scope
from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from tests.api.conftest import token_of
from tests.cast import Team
from tests.gateways.arthur import MODEL, SAVE, Arthur, arthur
from tests.log import no_activity

Sent = tuple[str, str, dict[str, Any] | None]
_MODEL, _GROUP = "models/%(version)s", "model_groups/%(group)s"

# Every call that writes, as somebody sends it who may.
WRITES: dict[str, Sent] = {
    "save": ("POST", SAVE, MODEL | {"partner_model_id": "new", "display_name": "New"}),
    "save in a group": ("POST", SAVE, MODEL | {"partner_model_id": "new", "model_group_id": "%(group)s"}),
    "update": ("PUT", _MODEL, {"tags": ["x"]}),
    "archive": ("DELETE", _MODEL, None),
    "describe group": ("PATCH", _GROUP, {"description": "x"}),
    "archive group": ("DELETE", _GROUP, None),
}
READS: dict[str, Sent] = {
    "model": ("GET", _MODEL, None),
    "model by partner id": ("GET", "models/credit-1?id_type=partner_model_id", None),
    "models": ("GET", "models", None),
    "group": ("GET", _GROUP, None),
    "groups": ("GET", "model_groups", None),
    "versions": ("GET", f"{_GROUP}/versions?page_size=2147483647", None),
    "latest": ("GET", f"{_GROUP}/versions/latest", None),
}
SUCCEEDED = {
    "save": 201,
    "save in a group": 201,
    "archive": 409,
    "archive group": 202,
}  # archiving a model waits for a second person


@pytest.fixture
def ids(team: Team) -> dict[str, str]:
    version = arthur(team.engineer).saved()
    return {"version": str(version.pk), "group": str(version.model_id)}


def answer(who: Arthur, sent: Sent, ids: dict[str, str]) -> int:
    method, path, body = sent
    filled = body and json.loads(json.dumps(body).replace('"%(group)s"', json.dumps(ids["group"])))
    return who.refused(method, path % ids, filled)


@pytest.mark.parametrize("name", WRITES)
def test_who_may_write_does_and_nobody_else(team: Team, ids: dict[str, str], name: str):
    with no_activity():
        assert answer(arthur(team.viewer), WRITES[name], ids) == 403
        assert answer(Arthur(token_of(team.reviewer, Scope.READ)), WRITES[name], ids) == 403
        assert answer(Arthur(""), WRITES[name], ids) == 401
        assert answer(Arthur("swd_gone"), WRITES[name], ids) == 401
        assert answer(arthur(team.stranger), WRITES[name], ids) == 404
    assert answer(arthur(team.engineer), WRITES[name], ids) == SUCCEEDED.get(name, 200)


@pytest.mark.parametrize("name", READS)
def test_a_member_reads_everything_and_nobody_else_anything(team: Team, ids: dict[str, str], name: str):
    assert answer(arthur(team.viewer), READS[name], ids) == 200
    assert answer(arthur(team.stranger), READS[name], ids) == 404
    assert answer(Arthur(""), READS[name], ids) == 401
    assert answer(Arthur(token_of(team.viewer, Scope.CHECKS)), READS[name], ids) == 403


@pytest.mark.parametrize("gone", ["999999", "9" * 19, "9" * 5000, "-1", "x", "%00", "8d2b7a0e-7b7e-4f55-9f86-2e1f5d9a2c11"])
def test_what_is_not_there_does_not_exist(team: Team, ids: dict[str, str], gone: str):
    asked = [sent for sent in (*WRITES.values(), *READS.values()) if "%" in str(sent)]
    with no_activity():
        for sent in asked:
            assert answer(arthur(team.admin), sent, {"version": gone, "group": gone}) == 404, sent
        assert arthur(team.admin).refused("GET", f"models/{gone}?id_type=partner_model_id") == 404
        assert arthur(team.admin).refused("POST", f"models/{gone}/reference_data") == 404


def test_what_was_deleted_or_is_hidden_does_not_exist(team: Team, ids: dict[str, str]):
    version = ModelVersion.objects.select_related("model").get(pk=ids["version"])
    team.hide(model=version.model)
    for name in ("model", "model by partner id", "group", "versions", "latest"):
        assert answer(arthur(team.reviewer), READS[name], ids) == 404, name
    assert arthur(team.reviewer).get("model_groups")[1]["total_count"] == 1
    team.delete(version)
    for name in ("model", "model by partner id", "latest"):
        assert answer(arthur(team.admin), READS[name], ids) == 404, name


def test_a_locked_version_a_pending_request_and_a_request_of_somebody_else_are_told(team: Team, ids: dict[str, str]):
    version = ModelVersion.objects.get(pk=ids["version"])
    waiting = team.ask(version, "development")
    with no_activity():
        status, said = arthur(team.reviewer).send("DELETE", _MODEL % ids)
        assert (status, f"Request {waiting.pk} for v1 waits already" in said["error"]) == (409, True)
        assert said["error"].endswith(f"http://testserver/requests/{waiting.pk}")
    team.revoke(waiting)
    team.lock(version, "closed")
    with no_activity():
        for sent in (WRITES["archive"], ("PUT", _MODEL, {"pixel_width": 1})):
            status, said = arthur(team.engineer).send(sent[0], sent[1] % ids, sent[2])
            assert (status, "is locked" in said["error"]) == (409, True)


def test_nobody_approves_what_they_asked_for_by_asking_again(team: Team, ids: dict[str, str]):
    assert answer(arthur(team.engineer), WRITES["archive"], ids) == 409
    for who in (team.engineer, team.reviewer, team.admin):
        with no_activity():
            assert answer(arthur(who), WRITES["archive"], ids) == 409
    assert StageChangeRequest.objects.get().is_pending


def test_what_is_archived_is_no_way_around_a_role_or_a_scope(team: Team, ids: dict[str, str]):
    team.move(ModelVersion.objects.get(pk=ids["version"]), "archived")
    with no_activity():
        assert answer(arthur(team.viewer), WRITES["archive"], ids) == 403
        assert answer(Arthur(token_of(team.reviewer, Scope.READ)), WRITES["archive"], ids) == 403
        assert answer(arthur(team.reviewer), WRITES["archive"], ids) == 204


def test_data_is_refused_to_who_may_read_alone(team: Team, ids: dict[str, str]):
    sent: Sent = ("POST", f"{_MODEL}/reference_data", {})
    assert answer(arthur(team.viewer), sent, ids) == 207
    assert answer(Arthur(token_of(team.viewer, Scope.CHECKS)), sent, ids) == 403
    assert answer(arthur(team.stranger), sent, ids) == 404
    assert answer(Arthur(""), sent, ids) == 401


UNREADABLE: tuple[bytes, ...] = (
    b"{", b"[]", b'{"name": NaN}', b'{"a": 1, "a": 2}', b'{"description": 7}', b'{"description": "\\u0000"}', b"\xff", b'{"unknown": 1}',
)  # fmt: skip
UNFIT: tuple[dict[str, Any], ...] = (
    {"partner_model_id": ""},
    {"partner_model_id": 7},
    {"partner_model_id": None},
    {"input_type": None},
    {"output_type": []},
    {"display_name": "a/b"},
    {"display_name": "x" * 251},
    {"display_name": 1},
    {"display_name": "\x00"},
    {"archived": True},
    {"version_sequence_num": 3},
    {"model_group_id": 3},
    {"version_label": "a\nb"},
    {"version_label": "x" * 251},
    {"tags": [1]},
    {"tags": {"a": 1}},
    {"attributes": {"name": "x"}},
    {"attributes": ["x"]},
    {"attributes": [{"name": "x", "value_type": "FLOAT"}]},
    {"pixel_height": 2**60},
    {"explainability": {"\x00": 1}},
    {"expected_latency": 1},
)


@pytest.mark.parametrize("name", ["save", "save in a group", "update", "describe group"])
def test_a_body_that_cannot_be_read_is_told_and_changes_nothing(team: Team, ids: dict[str, str], name: str):
    method, path, _ = WRITES[name]
    engineer = arthur(team.engineer)
    with no_activity():
        for raw in UNREADABLE:
            assert engineer.refused(method, path % ids, raw=raw) == 400, raw


def test_a_model_that_cannot_be_kept_as_it_is_sent_is_refused(team: Team):
    engineer = arthur(team.engineer)
    with no_activity():
        for changed in UNFIT:
            assert engineer.save(**changed)[0] == 400, changed


def test_what_stands_in_the_address_is_not_taken_for_what_is_sent(team: Team, ids: dict[str, str]):
    with no_activity():
        body = {key: value for key, value in MODEL.items() if key != "partner_model_id"}
        assert arthur(team.engineer).refused("POST", f"{SAVE}&partner_model_id=x&is_batch=true", body) == 400
        assert arthur(team.engineer).refused("PUT", f"{_MODEL}?pixel_width=1" % ids, {}) == 200


def test_a_query_that_cannot_be_read_is_told(team: Team, ids: dict[str, str]):
    for path in (f"{_GROUP}/versions?sequence_num=x", f"{_GROUP}/versions?include_archived=yes", f"{_GROUP}/versions?page=0",
                 f"{_GROUP}/versions?label=%%00", f"{_MODEL}?id_type=name"):  # fmt: skip
        assert arthur(team.viewer).refused("GET", path % ids) == 400, path


def test_a_page_may_be_asked_for_larger_than_any_there_is(team: Team, ids: dict[str, str]):
    for path in ("models", "model_groups", f"{_GROUP}/versions"):
        status, said = arthur(team.viewer).get(f"{path % ids}?page_size={10**19 - 1}")
        assert (status, len(said["data"])) == (200, said["total_count"]), path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "models/1/inferences"),
        ("PATCH", "models/1/reference_data/x"),
        ("POST", "models/1/inferences/query"),
        ("GET", "models/1/metrics"),
        ("GET", "models/1/alert_rules"),
        ("POST", "models/1/retry"),
        ("GET", "models/1/enrichments"),
        ("GET", "service_accounts"),
        ("GET", "organizations/current"),
        ("PUT", "organizations/current"),
        ("GET", "model_groups/1/versions/latest/x"),
        ("POST", "login/"),
        ("GET", ""),
    ],
)
def test_what_watches_a_running_model_is_told_to_be_elsewhere(team: Team, method: str, path: str):
    for who in (arthur(team.engineer), Arthur("")):
        status, said = who.send(method, path)
        assert (status, said["error"].startswith("Stageward is a registry: ")) == (404, True)


def test_another_method_is_told(team: Team, ids: dict[str, str]):
    assert arthur(team.engineer).refused("PATCH", _MODEL % ids) == 405
    assert arthur(team.engineer).refused("POST", "model_groups", {"name": "x"}) == 405


def test_the_workspace_may_stand_in_the_address(team: Team, ids: dict[str, str]):
    key = arthur(team.engineer).key
    assert Arthur(key, "").send("GET", "model_groups", prefix="/w/default")[0] == 200
    assert Arthur(key, "").send("GET", "model_groups", prefix="/w/nowhere")[0] == 404
    assert Arthur("", "").send("POST", "login", {"login": "x", "password": "y"}, prefix="/w/default")[0] == 401
