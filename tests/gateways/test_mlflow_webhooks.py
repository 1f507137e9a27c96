"""MLflow's webhooks: made, changed and tried as its client does, and sent by the same engine as all others."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.caller import Scope
from activity.unit import unit_of_work
from notifications.deliveries import deliver
from notifications.models import LEASE, Attempt, Delivery, Webhook
from notifications.outbox import drain
from notifications.services import create_webhook, redeliver
from tests.api.conftest import Api, Callers, token_of
from tests.cast import Team, caller, make_team
from tests.log import activities, findings, no_activity
from tests.notifications.receiver import Receiver, id_of, status

HOOKS = "/api/2.0/mlflow/webhooks"
CREATED = {"entity": "MODEL_VERSION", "action": "CREATED"}
HOOK = {"name": "ci", "url": "https://example.com/hook", "events": [CREATED], "secret": "s3cret"}


def made(who: Api, **fields: Any) -> dict[str, Any]:
    response = who.post(HOOKS, HOOK | fields)
    assert response.status_code == 200, response.json()
    return dict(response.json()["webhook"])


def told(response: Any) -> tuple[int, str, str]:
    body = response.json()
    return response.status_code, body.get("error_code", ""), body.get("message", "")


def send() -> int:
    drain()
    return deliver()


def verified(headers: dict[str, str], body: str, secret: str) -> bool:
    """As MLflow's documentation has receivers check a signature."""
    signed = f"{headers['X-MLflow-Delivery-Id']}.{headers['X-MLflow-Timestamp']}.{body}"
    expected = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    version, _, signature = headers["X-MLflow-Signature"].partition(",")
    return version == "v1" and hmac.compare_digest(base64.b64decode(signature), expected)


def test_a_webhook_has_the_fields_that_the_client_reads_and_never_its_secret(api: Callers):
    with activities("webhook.created"):
        webhook = made(api.admin, description="Tests new versions.")
    pk, moments = webhook["webhook_id"], (webhook.pop("creation_timestamp"), webhook.pop("last_updated_timestamp"))
    assert webhook == {
        "webhook_id": pk, "name": "ci", "url": HOOK["url"], "events": [CREATED], "status": "ACTIVE", "description": "Tests new versions.",
    }  # fmt: skip
    assert moments[0] == moments[1] > 1_700_000_000_000
    again = api.admin.get(f"{HOOKS}/{pk}").json()["webhook"]
    assert again == webhook | {"creation_timestamp": moments[0], "last_updated_timestamp": moments[0]}
    row = Webhook.objects.get()
    assert (row.format, row.events, "s3cret" in row.secret) == ("mlflow", ["model_version.created"], False)
    assert findings() == []


