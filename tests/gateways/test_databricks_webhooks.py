"""Registry webhooks as Databricks' SDK makes, changes and tries them. What they send: `tests.notifications.test_foreign_webhooks`."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from accounts.caller import Scope
from activity.models import Activity
from activity.unit import unit_of_work
from gateways.webhooks import WAITING
from notifications.deliveries import deliver
from notifications.models import Attempt, Webhook
from notifications.outbox import drain
from registry.services import delete_model
from tests.api.conftest import Api, Callers, token_of
from tests.cast import Team, caller, make_team
from tests.log import activities, findings, no_activity
from tests.notifications.receiver import Receiver, status

HOOKS = "/api/2.0/mlflow/registry-webhooks"
SPEC = {"url": "https://example.com/hook", "secret": "s3cret", "authorization": "Bearer abc"}
HOOK = {"events": ["MODEL_VERSION_CREATED"], "http_url_spec": SPEC}


def made(who: Api, **fields: Any) -> dict[str, Any]:
    response = who.post(f"{HOOKS}/create", HOOK | fields)
    assert response.status_code == 200, response.json()
    return dict(response.json()["webhook"])


def told(response: Any) -> tuple[int, str, str]:
    body = response.json()
    return response.status_code, body.get("error_code", ""), body.get("message", "")


def ids(response: Any) -> list[str]:
    return [webhook["id"] for webhook in response.json().get("webhooks", [])]


def test_a_webhook_has_the_fields_that_the_sdk_reads_and_never_its_secrets(api: Callers):
    with activities("webhook.created"):
        webhook = made(api.admin, model_name="churn", description="Tests new versions.")
    moments = {webhook.pop("creation_timestamp"), webhook.pop("last_updated_timestamp")}
    assert webhook == {
        "id": webhook["id"],
        "events": ["MODEL_VERSION_CREATED"],
        "model_name": "churn",
        "description": "Tests new versions.",
        "status": "ACTIVE",
        "http_url_spec": {"url": SPEC["url"], "enable_ssl_verification": True},
    }
    assert len(moments) == 1
    row = Webhook.objects.get()
    assert (row.format, bool(row.authorization), "s3cret" in row.secret) == ("databricks", True, False)
    assert Activity.objects.latest("pk").via == "databricks"
    assert findings() == []


def test_test_mode_is_tried_and_not_called_until_it_is_active(api: Callers, team: Team, there: Receiver):
    pk = made(api.admin, status="TEST_MODE", http_url_spec={"url": there.url, "secret": "s"})["id"]
    there.answers = [status(200, b"OK")]
    team.version()
    drain()
    assert deliver() == 0
    with activities("webhook.tested"):
        assert api.admin.post(f"{HOOKS}/test", {"id": pk}).json() == {"status_code": 200, "body": "OK"}
    with activities("webhook.edited"):
        assert api.admin.patch(f"{HOOKS}/update", {"id": pk, "status": "ACTIVE"}).json()["webhook"]["status"] == "ACTIVE"
    team.version()
    drain()
    assert deliver() == 1
    first, second = [json.loads(body) for _, _, body in there.taken]
    assert (first["event"], first["model_name"], first["version"]) == ("MODEL_VERSION_CREATED", "example_model", "1")
    assert (second["event"], second["model_name"], second["version"]) == ("MODEL_VERSION_CREATED", "churn", "2")
    for _, headers, body in there.taken:
        assert headers["X-Databricks-Signature"] == hmac.new(b"s", body.encode(), hashlib.sha256).hexdigest()
    for wanted, said in (("DISABLED", ("webhook.disabled",)), ("TEST_MODE", ("webhook.edited", "webhook.enabled"))):
        with activities(*said):
            assert api.admin.patch(f"{HOOKS}/update", {"id": pk, "status": wanted}).json()["webhook"]["status"] == wanted


def test_what_is_sent_is_changed_and_the_rest_stays(api: Callers):
    pk = made(api.admin, description="Old.")["id"]
    with activities("webhook.edited"):
        changed = api.admin.patch(f"{HOOKS}/update", {"id": pk, "events": ["COMMENT_CREATED"], "description": ""}).json()[
            "webhook"
        ]
    assert (changed["events"], "description" in changed, changed["http_url_spec"]["url"]) == (
        ["COMMENT_CREATED"],
        False,
        SPEC["url"],
    )
    elsewhere = {"id": pk, "http_url_spec": {"url": "https://other.example.com/"}}
    with no_activity():
        answer = told(api.admin.patch(f"{HOOKS}/update", elsewhere))
        assert answer[:2] == (400, "INVALID_PARAMETER_VALUE")
        assert answer[2].startswith(
            "The Authorization header was meant for example.com, so it does not go along to other.example.com"
        )
    elsewhere["http_url_spec"]["authorization"] = ""
    assert api.admin.patch(f"{HOOKS}/update", elsewhere).json()["webhook"]["http_url_spec"]["url"] == "https://other.example.com/"
    assert Webhook.objects.get().authorization == ""
    with activities("webhook.deleted"):
        assert api.admin.send("DELETE", f"{HOOKS}/delete?id={pk}").json() == {}
    assert told(api.admin.post(f"{HOOKS}/test", {"id": pk}))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_the_list_is_by_model_and_by_events_and_has_pages(api: Callers, team: Team):
    every = made(api.admin, events=["MODEL_VERSION_CREATED", "COMMENT_CREATED"])["id"]
    one = made(api.admin, events=["COMMENT_CREATED"], model_name="churn")["id"]
    moved = made(api.admin, events=["MODEL_VERSION_TRANSITIONED_STAGE"])["id"]
    assert ids(api.admin.get(f"{HOOKS}/list")) == [moved, one, every]
    assert ids(api.admin.get(f"{HOOKS}/list?model_name=churn")) == [one]
    assert ids(api.admin.get(f"{HOOKS}/list?events=COMMENT_CREATED&events=MODEL_VERSION_CREATED")) == [one, every]
    assert ids(api.admin.get(f"{HOOKS}/list?model_name=churn&events=MODEL_VERSION_CREATED")) == []
    first = api.admin.get(f"{HOOKS}/list?max_results=2")
    token = first.json()["next_page_token"]
    assert ids(first) + ids(api.admin.get(f"{HOOKS}/list?max_results=2&page_token={token}")) == [moved, one, every]
    assert told(api.admin.get(f"{HOOKS}/list?model_name=churn&page_token={token}"))[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert told(api.admin.get(f"{HOOKS}/list?model_name=nothing"))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    assert told(api.admin.get(f"{HOOKS}/list?events=x"))[2].startswith("“x” never happens here")


def test_a_test_that_arrives_nowhere_says_so_and_is_in_the_log_of_deliveries(api: Callers, settings: Any):
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    pk = made(api.admin, http_url_spec={"url": "http://127.0.0.1:9/"})["id"]
    answer = told(api.admin.post(f"{HOOKS}/test", {"id": pk, "event": "COMMENT_CREATED"}))
    assert answer[:2] == (409, "INVALID_STATE")
    assert answer[2].startswith("The test was sent and did not arrive: ConnectionRefusedError")
    assert Attempt.objects.get().status is None


def test_what_a_receiver_refuses_is_told_with_its_status(api: Callers, there: Receiver):
    pk = made(api.admin, http_url_spec={"url": there.url})["id"]
    there.answers = [status(401, b"who?")]
    assert api.admin.post(f"{HOOKS}/test", {"id": pk}).json() == {"status_code": 401, "body": "who?"}
    assert "X-Databricks-Signature" not in there.taken[0][1]


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"events": ["MODEL_VERSION_DELETED"]}, "“MODEL_VERSION_DELETED” never happens here, so nothing was done. There are: MODEL"),
    ({"events": "MODEL_VERSION_CREATED"}, "Parameter 'events' is a list of texts."),
    ({"http_url_spec": {"url": "https://10.0.0.7/"}}, "10.0.0.7 is not a public address, and webhooks go to public hosts."),
    ({"http_url_spec": {"url": "http://example.com/"}}, "Webhooks go by https."),
    ({"http_url_spec": {"url": 7}}, "Parameter 'http_url_spec.url' must be a text."),
    ({"http_url_spec": SPEC | {"secret": "\x00"}}, "Parameter 'http_url_spec.secret' must be a text."),
    ({"http_url_spec": SPEC | {"authorization": "a\nb"}}, "An Authorization header is plain text on one line"),
    ({"http_url_spec": SPEC | {"enable_ssl_verification": False}}, "Certificates of receivers are always checked, so nothing was done."),
    ({"http_url_spec": "x"}, "Parameter 'http_url_spec' is an object with a url."),
    ({"job_spec": {"job_id": "1", "access_token": "x"}}, "Stageward runs no jobs of Databricks, so nothing was done."),
    ({"status": "OFF"}, "Invalid webhook status 'OFF'. Nothing was done; choose one of: ACTIVE, DISABLED, TEST_MODE."),
    ({"description": "x" * 1001}, "description has 1,001 characters"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "sentence"), REFUSALS, ids=lambda value: None if isinstance(value, str) else str(value)[:50])
def test_what_cannot_be_is_refused_in_a_sentence_and_changes_nothing(api: Callers, fields: dict[str, Any], sentence: str):
    with no_activity():
        answer = told(api.admin.post(f"{HOOKS}/create", HOOK | fields))
    assert answer[:2] == (400, "INVALID_PARAMETER_VALUE")
    assert answer[2].startswith(sentence)
    pk = made(api.admin)["id"]
    with no_activity():
        assert told(api.admin.patch(f"{HOOKS}/update", {"id": pk, **fields})) == answer


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"events": []}, (400, "Missing value for required parameter 'events'.")),
        ({"http_url_spec": {}}, (400, "Missing value for required parameter 'http_url_spec.url'.")),
        ({"http_url_spec": None}, (400, "Missing value for required parameter 'http_url_spec.url'.")),
        ({"model_name": "nothing"}, (404, "There is no model “nothing” in “default” that you may see.")),
        (
            {"model_name": "churn", "events": ["REGISTERED_MODEL_CREATED"]},
            (400, "REGISTERED_MODEL_CREATED is never of a model that there is, so nothing was saved."),
        ),
    ],
)
def test_what_is_missing_or_not_there_is_told_when_one_is_made(api: Callers, fields: dict[str, Any], expected: tuple[int, str]):
    with no_activity():
        answer = told(api.admin.post(f"{HOOKS}/create", HOOK | fields))
    assert (answer[0], answer[2].startswith(expected[1])) == (expected[0], True)


def calls(pk: str) -> dict[str, tuple[str, str, dict[str, Any] | None]]:
    return {
        "create": ("POST", "create", HOOK | {"model_name": "churn"}),
        "list": ("GET", "list?model_name=churn", None),
        "update": ("PATCH", "update", {"id": pk, "description": "x"}),
        "delete": ("DELETE", f"delete?id={pk}", None),
        "delete by a body": ("DELETE", "delete", {"id": pk}),
        "test": ("POST", "test", {"id": pk}),
    }


@pytest.mark.parametrize("name", calls(""))
def test_who_is_no_admin_is_told_so_and_changes_nothing(api: Callers, team: Team, name: str):
    team.hide()
    method, path, body = calls(made(api.admin)["id"])[name]
    with no_activity():
        for who in (api.engineer, api.viewer):
            assert told(who.send(method, f"{HOOKS}/{path}", body))[:2] == (403, "PERMISSION_DENIED")
        assert told(api.stranger.send(method, f"{HOOKS}/{path}", body))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
        assert told(api.nobody.send(method, f"{HOOKS}/{path}", body))[:2] == (401, "UNAUTHENTICATED")
        weak = Api(token_of(team.admin, Scope.READ)).send(method, f"{HOOKS}/{path}", body)
        assert weak.status_code == (200 if method == "GET" else 403)


@pytest.mark.parametrize("name", ["update", "delete", "delete by a body", "test"])
def test_a_webhook_that_is_not_there_is_told_as_such_and_one_without_id_as_a_mistake(api: Callers, team: Team, name: str):
    other = make_team("vision", "-vision")
    elsewhere = made(Api(token_of(other.admin)))["id"]
    with no_activity():
        for pk in ("77", "x", "0", elsewhere):
            method, path, body = calls(pk)[name]
            assert told(api.admin.send(method, f"{HOOKS}/{path}", body))[:2] == (404, "RESOURCE_DOES_NOT_EXIST"), pk
        method, path, body = calls("")[name]
        assert told(api.admin.send(method, f"{HOOKS}/{path}", body))[:2] == (400, "INVALID_PARAMETER_VALUE")


def test_a_test_of_one_that_is_off_or_of_no_event_is_refused(api: Callers, there: Receiver):
    pk = made(api.admin, http_url_spec={"url": there.url})["id"]
    with no_activity():
        assert told(api.admin.post(f"{HOOKS}/test", {"id": pk, "event": "x"}))[2].startswith("“x” never happens here")
    api.admin.patch(f"{HOOKS}/update", {"id": pk, "status": "DISABLED"})
    with no_activity():
        assert told(api.admin.post(f"{HOOKS}/test", {"id": pk}))[:2] == (409, "INVALID_STATE")
    assert there.taken == []


def test_the_two_protocols_do_not_see_each_others(api: Callers):
    ours = made(api.admin)["id"]
    assert api.admin.get("/api/2.0/mlflow/webhooks").json() == {}
    assert told(api.admin.get(f"/api/2.0/mlflow/webhooks/{ours}"))[0] == 404


def test_one_receiver_at_a_time_is_waited_for(api: Callers, there: Receiver):
    pk = made(api.admin, http_url_spec={"url": there.url})["id"]
    with WAITING, no_activity():
        assert told(api.admin.post(f"{HOOKS}/test", {"id": pk})) == (
            409, "INVALID_STATE", "Another test is under way, so none was sent. Try again in a few seconds.",
        )  # fmt: skip
        assert told(api.engineer.post(f"{HOOKS}/test", {"id": pk}))[0] == 403
    assert there.taken == []
    api.admin.patch(f"{HOOKS}/update", {"id": pk, "status": "DISABLED"})
    assert told(api.admin.post(f"{HOOKS}/test", {"id": pk}))[2].startswith("The webhook is off")
    api.admin.patch(f"{HOOKS}/update", {"id": pk, "status": "ACTIVE"})
    assert api.admin.post(f"{HOOKS}/test", {"id": pk}).json()["status_code"] == 204


def test_what_can_be_sent_no_more_can_be_switched_off(api: Callers, team: Team):
    of_a_model, elsewhere = made(api.admin, model_name="churn")["id"], made(api.admin)["id"]
    Webhook.objects.filter(pk=elsewhere).update(url="http://receiver.internal/")
    with unit_of_work():
        delete_model(model_id=team.model.pk, by=caller(team.admin))
    for pk in (of_a_model, elsewhere):
        with activities("webhook.disabled"):
            answer = api.admin.patch(f"{HOOKS}/update", {"id": pk, "status": "DISABLED"})
            assert answer.json()["webhook"]["status"] == "DISABLED", answer.json()
