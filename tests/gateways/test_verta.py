"""The documented script of Verta's client, request for request, as the requester and as a peer."""

import pytest
from django.test import Client

from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from registry.models import ModelVersion, RegisteredModel
from registry.services import register_model
from tests.api.conftest import Api, token_of
from tests.cast import PASSWORD, Team, caller
from tests.gateways.verta import CREATE_MODEL, CREATE_VERSION, FIND_NAME, FIND_STAGE, UPDATE_STAGE, Verta, verta
from tests.log import activities, no_activity, one_activity


@pytest.fixture
def engineer(team: Team) -> Verta:
    return verta(team.engineer)


def script(who: Verta) -> tuple[str, str]:
    """What the script sends before it changes a stage; return the ids of model and version."""
    assert who.get("modeldb/project/verifyConnection") == (200, {"status": True})
    status, user = who.get("uac-proxy/uac/getCurrentUser")
    assert status == 200
    status, workspace = who.get(f"uac-proxy/workspace/getWorkspaceById?id={user['verta_info']['default_workspace_id']}")
    assert (status, workspace["org_name"]) == (200, "default")
    status, found = who.get("registry/workspaces/default/registered_models/my-model")
    if status == 404:
        assert found["code"] == 5
        status, found = who.post("registry/workspaces/default/registered_models", raw=CREATE_MODEL)
    assert status == 200
    model = found["registered_model"]["id"]
    status, listed = who.post(f"registry/registered_models/{model}/model_versions/find", raw=FIND_NAME)
    assert status == 200
    if listed["total_records"] == "0":
        status, made = who.post(f"registry/registered_models/{model}/model_versions", raw=CREATE_VERSION % {"model": model})
        assert (status, made["model_version"]["stage"], made["model_version"]["lock_level"]) == (200, "UNASSIGNED", "OPEN")
        return model, made["model_version"]["id"]
    return model, listed["model_versions"][0]["id"]


def test_the_script_files_a_request_and_after_approval_it_runs_through(team: Team, engineer: Verta):
    with activities("model.registered", "model_version.registered"):
        model, version = script(engineer)
    with one_activity("stage_change.requested"):
        status, said = engineer.post("registry/stage/updateStage", raw=UPDATE_STAGE % {"version": version})
    filed = StageChangeRequest.objects.get()
    sentence = f"Stage change request {filed.pk} waits for 1 approval: http://testserver/requests/{filed.pk}"
    assert (status, said) == (409, {"code": 9, "message": sentence, "details": []})
    assert (filed.to_stage.key, filed.comment, filed.requester) == ("staging", "Undergoing final testing.", team.engineer)
    with no_activity():
        assert script(engineer) == (model, version)
        again = engineer.post("registry/stage/updateStage", raw=UPDATE_STAGE % {"version": version})
    assert again == (status, said)
    assert engineer.get(f"registry/model_versions/{version}")[1]["model_version"]["stage"] == "UNASSIGNED"
    team.approve(filed)
    with no_activity():
        assert script(engineer) == (model, version)
        status, moved = engineer.post("registry/stage/updateStage", raw=UPDATE_STAGE % {"version": version})
        assert (status, moved["model_version_id"], moved["update"]) == (200, version, {"stage": "STAGING"})
        assert (moved["author_id"], moved["comment"]) == (str(team.reviewer.pk), "Undergoing final testing.")
        assert engineer.get(f"registry/model_versions/{version}")[1]["model_version"]["stage"] == "STAGING"
        status, found = engineer.post(
            f"registry/registered_models/{model}/model_versions/find", raw=FIND_STAGE % {"model": model}
        )
    assert (status, found["total_records"]) == (200, "1")
    assert [(each["id"], each["stage"]) for each in found["model_versions"]] == [(version, "STAGING")]


def test_where_no_approval_is_needed_the_script_runs_through_at_once(team: Team, engineer: Verta):
    team.policy("staging", 0)
    _, version = script(engineer)
    with activities("stage_change.requested", "stage_change.applied") as lines:
        status, moved = engineer.post("registry/stage/updateStage", raw=UPDATE_STAGE % {"version": version})
    assert (status, moved["id"], moved["update"]) == (200, str(lines[1].pk), {"stage": "STAGING"})
    assert {line.via for line in lines} == {"verta"}


def test_a_peer_who_asks_for_the_same_is_told_of_the_request_that_waits(team: Team, engineer: Verta):
    _, version = script(engineer)
    engineer.post("registry/stage/updateStage", raw=UPDATE_STAGE % {"version": version})
    filed = StageChangeRequest.objects.get()
    with no_activity():
        status, said = verta(team.reviewer).post("registry/stage/updateStage", raw=UPDATE_STAGE % {"version": version})
    assert (status, said["code"]) == (409, 9)
    assert said["message"].startswith(f"Request {filed.pk} for v1 waits already")
    assert said["message"].endswith(f" http://testserver/requests/{filed.pk}")


