"""Webhooks over HTTP."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.models import Activity
from notifications.matching import fan_out
from notifications.models import Webhook
from tests.api.conftest import Callers, fields, problem
from tests.cast import Team

HOOKS = "/api/v1/workspaces/default/webhooks"
URL = "https://example.com/hook"


def test_an_admin_makes_reads_changes_and_removes_a_webhook(api: Callers, team: Team):
    made = api.admin.post(HOOKS, {"url": URL, "verbs": ["stage_change"], "to_stages": ["production"], "model": "churn"})
    assert made.status_code == 201
    body, place = made.json(), made["Location"].removeprefix("http://testserver")
    assert body.pop("secret").startswith("whsec_")
    assert (body["name"], body["url"], body["model"], body["verbs"]) == ("example.com", URL, "churn", ["stage_change"])
    assert api.admin.get(place).json() == body
    assert api.admin.get(HOOKS).json()["results"] == [body]
    changed = api.admin.patch(place, {"name": "Release", "model": None, "verbs": []}).json()
    assert (changed["name"], changed["model"], changed["verbs"], changed["to_stages"]) == ("Release", None, [], ["production"])
    assert api.admin.post(f"{place}/disable").json()["disabled_reason"] == "Admin switched it off"
    assert problem(api.admin.post(f"{place}/test")) == (409, "conflict")
    assert api.admin.post(f"{place}/enable").json()["enabled"]
    assert api.admin.post(f"{place}/test").status_code == 200
    assert api.admin.delete(place).status_code == 204
    assert problem(api.admin.get(place)) == (404, "not-found")
    assert (Webhook.objects.get().secret, Webhook.objects.get().enabled) == ("", False)


def test_a_secret_is_not_kept_for_a_second_sending(api: Callers, team: Team):
    first, second = [api.admin.post(HOOKS, {"url": URL}, Idempotency_Key="x").json() for _ in range(2)]
    assert (first["id"], bool(first["secret"]), second) == (second["id"], True, {**first, "secret": None})
    rotated = [api.admin.post(f"{HOOKS}/{first['id']}/rotate", {}, Idempotency_Key="y").json() for _ in range(2)]
    assert (rotated[0]["secret"] not in (None, first["secret"]), rotated[1]["secret"]) == (True, None)


def test_what_cannot_be_sent_to_or_is_not_there_is_refused_by_its_field(api: Callers, team: Team):
    wrong = [
        ({"url": "http://example.com"}, "url"), ({"url": "https://169.254.169.254/latest"}, "url"), ({"url": URL, "verbs": ["x"]}, "verbs"),
        ({"url": URL, "to_stages": ["x"]}, "to_stages"), ({"url": URL, "model": "x"}, "model"), ({"url": URL, "format": "x"}, "format"),
    ]  # fmt: skip
    for body, field in wrong:
        refused = api.admin.post(HOOKS, body)
        assert (problem(refused), fields(refused)) == ((400, "invalid"), [field])
    assert Webhook.objects.count() == 0


MLFLOW = {"url": URL, "format": "mlflow", "events": ["model_version.created"], "description": "Tests new versions."}


def test_a_webhook_of_a_foreign_format_goes_by_its_events(api: Callers, team: Team):
    made = api.admin.post(HOOKS, MLFLOW).json()
    assert (made["events"], made["verbs"], made["format"], made["secret"][:6]) == (MLFLOW["events"], [], "mlflow", "whsec_")
    assert (made["description"], made["state"], made["updated_at"]) == ("Tests new versions.", "active", made["created_at"])
    place = f"{HOOKS}/{made['id']}"
    changed = api.admin.patch(place, {"events": ["registered_model.created"], "only_tests": True}).json()
    assert (changed["events"], changed["state"]) == (["registered_model.created"], "testing")
    assert changed["updated_at"] > made["updated_at"]
    rotated = api.admin.post(f"{place}/rotate", {}).json()
    assert (rotated["old_secret_until"], rotated["secret"] != made["secret"]) == (None, True)


def test_what_a_format_does_not_go_by_is_refused_by_its_field(api: Callers, team: Team):
    place = f"{HOOKS}/{api.admin.post(HOOKS, MLFLOW).json()['id']}"
    own = f"{HOOKS}/{api.admin.post(HOOKS, {'url': URL}).json()['id']}"
    wrong = [
        (api.admin.post(HOOKS, MLFLOW | {"verbs": ["model"]}), "verbs"),
        (api.admin.post(HOOKS, MLFLOW | {"to_stages": ["production"]}), "to_stages"),
        (api.admin.post(HOOKS, MLFLOW | {"events": []}), "events"),
        (api.admin.post(HOOKS, MLFLOW | {"events": ["COMMENT_CREATED"]}), "events"),
        (api.admin.post(HOOKS, {"url": URL, "events": ["model_version.created"]}), "events"),
        (api.admin.patch(place, {"format": "standard", "events": []}), "format"),
        (api.admin.patch(own, {"format": "mlflow", "events": ["model_version.created"]}), "format"),
        (api.admin.post(f"{place}/rotate", {"overlap_hours": 1}), "overlap_hours"),
        (api.admin.patch(place, {"secret": "x"}), "secret"),
    ]
    assert [(problem(answer), fields(answer)) for answer, _ in wrong] == [((400, "invalid"), [field]) for _, field in wrong]
    assert Webhook.objects.count() == 2


def test_who_is_no_admin_sees_no_address(api: Callers, team: Team):
    api.admin.post(HOOKS, {"url": URL})
    assert problem(api.engineer.get(HOOKS)) == (403, "forbidden")
    assert problem(api.stranger.get(HOOKS)) == (404, "not-found")


def test_deliveries_cost_the_same_whatever_their_number(api: Callers, team: Team):
    place = f"{HOOKS}/{api.admin.post(HOOKS, {'url': URL}).json()['id']}"
    counts = []
    for _ in range(2):
        team.version()
        fan_out(Activity.objects.latest("pk"))
        api.admin.get(f"{place}/deliveries")
        with CaptureQueriesContext(connection) as queries:
            listed = api.admin.get(f"{place}/deliveries").json()["results"]
        counts.append((len(listed), len(queries)))
    assert counts == [(1, counts[0][1]), (2, counts[0][1])]
    whole = api.admin.get(f"{place}/deliveries/{listed[0]['id']}").json()
    assert (whole["verb"], whole["state"], whole["attempts"]) == ("model_version.registered", "waiting", [])
    assert api.admin.get(f"{place}/deliveries?state=failed").json()["results"] == []
    assert problem(api.admin.get(f"{HOOKS}/{int(place.rpartition('/')[2]) + 1}/deliveries/{listed[0]['id']}"))[0] == 404
    assert api.admin.post(f"{place}/redeliver", {"since": "2020-01-01T00:00:00Z"}).json()["messages"] >= 2
