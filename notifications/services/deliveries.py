"""Sending again, and sending a test."""

from datetime import datetime

from django.db.models.functions import Now

from accounts.caller import Caller
from activity import clock
from activity.errors import Conflict, Invalid, NotFound
from activity.models import Activity
from notifications.checks import unknown_event
from notifications.events import TESTED, event_named, is_foreign
from notifications.matching import hears, queue
from notifications.models import LEASE, Delivery, Webhook
from notifications.services.webhooks import locked_webhook, tell_webhook

MOST = 1000  # lines that are looked through at once


def send_test(*, webhook_id: int, by: Caller, event: str = "") -> Activity:
    """Send a message to one webhook, whatever it listens for, and to no other; returns its line. It is tried once.

    `event` is the one that a webhook of a foreign format tells of, by default the first of its own. Effect: activity `webhook.tested`,
    which is the message. Raises NotFound, Forbidden, Invalid, Conflict when it is off.
    """
    webhook = _enabled(locked_webhook(webhook_id, by))
    return tell_webhook(TESTED, webhook, by, **_tested(webhook, event))


def _tested(webhook: Webhook, event: str) -> dict[str, str]:
    """What the line of a test says of the event: nothing where the format knows none. Raises Invalid."""
    if not is_foreign(webhook.format) and not event:
        return {}
    name = event or webhook.events[0]
    if event_named(webhook.format, name) is None:
        raise unknown_event(webhook.format, name)
    return {"event": name}


def begin_test(*, webhook_id: int, by: Caller, event: str = "") -> Delivery:
    """Like `send_test`, for a caller who sends the message itself by `deliveries.send_now`: it is theirs for as long as a try may last.

    Effects, in order: activity `webhook.tested`, the delivery. Raises NotFound, Forbidden, Invalid, Conflict when the webhook is off.
    """
    line = send_test(webhook_id=webhook_id, by=by, event=event)
    end = clock.shared() + LEASE
    queue([(Webhook.objects.get(pk=webhook_id), line)])
    delivery = Delivery.objects.get(webhook_id=webhook_id, activity=line)
    delivery.next_at, delivery.leased_until, delivery.claims = end, end, 1
    delivery.save(update_fields=["next_at", "leased_until", "claims"])
    return delivery


def redeliver(*, delivery_id: int, by: Caller) -> Delivery:
    """Send a message again, with the same id and body, and with all its tries.

    Effects, in order: the delivery, activity `webhook.redelivered`. Raises NotFound, Forbidden, Conflict when the webhook is off.
    """
    found = Delivery.objects.filter(pk=delivery_id).first()
    if found is None:
        raise NotFound("There is no such delivery; it may have been forgotten after 30 days.")
    webhook = _enabled(locked_webhook(found.webhook_id, by))
    _begin_again(webhook, [found.activity_id])
    tell_webhook("webhook.redelivered", webhook, by, messages=1)
    return Delivery.objects.select_related("webhook", "activity").get(pk=delivery_id)


def redeliver_range(*, webhook_id: int, since: datetime, by: Caller, until: datetime | None = None) -> int:
    """Send again whatever the log has for a webhook since a moment, also what happened while it was off; how many messages.

    A message that was made before keeps its id. Effects, in order: the deliveries, activity `webhook.redelivered`; nothing when
    there are none. Raises NotFound, Forbidden, Invalid for more than 1,000 lines at once, Conflict when the webhook is off.
    """
    webhook = _enabled(locked_webhook(webhook_id, by))
    end = min(until or clock.now(), clock.now())
    lines = Activity.objects.filter(workspace_id=webhook.workspace_id, created_at__gte=max(since, webhook.created_at))
    found = list(lines.filter(created_at__lte=end).order_by("created_at")[: MOST + 1])
    if len(found) > MOST:
        raise Invalid(f"These are more than {MOST} lines of the log, so nothing was sent. Choose a shorter time.", field="since")
    heard = [line for line in found if hears(webhook, line)]
    if heard:
        queue((webhook, line) for line in heard)
        _begin_again(webhook, [line.pk for line in heard])
        tell_webhook("webhook.redelivered", webhook, by, messages=len(heard))
    return len(heard)


def _enabled(webhook: Webhook) -> Webhook:
    if not webhook.enabled:
        raise Conflict("The webhook is off, so nothing was sent. Switch it on first.")
    return webhook


def _begin_again(webhook: Webhook, line_ids: list[int]) -> None:
    """Make these due; what a worker has under way is sent again once that try has ended, so never twice at once."""
    for row in Delivery.objects.select_for_update(of=("self",)).filter(webhook=webhook, activity_id__in=line_ids).order_by("pk"):
        if row.leased_until:
            row.again = True
        else:
            row.state, row.next_at = Delivery.State.WAITING, Now()
        row.tries, row.started_at, row.done_at = 0, None, None
        row.save(update_fields=["state", "next_at", "tries", "started_at", "done_at", "again"])