def test_models_and_versions_have_what_the_client_reads(team: Team, engineer: Verta):
    model, version = script(engineer)
    row, body = RegisteredModel.objects.get(pk=model), engineer.get(f"registry/registered_models/{model}")[1]["registered_model"]
    assert (body["name"], body["workspace_id"]) == ("my-model", str(team.workspace.pk))
    assert int(body["time_created"]) == int(row.created_at.timestamp() * 1000)
    told = engineer.get(f"registry/model_versions/{version}")[1]["model_version"]
    shown = ("version", "registered_model_id", "stage", "lock_level", "labels", "attributes", "artifacts")
    assert [told[field] for field in shown] == ["v1", model, "UNASSIGNED", "OPEN", [], [], []]


def test_a_name_that_is_taken_already_exists(team: Team, engineer: Verta):
    model, _ = script(engineer)
    with no_activity():
        for path, raw in (
            ("registry/workspaces/default/registered_models", CREATE_MODEL),
            (f"registry/registered_models/{model}/model_versions", CREATE_VERSION % {"model": model}),
        ):
            status, said = engineer.post(path, raw=raw)
            assert (status, said["code"], "already exists" in said["message"]) == (409, 6, True)


def test_a_model_called_like_a_route_and_names_with_signs_are_found(team: Team, engineer: Verta):
    with unit_of_work():
        for name in ("find", "naïve churn 100"):
            register_model(workspace_id=team.workspace.pk, name=name, by=caller(team.engineer))
    for name in ("find", "na%C3%AFve%20churn%20100"):
        assert engineer.get(f"registry/workspaces/default/registered_models/{name}")[0] == 200
    assert engineer.refused("GET", "registry/workspaces/default/registered_models/a/b") == (404, 5)
    assert engineer.refused("GET", "registry/workspaces/default/registered_models/a%00b") == (404, 5)
    assert engineer.refused("GET", "registry/workspaces/a%00b/registered_models/a") == (404, 5)


def test_a_workspace_is_found_by_name_and_by_the_prefix_of_the_address(team: Team, engineer: Verta):
    assert engineer.get("uac-proxy/workspace/getWorkspaceByName?name=default")[1]["id"] == str(team.workspace.pk)
    assert engineer.get("uac-proxy/organization/getOrganizationByName?org_name=default")[0] == 200
    for path in ("workspace/getWorkspaceByName?name=no", "organization/getOrganizationByName?org_name=no"):
        assert engineer.refused("GET", f"uac-proxy/{path}") == (404, 5)
    assert engineer.refused("GET", "uac-proxy/workspace/getWorkspaceById?id=999999") == (404, 5)
    status, user = engineer.send("GET", "uac-proxy/uac/getCurrentUser", prefix="/w/default")
    assert (status, user["verta_info"]["username"], user["email"]) == (200, "engineer", "engineer@example.org")


def test_who_has_no_workspace_is_told_so_and_not_sent_on_into_a_personal_one(team: Team):
    status, said = verta(team.stranger).get("uac-proxy/uac/getCurrentUser")
    assert (status, said["code"]) == (409, 9)
    assert "member of no workspace" in said["message"]


def test_the_key_opens_with_the_address_or_the_name_of_its_owner_alone(team: Team):
    secret = token_of(team.engineer)
    for email in ("engineer@example.org", "Engineer@Example.org", "engineer", ""):
        assert Verta(email, secret).get("modeldb/project/verifyConnection")[0] == 200
    for wrong in (Verta("admin@example.org", secret), Verta("engineer", "swd_gone"), Verta("engineer", "")):
        assert wrong.refused("GET", "modeldb/project/verifyConnection") == (401, 16)
    assert Api(secret).get("/api/v1/modeldb/project/verifyConnection").status_code == 200


def test_printed_addresses_lead_to_the_pages(team: Team):
    version = team.version()
    client = Client()
    assert client.login(username="engineer", password=PASSWORD)
    model = client.get(f"/default/registry/{version.model_id}")
    assert (model.status_code, model["Location"]) == (302, "/w/default/models/churn")
    page = client.get(f"/default/registry/{version.model_id}/versions/{version.pk}")
    assert (page.status_code, page["Location"]) == (302, "/w/default/models/churn/versions/1")
    for gone in ("/default/registry/999999", f"/default/registry/{version.model_id}/versions/999999"):
        assert client.get(gone).status_code == 404
    assert client.login(username="stranger", password=PASSWORD)
    assert client.get(f"/default/registry/{version.model_id}").status_code == 404
    assert Client().get(f"/default/registry/{version.model_id}")["Location"].startswith("/accounts/login")


def test_a_deleted_version_and_model_do_not_exist(team: Team, engineer: Verta):
    model, version = script(engineer)
    with one_activity("model_version.deleted"):
        assert engineer.send("DELETE", f"registry/model_versions/{version}") == (200, {})
    assert engineer.refused("GET", f"registry/model_versions/{version}") == (404, 5)
    with one_activity("model.deleted"):
        assert engineer.send("DELETE", f"registry/registered_models/{model}") == (200, {})
    assert engineer.refused("GET", f"registry/registered_models/{model}") == (404, 5)
    assert not ModelVersion.objects.alive().exists()
