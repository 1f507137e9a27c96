"""What every foreign protocol has in common: who is let in, which workspace is meant, and how it is told that something went wrong."""

import base64
from typing import Any

import pytest
from django.test import Client, override_settings

from accounts.caller import Scope
from accounts.models import ApiToken, Role
from accounts.services import revoke_token, set_member
from activity.models import Activity
from activity.unit import unit_of_work
from config.api import BurstThrottle
from gateways.arthur.errors import ARTHUR
from gateways.call import Call
from gateways.databricks.errors import DATABRICKS
from gateways.mlflow.errors import MLFLOW
from gateways.protocol import CODES, Protocol
from gateways.sign_in import bare
from gateways.verta.errors import VERTA
from registry.models import RegisteredModel
from registry.services import register_model
from tests.api.conftest import Api, Callers, token_of
from tests.cast import PASSWORD, Team, caller, make_team
from tests.log import no_activity

GET = "/api/2.0/mlflow/registered-models/get?name=churn"
CREATE = "/api/2.0/mlflow/registered-models/create"
PROTOCOLS = [DATABRICKS, MLFLOW, VERTA, ARTHUR]


def told(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/json", response.content
    return response.status_code, response.json()["error_code"]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_a_protocol_has_a_code_for_every_refusal_and_no_5xx_but_for_our_faults(protocol: Protocol):
    assert set(protocol.codes) == set(CODES)
    assert {code for code, (status, _) in protocol.codes.items() if not 400 <= status < 500} == {"server-error"}


def test_a_token_opens_by_bearer_and_by_basic_with_the_name_of_its_owner(team: Team):
    secret = token_of(team.viewer)
    basic = base64.b64encode(f"viewer:{secret}".encode()).decode()
    assert Api().get(GET, Authorization=f"Bearer {secret}").status_code == 200
    assert Api().get(GET, Authorization=f"Basic {basic}").status_code == 200
    other = base64.b64encode(f"admin:{secret}".encode()).decode()
    assert told(Api().get(GET, Authorization=f"Basic {other}")) == (401, "UNAUTHENTICATED")


def test_nobody_is_told_how_to_sign_in(api: Callers):
    response = api.nobody.get(GET)
    assert told(response) == (401, "UNAUTHENTICATED")
    assert response["WWW-Authenticate"] == 'Basic realm="Stageward"'
    assert response.json()["message"].startswith("No token was sent, so nothing was done. Set MLFLOW_TRACKING_TOKEN")


def test_a_session_opens_no_door(team: Team):
    client = Client()
    assert client.login(username="engineer", password=PASSWORD)
    assert client.get("/").status_code == 200
    assert client.get(GET).status_code == 401
    with no_activity():
        assert client.post(CREATE, {"name": "x"}, content_type="application/json").status_code == 401


def test_no_form_of_a_foreign_site_is_needed_or_checked(team: Team):
    client = Client(enforce_csrf_checks=True)
    headers = {"Authorization": f"Bearer {token_of(team.engineer)}"}
    assert client.post(CREATE, {"name": "x"}, content_type="application/json", headers=headers).status_code == 200


def test_a_revoked_token_is_gone_at_once(team: Team):
    gone = Api(token_of(team.engineer))
    with unit_of_work():
        revoke_token(token_id=ApiToken.objects.get(user=team.engineer).pk, by=caller(team.engineer))
    with no_activity():
        assert told(gone.get(GET)) == (401, "UNAUTHENTICATED")
        assert told(gone.post(CREATE, {"name": "x"})) == (401, "UNAUTHENTICATED")


def test_a_token_reaches_as_far_as_its_scopes(team: Team):
    assert told(Api(token_of(team.engineer, Scope.CHECKS)).get(GET)) == (403, "PERMISSION_DENIED")
    with no_activity():
        assert told(Api(token_of(team.engineer, Scope.READ)).post(CREATE, {"name": "x"})) == (403, "PERMISSION_DENIED")


def elsewhere(team: Team, slug: str) -> Team:
    """A second workspace with a model called like its slug, and the engineer in it."""
    other = make_team(slug, f"-{slug}")
    with unit_of_work():
        set_member(workspace_id=other.workspace.pk, user_id=team.engineer.pk, role=Role.EDITOR, by=caller(other.admin))
        register_model(workspace_id=other.workspace.pk, name=slug, by=caller(other.engineer))
    return other


def test_the_workspace_is_that_of_the_header_else_of_the_address_else_ones_own_else_default(team: Team, api: Callers):
    other = elsewhere(team, "vision")
    path = "api/2.0/mlflow/registered-models/get?name=vision"
    alone = Api(token_of(other.viewer))
    assert alone.get(f"/{path}").status_code == 200
    assert told(api.engineer.get(f"/{path}")) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert api.engineer.get(GET).status_code == 200
    assert api.engineer.get(f"/w/vision/{path}").status_code == 200
    assert api.engineer.get(f"/{path}", X_MLFLOW_WORKSPACE="vision").status_code == 200
    assert told(api.engineer.get(f"/w/vision/{path}", X_MLFLOW_WORKSPACE="default")) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_who_is_in_several_workspaces_without_a_default_is_asked_which(team: Team):
    one = elsewhere(team, "vision")
    other = elsewhere(team, "speech")
    with unit_of_work():
        set_member(workspace_id=other.workspace.pk, user_id=one.reviewer.pk, role=Role.VIEWER, by=caller(other.admin))
    response = Api(token_of(one.reviewer)).get(GET)
    assert told(response) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert response.json()["message"].startswith("Which workspace is meant? Say so by the header X-MLFLOW-WORKSPACE, or by /w/")
    assert "member of no workspace" in Api(token_of(team.stranger)).get(GET).json()["message"]


def test_what_one_may_not_see_is_told_like_what_is_not_there(team: Team, api: Callers):
    elsewhere(team, "vision")
    hidden = api.reviewer.get(GET, X_MLFLOW_WORKSPACE="vision")
    absent = api.reviewer.get(GET, X_MLFLOW_WORKSPACE="nowhere")
    assert told(hidden) == told(absent) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert hidden.json()["message"].replace("vision", "nowhere") == absent.json()["message"]


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/nothing", "/w/default/api/2.0/mlflow/", GET.replace("get?", "get/?")])
def test_an_unknown_address_is_told_in_the_protocol(db: None, path: str):
    for method in ("GET", "POST", "DELETE"):
        assert told(Api().send(method, path)) == (404, "ENDPOINT_NOT_FOUND")


def test_another_method_is_told_with_those_that_there_are(api: Callers):
    response = api.engineer.post(GET)
    assert told(response) == (405, "ENDPOINT_NOT_FOUND")
    assert response["Allow"] == "GET"


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b'"x"', b'{"name": NaN}', b'{"name": 1}', b'{"name": "\\u0000"}', b"\xff", b"{}", b""]
)
def test_a_body_that_cannot_be_read_is_told_and_changes_nothing(api: Callers, raw: bytes):
    with no_activity():
        assert told(api.engineer.send("POST", CREATE, raw=raw)) == (400, "INVALID_PARAMETER_VALUE")