def test_what_is_sent_is_changed_and_the_rest_stays(api: Callers):
    pk = made(api.admin)["webhook_id"]
    kept = Webhook.objects.get().secret
    with activities("webhook.edited", "webhook.disabled"):
        changed = api.admin.patch(
            f"{HOOKS}/{pk}",
            {"name": "cd", "events": [{"entity": "registered_model", "action": "created"}], "status": "DISABLED"},
        ).json()["webhook"]
    assert (changed["name"], changed["url"], changed["status"]) == ("cd", HOOK["url"], "DISABLED")
    assert changed["events"] == [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
    assert changed["last_updated_timestamp"] >= changed["creation_timestamp"]
    assert Webhook.objects.get().secret == kept
    with activities("webhook.enabled"):
        assert api.admin.patch(f"{HOOKS}/{pk}", {"status": "ACTIVE"}).json()["webhook"]["status"] == "ACTIVE"
    with activities("webhook.edited"):
        api.admin.patch(f"{HOOKS}/{pk}", {"secret": "other"})
    assert Webhook.objects.get().secret != kept
    with no_activity():
        assert api.admin.patch(f"{HOOKS}/{pk}", {}).status_code == 200
    with activities("webhook.deleted"):
        assert api.admin.delete(f"{HOOKS}/{pk}").json() == {}
    assert told(api.admin.get(f"{HOOKS}/{pk}"))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_one_that_is_made_disabled_is_off(api: Callers, team: Team):
    with activities("webhook.created", "webhook.disabled"):
        assert made(api.admin, status="DISABLED")["status"] == "DISABLED"
    team.version()
    assert (send(), Delivery.objects.count()) == (0, 0)


def test_the_list_has_pages_and_those_of_this_format_alone(api: Callers, team: Team):
    with unit_of_work():
        create_webhook(workspace_id=team.workspace.pk, url="https://example.com", by=caller(team.admin))
    assert api.admin.get(HOOKS).json() == {}
    names = [made(api.admin, name=f"w{number}")["name"] for number in range(3)]
    first = api.admin.get(f"{HOOKS}?max_results=2").json()
    rest = api.admin.get(f"{HOOKS}?max_results=2&page_token={first['next_page_token']}").json()
    assert [webhook["name"] for webhook in first["webhooks"] + rest["webhooks"]] == names[::-1]
    assert "next_page_token" not in rest
    own = Webhook.objects.get(format="standard").pk
    assert told(api.admin.get(f"{HOOKS}/{own}"))[0] == 404


def test_each_event_has_the_data_that_receivers_know(api: Callers, team: Team, there: Receiver):
    events = {
        "REGISTERED_MODEL.CREATED": {"name": "fraud", "tags": {"team": "risk"}, "description": "Who cheats."},
        "MODEL_VERSION.CREATED": {
            "name": "fraud", "version": "1", "source": "s3://b/1", "run_id": "r1", "tags": {"n": "1", "a": "b"}, "description": "First.",
        },
        "MODEL_VERSION_TAG.SET": {"name": "fraud", "version": "1", "key": "a", "value": "b"},
        "MODEL_VERSION_TAG.DELETED": {"name": "fraud", "version": "1", "key": "n"},
        "MODEL_VERSION_ALIAS.CREATED": {"name": "fraud", "alias": "champion", "version": "1"},
        "MODEL_VERSION_ALIAS.DELETED": {"name": "fraud", "alias": "champion"},
    }  # fmt: skip
    made(api.admin, url=there.url, events=[dict(zip(("entity", "action"), name.split("."), strict=True)) for name in events])
    path, version = "/api/2.0/mlflow", {"name": "fraud", "version": "1"}
    for call, body in (
        ("registered-models/create", {"name": "fraud", "description": "Who cheats.", "tags": [{"key": "team", "value": "risk"}]}),
        (
            "model-versions/create",
            {"name": "fraud", "source": "s3://b/1", "run_id": "r1", "description": "First.", "tags": [{"key": "n", "value": "1"}]},
        ),
        ("model-versions/set-tag", version | {"key": "a", "value": "b"}),
    ):  # fmt: skip
        assert api.engineer.post(f"{path}/{call}", body).status_code == 200
    assert send() == 3
    assert api.engineer.send("DELETE", f"{path}/model-versions/delete-tag", version | {"key": "n"}).status_code == 200
    assert api.engineer.post(f"{path}/registered-models/alias", version | {"alias": "champion"}).status_code == 200
    assert (
        api.engineer.send("DELETE", f"{path}/registered-models/alias", {"name": "fraud", "alias": "champion"}).status_code == 200
    )
    assert send() == 3
    messages = [json.loads(body) for _, _, body in there.taken]
    found = {f"{each['entity']}.{each['action']}".upper(): each["data"] for each in messages}
    assert found == events
    assert {each["workspace"] for each in messages} == {"default"}
    assert all(verified(headers, body, "s3cret") for _, headers, body in there.taken)
    assert not any(verified(headers, body + " ", "s3cret") for _, headers, body in there.taken)


def test_without_a_secret_nothing_is_signed(api: Callers, team: Team, there: Receiver):
    pk = made(api.admin, url=there.url, secret="")["webhook_id"]
    team.version()
    assert send() == 1
    assert "X-MLflow-Signature" not in there.taken[0][1]
    api.admin.patch(f"{HOOKS}/{pk}", {"secret": "now"})
    team.version()
    assert send() == 1
    assert verified(there.taken[1][1], there.taken[1][2], "now")


def test_a_message_that_is_tried_and_sent_again_keeps_its_id_and_body(api: Callers, team: Team, there: Receiver):
    made(api.admin, url=there.url)
    there.answers = [status(500), status(200)]
    team.version()
    assert send() == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=7)):
        assert deliver() == 1
    with unit_of_work():
        redeliver(delivery_id=Delivery.objects.get().pk, by=caller(team.admin))
    assert deliver() == 1
    assert (len(there.taken), len(set(there.ids)), len({body for _, _, body in there.taken})) == (3, 1, 1)
    assert all(verified(headers, body, "s3cret") for _, headers, body in there.taken)


