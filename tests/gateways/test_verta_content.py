"""Labels, attributes, descriptions and locks through Verta's client: PATCH adds, PUT replaces, and neither moves a stage or a lock."""

from typing import Any

import pytest

from registry.models import ModelVersion, RegisteredModel
from tests.cast import Team
from tests.gateways.verta import LOCK, PATCH_ATTRIBUTES, PATCH_LABELS, PUT_VERSION, Verta, verta
from tests.log import activities, no_activity, one_activity

STAGE, CLOSED, REDACT = {"open": 1, "closed": 2, "redact": 3}, 2, 3


@pytest.fixture
def engineer(team: Team) -> Verta:
    return verta(team.engineer)


@pytest.fixture
def version(team: Team) -> ModelVersion:
    return team.version(name="labels", labels=["tag3", "tag2"], attributes={"i": 1, "old": "x"}, description="Before.")


def path_of(version: ModelVersion) -> str:
    return f"registry/registered_models/{version.model_id}/model_versions/{version.pk}"


def raw_put(version: ModelVersion, stage: int = 5, lock: int = 1) -> str:
    return PUT_VERSION % {"version": version.pk, "model": version.model_id, "stage": stage, "lock": lock}


def told(answer: tuple[int, Any]) -> dict[str, Any]:
    status, said = answer
    assert status == 200, said
    return dict(said.get("model_version") or said["registered_model"])


def test_patch_adds_labels_sorted_and_once(engineer: Verta, version: ModelVersion):
    with one_activity("model_version.edited"):
        assert told(engineer.patch(path_of(version), raw=PATCH_LABELS))["labels"] == ["tag1", "tag2", "tag3"]
    with no_activity():
        assert told(engineer.patch(path_of(version), raw=PATCH_LABELS))["labels"] == ["tag1", "tag2", "tag3"]


def test_patch_sets_attributes_by_key_whatever_their_value(engineer: Verta, version: ModelVersion):
    with one_activity("model_version.edited"):
        body = told(engineer.patch(path_of(version), raw=PATCH_ATTRIBUTES))
    expected = {"d": {"k": [1.0]}, "i": 15.0, "n": None, "old": "x"}
    assert {each["key"]: each["value"] for each in body["attributes"]} == expected
    assert ModelVersion.objects.get(pk=version.pk).attributes == expected


def test_an_empty_patch_changes_nothing(engineer: Verta, version: ModelVersion):
    with no_activity():
        body = told(engineer.patch(path_of(version), raw="{}"))
    assert (body["description"], body["labels"]) == ("Before.", ["tag2", "tag3"])


def test_put_lets_everything_be_what_is_sent_but_stage_and_lock_and_name(team: Team, engineer: Verta, version: ModelVersion):
    team.lock(version, "redact")
    team.lock(version, "open")
    team.move(version, "development")
    with one_activity("model_version.edited"):
        body = told(engineer.put(path_of(version), raw=raw_put(version, stage=3, lock=2).replace('"labels",', '"other",', 1)))
    assert (body["labels"], body["attributes"], body["description"]) == (["tag1", "tag3"], [], "")
    assert (body["version"], body["stage"], body["lock_level"]) == ("labels", "DEVELOPMENT", "OPEN")


def test_put_lowers_no_lock_and_takes_away_labels_below_it(team: Team, engineer: Verta, version: ModelVersion):
    team.lock(version, "closed")
    kept = '"attributes":[{"key":"i","value":1.0},{"key":"old","value":"x"}],"labels":'
    with one_activity("model_version.edited"):
        body = told(engineer.put(path_of(version), raw=raw_put(version).replace('"labels":', kept)))
    assert (body["lock_level"], body["labels"]) == ("CLOSED", ["tag1", "tag3"])


def test_a_patch_that_would_move_the_stage_is_refused(engineer: Verta, version: ModelVersion):
    with no_activity():
        status, said = engineer.patch(path_of(version), {"stage": 3, "labels": ["x"]})
    assert (status, said["code"]) == (400, 3)
    assert "updateStage" in said["message"]
    assert told(engineer.patch(path_of(version), {"stage": 5}))["stage"] == "UNASSIGNED"


def test_a_new_version_is_unassigned_and_may_be_locked(team: Team, engineer: Verta):
    path = f"registry/registered_models/{team.model.pk}/model_versions"
    with no_activity():
        assert engineer.refused("POST", path, {"version": "v1", "stage": 3}) == (400, 3)
        assert engineer.refused("POST", path, {"version": "v1", "lock_level": 9}) == (400, 3)
    with activities("model_version.registered", "model_version.locked"):
        assert told(engineer.post(path, {"version": "v1", "lock_level": REDACT}))["lock_level"] == "REDACT"


def test_what_verta_knows_besides_is_kept_and_found_again(team: Team, engineer: Verta):
    sent = {"version": "v1", "experiment_run_id": "run-7", "hide_input_label": True, "attributes": [{"key": "a", "value": 1}]}
    body = told(engineer.post(f"registry/registered_models/{team.model.pk}/model_versions", sent))
    assert (body["experiment_run_id"], body["hide_input_label"]) == ("run-7", True)
    assert body["attributes"] == [{"key": "a", "value": 1}]
    path = f"registry/registered_models/{team.model.pk}/model_versions/{body['id']}"
    assert told(engineer.patch(path, {"input_description": "A row."}))["input_description"] == "A row."
    again = told(engineer.put(path, body | {"attributes": []}))
    assert (again["experiment_run_id"], again["attributes"], "input_description" in again) == ("run-7", [], False)