def test_a_body_that_is_too_large_is_told(api: Callers):
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        assert told(api.engineer.post(CREATE, {"name": "x" * 20})) == (400, "INVALID_PARAMETER_VALUE")


def test_calls_are_counted_like_those_of_the_api(api: Callers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(BurstThrottle, "THROTTLE_RATES", {"user": "1/min", "anon": "1/min"})
    assert api.viewer.get(GET).status_code == 200
    response = api.viewer.get(GET)
    assert told(response) == (429, "REQUEST_LIMIT_EXCEEDED")
    assert int(response["Retry-After"]) > 0
    for _ in range(3):
        assert api.nobody.get("/api/3.0/mlflow/server-info").json() == {"workspaces_enabled": True}


def test_a_fault_of_ours_is_told_in_the_protocol_and_logged(
    api: Callers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(Call, "text", lambda *args, **options: 1 / 0)
    assert told(api.viewer.get(GET)) == (500, "INTERNAL_ERROR")
    assert "ZeroDivisionError" in caplog.text


def test_the_same_idempotency_key_is_given_the_first_answer_again(api: Callers):
    first = api.engineer.post(CREATE, {"name": "x"}, Idempotency_Key="k")
    with no_activity():
        again = api.engineer.post(CREATE, {"name": "x"}, Idempotency_Key="k")
        assert told(api.engineer.post(CREATE, {"name": "y"}, Idempotency_Key="k")) == (409, "INVALID_STATE")
    assert (again.status_code, again.json()) == (200, first.json())
    assert RegisteredModel.objects.filter(name="x").count() == 1


def test_the_log_says_by_which_door_it_came(api: Callers, team: Team):
    api.engineer.post(CREATE, {"name": "x"})
    line = Activity.objects.latest("pk")
    assert (line.verb, line.via, line.actor_id, bool(line.token_id)) == ("model.registered", "mlflow", team.engineer.pk, True)


def test_a_token_may_be_the_whole_of_a_header(team: Team, rf: Any):
    secret = token_of(team.viewer)
    found = bare("Authorization")(rf.get("/", headers={"Authorization": secret}))
    assert found is not None
    assert found.user == team.viewer
    assert bare("Authorization")(rf.get("/")) is None