def test_a_test_is_answered_with_what_the_receiver_said(api: Callers, there: Receiver):
    address = f"{HOOKS}/{made(api.admin, url=there.url)['webhook_id']}/test"
    there.answers = [status(200, b"thanks"), status(404, b"no")]
    with activities("webhook.tested"):
        assert api.admin.post(address, {}).json() == {
            "result": {"success": True, "response_status": 200, "response_body": "thanks"}
        }
    other = {"event": {"entity": "MODEL_VERSION_ALIAS", "action": "DELETED"}}
    assert api.admin.post(address, other).json()["result"] == {
        "success": False, "response_status": 404, "response_body": "no", "error_message": "The receiver answered 404.",
    }  # fmt: skip
    first, second = [json.loads(body) for _, _, body in there.taken]
    assert (first["entity"], first["action"], first["data"]["name"]) == ("model_version", "created", "example_model")
    assert (second["entity"], second["action"], set(second["data"])) == ("model_version_alias", "deleted", {"name", "alias"})
    assert verified(there.taken[0][1], there.taken[0][2], "s3cret")
    assert send() == 0  # a worker that comes by later has nothing left to send
    with time_machine.travel(timezone.now() + LEASE * 2):
        assert send() == 0
    assert (len(there.taken), list(Attempt.objects.values_list("status", flat=True))) == (2, [200, 404])


def test_a_test_that_nobody_hears_says_so(api: Callers, settings: Any):
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    pk = made(api.admin, url="http://127.0.0.1:9/")["webhook_id"]
    result = api.admin.post(f"{HOOKS}/{pk}/test", {}).json()["result"]
    assert (result["success"], "response_status" in result) == (False, False)
    assert "refused" in result["error_message"].lower()


def test_one_that_takes_tests_alone_is_told_as_disabled(api: Callers):
    pk = made(api.admin)["webhook_id"]
    Webhook.objects.update(only_tests=True)
    assert api.admin.get(f"{HOOKS}/{pk}").json()["webhook"]["status"] == "DISABLED"
    assert api.admin.patch(f"{HOOKS}/{pk}", {"status": "ACTIVE"}).json()["webhook"]["status"] == "ACTIVE"


PROMPT = {"entity": "PROMPT", "action": "CREATED"}
POSSIBLE = "There are: registered_model.created, model_version.created, model_version_tag.set, model_version_tag.deleted,"
REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "Missing value for required parameter 'name'."),
    ({"url": ""}, "Missing value for required parameter 'url'."),
    ({"events": []}, "Missing value for required parameter 'events'."),
    ({"events": [PROMPT]}, f"“prompt.created” never happens here, so nothing was done. {POSSIBLE}"),
    ({"events": [CREATED, {"entity": "BUDGET_POLICY", "action": "EXCEEDED"}]}, "“budget_policy.exceeded” never happens here"),
    ({"events": [{"entity": "MODEL_VERSION"}]}, "An event is an object with an entity and an action"),
    ({"events": ["model_version.created"]}, "Parameter 'events' is a list of objects."),
    ({"url": "https://169.254.169.254/latest"}, "169.254.169.254 is not a public address, and webhooks go to public hosts."),
    ({"url": "https://10.0.0.7/"}, "10.0.0.7 is not a public address"),
    ({"url": "https://localhost/"}, "localhost is a name inside a network"),
    ({"url": "http://example.com/"}, "Webhooks go by https."),
    ({"url": "hook"}, "Write the address as https://host/path."),
    ({"name": "x" * 101}, "A webhook's name has at most 100 characters"),
    ({"description": "x" * 1001}, "description has 1,001 characters; the most is 1,000."),
    ({"secret": "x" * 1001}, "secret has 1,001 characters"),
    ({"secret": 7}, "Parameter 'secret' must be a text."),
    ({"name": "a\x00"}, "Parameter 'name' holds a control character"),
    ({"status": "TEST_MODE"}, "Invalid webhook status 'TEST_MODE'. Nothing was done; choose one of: ACTIVE, DISABLED."),
]  # fmt: skip


