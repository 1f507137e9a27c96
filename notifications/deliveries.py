"""Sending what is queued for webhooks: claim, send in threads, note what came of it. At least once, with the same id on every try.

A receiver has few messages under way at a time, so one that is slow holds back nobody but itself.
"""

import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import partial

from django.db.models import F, Q, QuerySet

from accounts.caller import Caller
from activity import clock
from activity.unit import unit_of_work
from notifications import sending, signing
from notifications.events import TESTED
from notifications.models import LEASE, Attempt, Delivery, Webhook
from notifications.payload import body_of
from notifications.sending import Outcome
from notifications.services import suspend_webhook

logger = logging.getLogger(__name__)

# Between tries: the schedule of Standard Webhooks, 75 hours in all.
SCHEDULE = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)] + [
    timedelta(hours=h) for h in (2, 5, 10, 14, 20, 24)
]
JITTER = 0.2
AT_LEAST = timedelta(hours=72)  # from the first try to the last, whatever the jitter
KEPT = timedelta(days=30)
THREADS = 32
PER_WEBHOOK = 4
_drains = threading.Lock()
Running = dict[Future[Outcome], Delivery]


def deliver() -> int:
    """Send what is due; how many messages arrived. One of these runs in a process at a time, any number on several machines."""
    if not _drains.acquire(blocking=False):
        return 0
    try:
        with ThreadPoolExecutor(THREADS, "webhook") as pool:
            return _deliver(pool)
    finally:
        _drains.release()


def _deliver(pool: ThreadPoolExecutor) -> int:
    arrived, running = 0, Running()
    while True:
        for delivery in _claim(list(running.values())):
            running[pool.submit(_prepared(delivery))] = delivery
        if not running:
            return arrived
        done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
        for future in done:
            outcome = future.result()
            note(running.pop(future), outcome)
            arrived += outcome.arrived


def send_now(delivery_id: int) -> Outcome:
    """Send a message that the caller has leased (`begin_test`), in this thread, for a protocol whose client waits for the answer.

    Runs outside a unit of work. Whatever goes wrong is in the outcome, and in the log of deliveries like any other try.
    """
    delivery = Delivery.objects.select_related("webhook__workspace", "activity__chain").get(pk=delivery_id)
    outcome = _prepared(delivery)()
    note(delivery, outcome)
    return outcome


def waiting() -> bool:
    """Whether anything is due."""
    return _due().exists()


def _due() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state="waiting", next_at__lte=clock.shared(), webhook__enabled=True, webhook__deleted_at=None)


def _claim(running: list[Delivery]) -> list[Delivery]:
    """Take what is due for `LEASE`, oldest first, a few of each webhook; SKIP LOCKED lets two workers pass each other."""
    claimed: list[int] = []
    busy = [delivery.webhook_id for delivery in running]
    for webhook_id in _due().order_by().values_list("webhook_id", flat=True).distinct():
        free = min(PER_WEBHOOK - busy.count(webhook_id), THREADS - len(busy) - len(claimed))
        if free > 0:
            claimed += _claim_of(webhook_id, free)
    rows = Delivery.objects.filter(pk__in=claimed).select_related("webhook__workspace", "activity__chain")
    return list(rows.order_by("pk"))


def _claim_of(webhook_id: int, free: int) -> list[int]:
    moment = clock.shared()
    with unit_of_work():
        due = Delivery.objects.select_for_update(skip_locked=True).filter(
            webhook_id=webhook_id, state="waiting", next_at__lte=moment
        )
        ids = list(due.order_by("next_at", "pk").values_list("pk", flat=True)[:free])
        end = moment + LEASE
        Delivery.objects.filter(pk__in=ids).update(next_at=end, leased_until=end, again=False, claims=F("claims") + 1)
    return ids


def _prepared(delivery: Delivery) -> Callable[[], Outcome]:
    """What a thread has to call: the message is written before, because threads touch no database."""
    try:
        if not delivery.body:
            delivery.body = body_of(delivery.webhook, delivery.activity)
            Delivery.objects.filter(pk=delivery.pk, body="").update(body=delivery.body)
        stamp = int(clock.shared().timestamp())
        webhook = delivery.webhook
        headers = signing.headers(webhook.format, secrets_of(webhook), delivery.message_id, stamp, delivery.body)
        if webhook.authorization:
            headers["Authorization"] = signing.opened(webhook.authorization)
    except Exception as error:  # noqa: BLE001 - one message that cannot be written must not stop the others
        logger.warning("Message %s could not be written: %s", delivery.message_id, error)
        failed = Outcome(None, "", f"The message could not be written: {error}"[:500], 0)
        return lambda: failed
    return partial(sending.send, webhook.url, delivery.body, headers)


