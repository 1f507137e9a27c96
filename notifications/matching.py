"""Which lines of the log a webhook hears of, and the deliveries made of them."""

import json
import uuid
from collections.abc import Iterable

from django.db.models.functions import Now

from activity import clock
from activity.models import Activity
from notifications.events import TESTED, event_met, is_foreign
from notifications.models import Delivery, Webhook


def hears(webhook: Webhook, line: Activity) -> bool:
    """Whether a line is for this webhook: by its model, and by its verb and the stage that it leads into, or by its events.

    A test is for the one tested.
    """
    if line.workspace_id != webhook.workspace_id:
        return False
    data = json.loads(line.data)
    if line.verb == TESTED:
        return bool(data.get("webhook") == webhook.pk)
    if webhook.only_tests or (webhook.model_id and webhook.model_id != line.model_id):
        return False
    if is_foreign(webhook.format):
        return event_met(webhook.format, webhook.events, line) is not None
    if webhook.verbs and not {line.verb, line.verb.partition(".")[0]} & set(webhook.verbs):
        return False
    return not webhook.to_stages or bool({line.to_stage, data.get("entered")} & set(webhook.to_stages))


def fan_out(line: Activity) -> None:
    """Queue a line for every enabled webhook that hears of it. Done twice, it changes nothing the second time."""
    if line.workspace_id:
        there = Webhook.objects.living().filter(workspace_id=line.workspace_id, enabled=True, first_line__lte=line.pk)
        queue((webhook, line) for webhook in there if hears(webhook, line))


def queue(pairs: Iterable[tuple[Webhook, Activity]]) -> None:
    """Write the deliveries that are not there yet; those that are keep their message id."""
    moment = clock.now()
    rows = [
        Delivery(webhook=webhook, activity=line, message_id=f"msg_{uuid.uuid4().hex}", created_at=moment, next_at=Now())
        for webhook, line in pairs
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
