"""Webhooks on their pages: made, told apart, tested, sent again, switched off and on, removed."""

import base64
import hashlib
import hmac
import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Published

from activity.models import Activity
from notifications.deliveries import SCHEDULE, deliver
from notifications.models import Delivery, Webhook
from notifications.outbox import drain
from tests.log import activities, no_activity
from tests.notifications.receiver import status
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
HOOKS = "/w/default/webhooks"
FORM = {"url": "https://example.com/hook", "format": "standard", "when": "enters:production"}


@pytest.fixture
def admin(team):
    return browser(team.admin)


def words_of(client, address):
    return " ".join(look(client, address).words.split())


def secret_in(response) -> str:
    (secret,) = set(re.findall(r"whsec_[\w+/=]+", response.content.decode()))
    return str(secret)


def send_what_waits():
    drain()
    return deliver()


def test_a_workspace_without_webhooks_says_what_they_are_for(admin):
    assert "No webhooks yet" in words_of(admin, HOOKS)


def test_who_is_no_admin_finds_no_webhooks_and_no_tab(team):
    client = browser(team.engineer)
    assert client.get(HOOKS).status_code == 403
    assert (client.get(f"{HOOKS}/new").status_code, browser(team.stranger).get(HOOKS).status_code) == (403, 404)
    assert "Webhooks" not in look(client, "/w/default/settings").links
    assert "Webhooks" in look(browser(team.admin), "/w/default/settings").links


def test_making_one_shows_its_secret_once_and_it_verifies(team, there, admin):
    with activities("webhook.created"):
        response = admin.post(f"{HOOKS}/new", FORM | {"url": there.url, "when": "asked", "name": "CI"})
    secret, webhook = secret_in(response), Webhook.objects.get()
    assert (response.status_code, webhook.name, webhook.verbs) == (200, "CI", ["stage_change.requested"])
    team.ask(team.version())
    assert send_what_waits() == 1
    _, headers, body = there.taken[0]
    Published(secret).verify(body, headers)
    assert secret not in admin.get(f"{HOOKS}/{webhook.pk}").content.decode()