@pytest.mark.parametrize(
    "lost",
    [
        {"artifacts": [{"key": "weights", "path": "a/b"}]},
        {"model": {"key": "model", "path": "x"}},
        {"environment": {"python": {}}},
        {"code_blob_map": {"x": {}}},
        {"datasets": [{"key": "x"}]},
    ],
)
def test_what_would_be_lost_is_refused(engineer: Verta, version: ModelVersion, lost: dict[str, Any]):
    (field,) = lost
    with no_activity():
        for method in ("PATCH", "PUT"):
            status, said = engineer.send(method, path_of(version), {"labels": ["x"]} | lost)
            assert (status, said["code"], field in said["message"]) == (400, 3, True)


def test_bytes_environments_and_code_are_refused_with_where_they_belong(engineer: Verta, version: ModelVersion):
    calls = ("getUrlForArtifact", "commitArtifactPart", "commitMultipartArtifact", "logCodeBlobInModelVersion", "logDatasets")
    with no_activity():
        for call in calls:
            status, said = engineer.post(f"registry/model_versions/{version.pk}/{call}", {"key": "model", "method": "PUT"})
            assert (status, said["code"], "artifact_uri" in said["message"]) == (404, 12, True)
            assert engineer.refused("POST", f"registry/model_versions/999999/{call}", {}) == (404, 5)
        assert engineer.refused("PATCH", f"{path_of(version)}/full_body", {}) == (404, 12)


def test_models_are_edited_alike(team: Team, engineer: Verta):
    path = f"registry/registered_models/{team.model.pk}"
    with one_activity("model.edited"):
        body = told(engineer.patch(path, {"labels": ["b", "a"], "readme_text": "# Read me"}))
    assert (body["labels"], body["description"], body["readme_text"]) == (["a", "b"], "Who leaves.", "# Read me")
    with one_activity("model.edited"):
        body = told(engineer.put(path, {"id": "1", "name": "another", "labels": ["c"], "owner": "9"}))
    assert (body["name"], body["labels"], body["description"], body["readme_text"]) == ("churn", ["c"], "", "# Read me")
    with no_activity():
        for lost in ({"pii": True}, {"task_type": 2}, {"data_type": 1}):
            assert engineer.refused("PUT", path, lost) == (400, 3)
            assert engineer.refused("PATCH", path, lost) == (400, 3)
        assert engineer.refused("PATCH", path, {"name": "renamed"}) == (403, 7)
    with one_activity("model.renamed"):
        assert told(verta(team.admin).patch(path, {"name": "renamed"}))["name"] == "renamed"


def test_a_private_model_does_not_exist_for_others(team: Team, engineer: Verta):
    path = "registry/workspaces/default/registered_models"
    private = told(engineer.post(path, {"name": "secret", "resource_visibility": 3}))
    assert private["resource_visibility"] == "PRIVATE"
    assert told(engineer.post(path, {"name": "shared", "resource_visibility": 1}))["resource_visibility"] == "WORKSPACE_DEFAULT"
    own = f"registry/registered_models/{private['id']}"
    version = told(engineer.post(f"{own}/model_versions", {"version": "v1"}))
    told(engineer.put(own, {"labels": ["x"]}))
    assert RegisteredModel.objects.get(name="secret").private
    peer = verta(team.reviewer)
    assert peer.refused("GET", own) == peer.refused("GET", f"{path}/secret") == (404, 5)
    assert peer.refused("GET", f"registry/model_versions/{version['id']}") == (404, 5)
    assert peer.refused("POST", "registry/stage/updateStage", {"model_version_id": version["id"], "stage": 2}) == (404, 5)
    for find in (f"{path}/find", "registry/registered_models/find"):
        assert [each["name"] for each in peer.post(find, {})[1]["registered_models"]] == ["shared", "churn"]
    assert peer.post("registry/model_versions/find", {})[1]["total_records"] == "0"
    assert engineer.post("registry/model_versions/find", {})[1]["total_records"] == "1"


def test_any_writer_raises_a_lock_and_only_an_admin_lowers_it(team: Team, engineer: Verta, version: ModelVersion):
    path = f"registry/model_versions/{version.pk}/lock"
    for level in (REDACT, CLOSED):
        with one_activity("model_version.locked"):
            assert engineer.put(path, raw=LOCK % {"lock": level}) == (200, {})
    with no_activity():
        assert engineer.put(path, raw=LOCK % {"lock": CLOSED}) == (200, {})
        assert engineer.refused("PUT", path, raw=LOCK % {"lock": REDACT}) == (403, 7)
        for wrong in ("{}", '{"lock_level":0}', '{"lock_level":"SHUT"}', '{"lock_level":[2]}'):
            assert engineer.refused("PUT", path, raw=wrong) == (400, 3)
    with one_activity("model_version.unlocked"):
        assert verta(team.admin).put(path, raw=LOCK % {"lock": 1}) == (200, {})


@pytest.mark.parametrize(("level", "admin_may"), [("redact", True), ("closed", False)])
def test_a_lock_keeps_content_and_lets_labels_be(team: Team, engineer: Verta, version: ModelVersion, level: str, admin_may: bool):
    team.lock(version, level)
    with no_activity():
        for method, path, raw in (
            ("PATCH", path_of(version), PATCH_ATTRIBUTES),
            ("PUT", path_of(version), raw_put(version)),
            ("DELETE", f"registry/model_versions/{version.pk}", None),
        ):
            status, said = engineer.send(method, path, raw=raw)
            assert (status, said["code"], "locked for changes" in said["message"]) == (403, 7, True)
    with one_activity("model_version.edited"):
        told(engineer.patch(path_of(version), {"labels": ["tag1"], "description": "After."}))
    assert verta(team.admin).patch(path_of(version), raw=PATCH_ATTRIBUTES)[0] == (200 if admin_may else 403)
