"""Webhooks in Databricks' format: its events, bodies and signature, by the engine that sends all others. MLflow's: `tests.gateways`."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from activity.errors import Invalid
from activity.unit import unit_of_work
from approvals.services import add_comment
from notifications.deliveries import deliver, send_now
from notifications.models import LEASE, Delivery, Webhook
from notifications.outbox import drain
from notifications.services import begin_test, create_webhook, edit_webhook, redeliver, redeliver_range, send_test
from registry.models import Stage
from registry.services import register_model, register_version, set_version_tag
from tests.cast import Team, caller
from tests.log import no_activity
from tests.notifications.receiver import Receiver

pytestmark = pytest.mark.django_db
MOVED = "MODEL_VERSION_TRANSITIONED"
ASKED = "TRANSITION_REQUEST"


def send() -> int:
    drain()
    return deliver()


def said(there: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _, _, body in there.taken]


def told(there: Receiver) -> list[str]:
    """The events that the receiver was told of, and the stage where there is one."""
    return [" ".join(filter(None, [message["event"], message.get("to_stage")])) for message in said(there)]


def test_each_event_has_the_fields_that_receivers_know_and_the_signature_of_the_body(team: Team, there: Receiver, hook: Any):
    every = [f"{MOVED}_STAGE", f"{ASKED}_CREATED", "MODEL_VERSION_CREATED", "COMMENT_CREATED", "MODEL_VERSION_TAG_SET"]
    webhook, _ = hook(format="databricks", events=[*every, "REGISTERED_MODEL_CREATED"], secret="s3cret")
    version = team.version()
    with unit_of_work():
        set_version_tag(version_id=version.pk, key="validated", value="yes", by=caller(team.engineer))
        add_comment(version_id=version.pk, body="Look at this.", by=caller(team.engineer))
    team.move(version, "production")
    with unit_of_work():
        register_model(workspace_id=team.workspace.pk, name="fraud", by=caller(team.engineer))
    send()
    common: dict[str, Any] = {"webhook_id": str(webhook.pk), "model_name": "churn", "version": "1"}
    move = {"from_stage": "None", "to_stage": "Production"}
    expected: list[dict[str, Any]] = [
        common | {"event": "MODEL_VERSION_CREATED"},
        common | {"event": "MODEL_VERSION_TAG_SET", "tags": [{"key": "validated", "value": "yes"}]},
        common | {"event": "COMMENT_CREATED", "comment": "Look at this."},
        common | move | {"event": f"{ASKED}_CREATED"},
        common | move | {"event": f"{MOVED}_STAGE"},
        {"event": "REGISTERED_MODEL_CREATED", "webhook_id": str(webhook.pk), "model_name": "fraud"},
    ]
    messages = sorted(said(there), key=lambda message: [each["event"] for each in expected].index(message["event"]))
    texts, moments = [message.pop("text") for message in messages], [message.pop("event_timestamp") for message in messages]
    assert messages == expected
    assert texts[4].startswith("Reviewer put the move of churn v1 into effect: Unassigned → Production.")
    assert all(abs(moment - timezone.now().timestamp() * 1000) < 60_000 for moment in moments)
    for _, headers, body in there.taken:
        assert headers["X-Databricks-Signature"] == hmac.new(b"s3cret", body.encode(), hashlib.sha256).hexdigest()


def test_a_move_is_told_once_by_the_narrower_of_two_events(team: Team, there: Receiver, hook: Any):
    hook(format="databricks", events=[f"{MOVED}_STAGE", f"{MOVED}_TO_PRODUCTION", f"{ASKED}_TO_STAGING_CREATED"])
    team.move(team.version(), "staging", "production")
    send()
    assert sorted(told(there)) == [
        f"{MOVED}_STAGE Staging",
        f"{MOVED}_TO_PRODUCTION Production",
        f"{ASKED}_TO_STAGING_CREATED Staging",
    ]


def test_one_of_a_model_hears_of_that_alone_and_one_for_tests_of_nothing(team: Team, there: Receiver, hook: Any):
    hook(format="databricks", events=["MODEL_VERSION_CREATED"], model_id=team.model.pk)
    quiet, _ = hook(format="databricks", events=["MODEL_VERSION_CREATED"], only_tests=True, name="quiet")
    with unit_of_work():
        other = register_model(workspace_id=team.workspace.pk, name="fraud", by=caller(team.engineer))
        register_version(model_id=other.pk, by=caller(team.engineer))
    team.version()
    assert send() == 1
    assert said(there)[0]["model_name"] == "churn"
    with unit_of_work():
        assert redeliver_range(webhook_id=quiet.pk, since=quiet.created_at, by=caller(team.admin)) == 0
    with unit_of_work():
        send_test(webhook_id=quiet.pk, by=caller(team.admin))
    assert send() == 1
    assert (said(there)[1]["webhook_id"], said(there)[1]["model_name"]) == (str(quiet.pk), "example_model")


def test_a_test_that_somebody_waits_for_is_theirs_until_a_worker_must_think_them_gone(team: Team, there: Receiver, hook: Any):
    webhook, _ = hook(format="databricks", events=["MODEL_VERSION_CREATED"])
    with unit_of_work():
        first = begin_test(webhook_id=webhook.pk, by=caller(team.admin))
    assert (send(), there.taken) == (0, [])
    assert send_now(first.pk).arrived
    with unit_of_work():
        second = begin_test(webhook_id=webhook.pk, by=caller(team.admin))
    assert send() == 0  # and now the web server is killed
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        assert send() == 1
    assert there.ids == [first.message_id, second.message_id]


def test_sent_again_it_has_the_same_id_and_body(team: Team, there: Receiver, hook: Any):
    hook(format="databricks", events=["MODEL_VERSION_CREATED"], secret="s")
    team.version()
    send()
    with unit_of_work():
        redeliver(delivery_id=Delivery.objects.get().pk, by=caller(team.admin))
    assert send() == 1
    assert (len(there.ids), len(set(there.ids)), len({body for _, _, body in there.taken})) == (2, 1, 1)
    assert there.taken[0][1]["X-Databricks-Signature"] == there.taken[1][1]["X-Databricks-Signature"]


def test_what_was_queued_before_the_events_were_changed_is_told_as_what_it_is(team: Team, there: Receiver, hook: Any):
    webhook, _ = hook(format="databricks", events=["MODEL_VERSION_CREATED"])
    team.version()
    drain()
    with unit_of_work():
        edit_webhook(webhook_id=webhook.pk, changes={"events": ["COMMENT_CREATED"]}, by=caller(team.admin))
    assert send() == 1
    assert told(there) == ["MODEL_VERSION_CREATED"]


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        (
            {"format": "databricks", "events": ["REGISTERED_MODEL_CREATED"], "model_id": True},
            "events",
            "never of a model that there is",
        ),
        ({"format": "databricks", "events": [f"{MOVED}_TO_PROD"]}, "events", "never happens here"),
        ({"format": "standard", "secret": "mine"}, "secret", "is made here"),
    ],
)
def test_what_cannot_be_is_refused(team: Team, fields: dict[str, Any], field: str, sentence: str):
    fields = fields | ({"model_id": team.model.pk} if "model_id" in fields else {})
    with no_activity(), pytest.raises(Invalid, match=sentence) as refused, unit_of_work():
        create_webhook(workspace_id=team.workspace.pk, url="https://example.com", by=caller(team.admin), **fields)
    assert refused.value.field == field
    assert Webhook.objects.count() == 0


def test_an_event_into_a_stage_that_the_workspace_has_not_is_refused_unless_any_name_becomes_one(team: Team):
    Stage.objects.filter(workspace=team.workspace, key="staging").update(key="testing")
    fields: dict[str, Any] = {"workspace_id": team.workspace.pk, "url": "https://example.com", "format": "databricks"}
    with pytest.raises(Invalid, match="The workspace has no stage “staging”"), unit_of_work():
        create_webhook(**fields, events=[f"{MOVED}_TO_STAGING"], by=caller(team.admin))
    team.workspace.open_stages = True
    team.workspace.save()
    with unit_of_work():
        create_webhook(**fields, events=[f"{MOVED}_TO_STAGING"], by=caller(team.admin))