@pytest.mark.parametrize(
    ("chosen", "verbs", "stages", "words"),
    [
        (
            {"when": "enters:production"},
            ["model_version.displaced", "stage_change.applied"],
            ["production"],
            "When something enters Production",
        ),
        ({"when": "steps"}, ["stage_change"], [], "When anything happens to a stage change"),
        ({"when": "everything"}, [], [], "When anything is written into the log"),
        (
            {"when": "own", "verbs": ["model_version.locked", "comment"], "to_stages": []},
            ["comment", "model_version.locked"],
            [],
            "When the log says comment, model_version.locked",
        ),
        ({"when": "own", "verbs": [], "to_stages": ["staging"]}, [], ["staging"], "When the log says anything, into Staging"),
    ],
)
def test_what_is_chosen_is_what_it_hears_of_and_what_the_list_says(admin, chosen, verbs, stages, words):
    admin.post(f"{HOOKS}/new", FORM | chosen)
    webhook = Webhook.objects.get()
    assert (webhook.verbs, webhook.to_stages) == (verbs, stages)
    assert look(admin, HOOKS).rows[1][1] == words.removeprefix("When ")
    values = look(admin, f"{HOOKS}/{webhook.pk}/edit").values
    assert values["when"] == chosen["when"]
    with no_activity():
        send(admin, f"{HOOKS}/{webhook.pk}/edit", FORM | chosen | {"name": webhook.name})


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("url", "http://example.com/", "Webhooks go by https."),
        ("url", "https://10.0.0.7/", "10.0.0.7 is not a public address, and webhooks go to public hosts."),
        ("url", "https://localhost/", "localhost is a name inside a network"),
        ("when", "own", "Tick what it is called for"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_what_was_typed_stays(admin, field, value, said):
    with no_activity():
        response = admin.post(f"{HOOKS}/new", FORM | {"name": "Mine", field: value})
    assert response.status_code == 400
    assert said in response.content.decode()
    assert 'value="Mine"' in response.content.decode()


def test_a_test_tells_what_came_of_it(team, there, hook, admin):
    webhook, _ = hook(verbs=["stage_change"])
    there.answers = [status(200, b"thanks"), status(401)]
    where = send(admin, f"{HOOKS}/{webhook.pk}/test", {})
    assert "On its way." in words_of(admin, where)
    assert send_what_waits() == 1
    assert "It arrived The receiver answered 200" in words_of(admin, where)
    where = send(admin, f"{HOOKS}/{webhook.pk}/test", {})
    send_what_waits()
    said = words_of(admin, where)
    assert "It did not arrive The receiver answered 401." in said
    assert "look at the Authorization header" in said
    assert Delivery.objects.latest("pk").state == "failed"  # a test is tried once, and switches nothing off
    webhook.refresh_from_db()
    assert webhook.state == "failing"


def test_a_message_shows_every_try_and_is_sent_again(team, there, hook, admin):
    webhook, _ = hook(verbs=["model_version"])
    there.answers = [status(500, b"<b>no</b>"), status(204)]
    team.version()
    send_what_waits()
    message = f"{HOOKS}/{webhook.pk}/messages/{Delivery.objects.get().pk}"
    said = words_of(admin, message)
    assert "<b>no</b>" in said  # as text
    assert '"type": "model_version.registered"' in said
    with activities("webhook.redelivered"):
        assert send(admin, f"{message}/redeliver", {}) == message
    assert deliver() == 1
    assert len(set(there.ids)) == 1
    assert look(admin, f"{HOOKS}/{webhook.pk}?state=delivered").rows[1][0].startswith("model_version.registered")
    assert len(look(admin, f"{HOOKS}/{webhook.pk}?state=failed").rows) == 0


def test_a_range_is_sent_again(team, there, hook, admin):
    webhook, _ = hook(verbs=["model_version"])
    team.version()
    send_what_waits()
    since = (timezone.now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    where = send(admin, f"{HOOKS}/{webhook.pk}/redeliver", {"since": since, "until": ""})
    assert flashes(admin, where)[-1] == "1 message is sent, those of before with their ids."
    where = send(admin, f"{HOOKS}/{webhook.pk}/redeliver", {"since": "2099-01-01T00:00", "until": ""})
    assert "has nothing for this webhook" in flashes(admin, where)[-1]


def test_a_secret_is_rotated_and_the_old_one_ended(hook, admin):
    webhook, first = hook()
    response = admin.post(f"{HOOKS}/{webhook.pk}/rotate", {"overlap_hours": "24"})
    assert secret_in(response) != first
    assert "Two are live" in words_of(admin, f"{HOOKS}/{webhook.pk}")
    with activities("webhook.old_secret_ended"):
        send(admin, f"{HOOKS}/{webhook.pk}/end-old-secret", {})
    assert "Two are live" not in words_of(admin, f"{HOOKS}/{webhook.pk}")


def test_one_that_was_switched_off_by_its_receiver_is_told_to_admins_at_home_and_in_the_settings(team, there, hook, admin):
    webhook, _ = hook(verbs=["model_version"], name="Release")
    there.answers = [status(410)]
    team.version()
    send_what_waits()
    said = "The webhook Release of Default was switched off"
    for address in ("/", "/w/default/settings"):
        assert said in words_of(admin, address)
        assert said not in words_of(browser(team.engineer), address)
    assert look(admin, HOOKS).rows[1][2].startswith("Off")
    send(admin, f"{HOOKS}/{webhook.pk}/switch", {"to": "on"})
    assert said not in words_of(admin, "/")


def test_one_that_a_person_switched_off_alarms_nobody(team, there, hook, admin):
    webhook, _ = hook(verbs=["model_version"])
    there.answers = [status(500)]
    team.version()
    send_what_waits()
    send(admin, f"{HOOKS}/{webhook.pk}/switch", {"to": "off"})
    assert "was switched off" not in words_of(admin, "/")
    assert "Admin switched it off" in look(admin, HOOKS).rows[1][2]
    where = send(admin, f"{HOOKS}/{webhook.pk}/test", {})
    assert "Switch it on first." in flashes(admin, where)[-1]


def test_removing_asks_once_more(hook, admin):
    webhook, _ = hook(name="Release")
    assert "cannot be undone" in words_of(admin, f"{HOOKS}/{webhook.pk}/delete")
    where = send(admin, f"{HOOKS}/{webhook.pk}/delete", {})
    assert (where, flashes(admin, where)) == (HOOKS, ["Release is removed. Nothing is sent there any more."])
    assert admin.get(f"{HOOKS}/{webhook.pk}").status_code == 404


def test_a_models_settings_name_its_webhooks_and_make_one_for_it(team, hook, admin):
    hook(name="Of this one", model_id=team.model.pk)
    hook(name="Of all")
    settings = look(admin, "/w/default/models/churn/settings")
    assert {"Of this one", "Of all"} <= set(settings.links)
    assert '<option value="churn" selected>' in admin.get(settings.links["Make a webhook for it"]).content.decode()
    assert "Make a webhook for it" not in look(browser(team.engineer), "/w/default/models/churn/settings").links


def test_an_authorization_header_is_kept_until_it_is_dropped(there, admin):
    admin.post(f"{HOOKS}/new", FORM | {"url": there.url, "format": "github", "authorization": "Bearer github_pat_x"})
    webhook = Webhook.objects.get()
    page = f"{HOOKS}/{webhook.pk}/edit"
    assert "github_pat_x" not in admin.get(page).content.decode()
    send(admin, page, FORM | {"url": there.url, "name": "x", "format": "github"})
    webhook.refresh_from_db()
    assert webhook.authorization
    send(admin, page, FORM | {"url": there.url, "name": "x", "format": "github", "drop_authorization": "on"})
    webhook.refresh_from_db()
    assert webhook.authorization == ""


def test_one_for_a_receiver_of_mlflows_goes_by_its_events_and_stays_so(team, there, admin):
    form = {
        "url": there.url,
        "format": "mlflow",
        "when": "asked",
        "events": ["model_version.created", "COMMENT_CREATED"],
        "name": "CI",
    }
    response = admin.post(f"{HOOKS}/new", form | {"description": "Tests new versions."})
    secret, webhook = secret_in(response), Webhook.objects.get()
    assert "X-MLflow-Signature" in response.content.decode()
    assert (webhook.events, webhook.verbs) == (["model_version.created"], [])
    team.version()
    assert send_what_waits() == 1
    _, headers, body = there.taken[0]
    signed = f"{headers['X-MLflow-Delivery-Id']}.{headers['X-MLflow-Timestamp']}.{body}"
    made = base64.b64encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()).decode()
    assert headers["X-MLflow-Signature"] == f"v1,{made}"
    assert look(admin, HOOKS).rows[1][:2] == ["CIwhat MLflow’s webhooks send", "a version is registered"]
    said = words_of(admin, f"{HOOKS}/{webhook.pk}")
    assert "Called when a version is registered. Tests new versions." in said
    page = f"{HOOKS}/{webhook.pk}/edit"
    assert 'value="slack"' not in admin.get(page).content.decode()
    edited = form | {"description": "Tests new versions.", "events": ["model_version.created"]}
    with no_activity():
        send(admin, page, edited)
    with activities("webhook.edited"):
        send(admin, page, edited | {"only_tests": "on"})
    assert "It is sent tests alone" in words_of(admin, f"{HOOKS}/{webhook.pk}")
    team.version()
    assert send_what_waits() == 0
    assert "overlap_hours" not in admin.get(f"{HOOKS}/{webhook.pk}/rotate").content.decode()
    assert secret_in(admin.post(f"{HOOKS}/{webhook.pk}/rotate", {})) != secret


def test_a_foreign_format_without_events_is_told_at_them(admin):
    with no_activity():
        response = admin.post(f"{HOOKS}/new", FORM | {"format": "databricks", "events": ["model_version.created"]})
    assert response.status_code == 400
    assert "Tick what it is called for." in response.content.decode()
    with no_activity():
        assert admin.post(f"{HOOKS}/new", FORM | {"format": "x"}).status_code == 400
        assert "Choose when it is called." in admin.post(f"{HOOKS}/new", FORM | {"when": ""}).content.decode()


def test_one_whose_client_gave_no_secret_says_that_nothing_is_signed(hook, admin):
    webhook, _ = hook(format="mlflow", events=["model_version.created"], secret="")
    assert "messages are not signed" in words_of(admin, f"{HOOKS}/{webhook.pk}")


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_ask_the_same_number_of_questions_whatever_there_is(team, there, hook, admin, django_assert_num_queries, count):
    there.answers = [status(500)]
    for _ in range(count):
        webhook, _ = hook(verbs=["model_version"])
    for _ in range(count):
        team.version()
    send_what_waits()
    with django_assert_num_queries(8):
        admin.get(HOOKS)
    with django_assert_num_queries(14):
        admin.get(f"{HOOKS}/{webhook.pk}")


def test_given_up_after_the_last_try_it_is_off(team, there, hook, admin):
    webhook, _ = hook(verbs=["model_version"])
    there.answers = [status(500)]
    team.version()
    drain()
    Delivery.objects.update(tries=len(SCHEDULE), started_at=timezone.now() - timedelta(hours=80))
    deliver()
    said = words_of(admin, f"{HOOKS}/{webhook.pk}")
    assert "It is off: a message could not be delivered in 10 tries" in said
    assert json.loads(Activity.objects.latest("pk").data)["webhook"] == webhook.pk