MISSING = REFUSALS[:3]  # which a change may leave out


@pytest.mark.parametrize(("fields", "sentence"), REFUSALS, ids=lambda value: None if isinstance(value, str) else str(value)[:50])
def test_what_cannot_be_is_refused_in_a_sentence_and_changes_nothing(api: Callers, fields: dict[str, Any], sentence: str):
    with no_activity():
        answer = told(api.admin.post(HOOKS, HOOK | fields))
    assert answer[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert answer[2].startswith(sentence)
    address = f"{HOOKS}/{made(api.admin)['webhook_id']}"
    with no_activity():
        changed = api.admin.patch(address, fields)
    assert told(changed) == (answer if (fields, sentence) not in MISSING else (200, "", ""))


CALLS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "create": ("POST", "", HOOK),
    "list": ("GET", "", None),
    "get": ("GET", "/1", None),
    "update": ("PATCH", "/1", {"name": "x"}),
    "delete": ("DELETE", "/1", {}),
    "test": ("POST", "/1/test", {}),
}


@pytest.mark.parametrize("name", CALLS)
def test_who_is_no_admin_is_told_so_and_changes_nothing(api: Callers, team: Team, name: str):
    method, path, body = CALLS[name]
    path = path.replace("1", made(api.admin)["webhook_id"])
    with no_activity():
        for who in (api.engineer, api.viewer):
            assert told(who.send(method, HOOKS + path, body))[:2] == (403, "PERMISSION_DENIED")
        assert told(api.stranger.send(method, HOOKS + path, body))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
        assert told(api.nobody.send(method, HOOKS + path, body))[:2] == (401, "UNAUTHENTICATED")
        weak = Api(token_of(team.admin, Scope.READ)).send(method, HOOKS + path, body)
        assert weak.status_code == (200 if method == "GET" else 403)
        assert Webhook.objects.living().count() == 1


@pytest.mark.parametrize("name", [name for name, (_, path, _) in CALLS.items() if path])
@pytest.mark.parametrize("pk", ["77", "x", "0", "-1", "1" * 30, "²", "%00"])
def test_a_webhook_that_is_not_there_is_told_as_such(api: Callers, name: str, pk: str):
    method, path, body = CALLS[name]
    with no_activity():
        answer = told(api.admin.send(method, HOOKS + path.replace("1", pk, 1), body))
    assert answer[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_webhook_of_another_workspace_is_not_there(api: Callers, team: Team):
    other = make_team("vision", "-vision")
    pk = made(Api(token_of(other.admin)))["webhook_id"]
    with no_activity():
        for name, (method, path, body) in CALLS.items():
            if path:
                assert told(api.admin.send(method, HOOKS + path.replace("1", pk, 1), body))[0] == 404, name


def test_a_test_of_one_that_is_off_or_of_no_event_is_refused(api: Callers, there: Receiver):
    address = f"{HOOKS}/{made(api.admin, url=there.url)['webhook_id']}"
    with no_activity():
        assert told(api.admin.post(f"{address}/test", {"event": PROMPT}))[2].startswith("“prompt.created” never happens here")
        assert told(api.admin.post(f"{address}/test", {"event": "x"}))[:2] == (400, "INVALID_PARAMETER_VALUE")
    api.admin.patch(address, {"status": "DISABLED"})
    with no_activity():
        assert told(api.admin.post(f"{address}/test", {})) == (
            409, "INVALID_STATE", "The webhook is off, so nothing was sent. Switch it on first.",
        )  # fmt: skip
    assert there.taken == []


@pytest.mark.parametrize("size", ["1001", "-1", "x"])
def test_a_page_of_no_such_size_is_refused(api: Callers, size: str):
    assert told(api.admin.get(f"{HOOKS}?max_results={size}"))[:2] == (400, "INVALID_PARAMETER_VALUE")


def test_the_headers_name_the_message(api: Callers, team: Team, there: Receiver):
    made(api.admin, url=there.url)
    team.version()
    assert send() == 1
    (headers,) = [headers for _, headers, _ in there.taken]
    assert id_of(headers) == headers["X-MLflow-Delivery-Id"] == Delivery.objects.get().message_id
    assert headers["Content-Type"] == "application/json"
    assert "webhook-signature" not in headers