def secrets_of(webhook: Webhook) -> list[str]:
    """The secrets that sign now, the newest first: during a rotation two."""
    if webhook.old_secret and webhook.old_secret_until and webhook.old_secret_until > clock.now():
        return [webhook.secret, webhook.old_secret]
    return [webhook.secret]


def note(delivery: Delivery, outcome: Outcome) -> None:
    """Write down what came of a try, and when the next one is. Whose lease ended meanwhile leaves the next one's notes alone."""
    moment = clock.shared()
    began = moment - timedelta(milliseconds=outcome.milliseconds)
    with unit_of_work():
        webhook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
        row = Delivery.objects.select_for_update(of=("self",)).select_related("activity").get(pk=delivery.pk)
        Attempt.objects.create(
            delivery=row, at=began, milliseconds=outcome.milliseconds, status=outcome.status, response=outcome.response,
            error=outcome.error,
        )  # fmt: skip
        _note_on(webhook, outcome, began, moment)
        if row.claims != delivery.claims or row.state != "waiting":
            return
        _note_in(row, outcome, began, moment)
        if outcome.unwanted or (row.state == "failed" and row.activity.verb != TESTED):
            _give_up(row, outcome)


def _note_on(webhook: Webhook, outcome: Outcome, began: datetime, moment: datetime) -> None:
    """How the webhook stands: since when nothing arrives, and what was said last."""
    webhook.last_try_at, webhook.last_error = moment, outcome.failure
    if outcome.arrived:
        webhook.last_success_at, webhook.failing_since = moment, None
    else:
        webhook.failing_since = webhook.failing_since or began
    webhook.save(update_fields=["last_try_at", "last_error", "last_success_at", "failing_since"])


def _note_in(row: Delivery, outcome: Outcome, began: datetime, moment: datetime) -> None:
    """How the message stands. Where somebody asked meanwhile to have it sent again, it is due, whatever came of this try."""
    row.leased_until = None
    if row.again:
        row.again, row.next_at = False, moment
    else:
        row.tries, row.started_at = row.tries + 1, row.started_at or began
        last = outcome.arrived or outcome.unwanted or row.activity.verb == TESTED
        row.next_at = None if last else next_try(row.tries, row.started_at, moment)
        if row.next_at is None:
            row.state, row.done_at = "delivered" if outcome.arrived else "failed", moment
    row.save(update_fields=["leased_until", "again", "tries", "started_at", "next_at", "state", "done_at"])


def next_try(tries: int, started_at: datetime, moment: datetime) -> datetime | None:
    """When to try again after so many tries; None when it was the last. The last one is 72 hours after the first, or later."""
    if tries > len(SCHEDULE):
        return None
    pause = SCHEDULE[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - it spreads load, it keeps no secret
    return max(moment + pause, started_at + AT_LEAST) if tries == len(SCHEDULE) else moment + pause


def _give_up(row: Delivery, outcome: Outcome) -> None:
    """Switch a webhook off that wants no more, or that took nothing for as long as a message was tried."""
    if outcome.unwanted:
        reason = "the receiver answered 410, it wants no more"
    elif Webhook.objects.filter(pk=row.webhook_id, last_success_at__gte=row.started_at).exists():
        return
    else:
        reason = f"a message could not be delivered in {row.tries} tries, and nothing else arrived meanwhile"
    suspend_webhook(webhook_id=row.webhook_id, reason=reason, by=Caller.stageward())


def forget() -> int:
    """Delete what was done, or whose webhook was removed, more than 30 days ago; how many messages went."""
    since = clock.now() - KEPT
    _, gone = Delivery.objects.filter(Q(done_at__lt=since) | Q(webhook__deleted_at__lt=since)).delete()
    return gone.get("notifications.Delivery", 0)


def hurry() -> int:
    """Have messages that failed before tried again now; how many. Those under way are left alone."""
    moment = clock.shared()
    failed = Delivery.objects.filter(state="waiting", tries__gt=0, next_at__gt=moment, webhook__enabled=True)
    return failed.filter(webhook__deleted_at=None).exclude(leased_until__gt=moment).update(next_at=moment)
