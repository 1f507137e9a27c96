"""Draining the outbox: claim a few rows, deliver each, mark it done. At least once, with the same id on every try."""

import logging
import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F

from activity import clock
from activity.models import Activity, Outbox
from activity.unit import unit_of_work
from notifications.mail import deliver_mail
from notifications.matching import fan_out
from notifications.notices import note

logger = logging.getLogger(__name__)

BATCH = 20
LEASE = timedelta(seconds=60)  # a claim that is not finished by then is somebody else's to take
# What else hears of every line, before those of this app; added in `AppConfig.ready()`. Each may be called again with the same line.
CHANNELS: list[Callable[[Activity], None]] = []
RETRY_AFTER = [timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6)]


def drain(seconds: float = math.inf) -> int:
    """Deliver all that is due, or for so long; returns how many lines were told. Several workers at once take different rows.

    With a slow mail server, what was not begun by half the lease is left: it comes up again when the lease is over, and no sooner.
    """
    told, end = 0, time.monotonic() + seconds
    while time.monotonic() < end and (claimed := _claim()):
        deadline = time.monotonic() + LEASE.total_seconds() / 2
        told += sum(_deliver(row) for row in claimed if time.monotonic() < deadline)
    return told


def _claim() -> list[Outbox]:
    """Take the oldest due rows for `LEASE`; SKIP LOCKED lets two workers pass each other (SQLite has one writer anyway)."""
    moment = clock.shared()
    with unit_of_work():
        due = Outbox.objects.select_for_update(skip_locked=True).filter(done_at=None, due_at__lte=moment)
        ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH])
        Outbox.objects.filter(pk__in=ids).update(due_at=moment + LEASE, attempts=F("attempts") + 1)
    return list(Outbox.objects.filter(pk__in=ids).select_related("activity").order_by("activity_id"))


def _deliver(row: Outbox) -> bool:
    """Tell every channel about one line; a failure is kept and tried again later, ever more patiently."""
    try:
        for channel in CHANNELS:
            channel(row.activity)
        fan_out(row.activity)
        deliver_mail(row.activity, note(row.activity))
    except Exception as error:  # noqa: BLE001 - whatever a channel raises, the row must not be lost nor stop the others
        logger.warning("Line %s could not be told (try %s): %s", row.activity_id, row.attempts, error)
        wait = RETRY_AFTER[min(row.attempts, len(RETRY_AFTER)) - 1]
        Outbox.objects.filter(pk=row.pk).update(due_at=clock.shared() + wait, last_error=str(error)[:2000])
        return False
    Outbox.objects.filter(pk=row.pk).update(done_at=clock.now(), last_error="")
    return True


def let_pass(before: datetime, shown_since: datetime) -> int:
    """Take the lines that were written before a moment off the queue without mail or messages; how many they were.

    For the invented past of a demo alone: nobody is to get mail today about what was asked last spring. What is not older than
    `shown_since` stands on the pages of notices. Runs in the transaction that writes that past.
    """
    past = Outbox.objects.filter(done_at=None, activity__created_at__lt=before)
    for row in past.filter(activity__created_at__gte=shown_since).select_related("activity").order_by("pk"):
        note(row.activity, mail=False)
    return past.update(done_at=clock.now())


def oldest_waiting() -> Activity | None:
    """The oldest line that the outside has not been told; how the queue is watched."""
    row = Outbox.objects.filter(done_at=None).select_related("activity").order_by("pk").first()
    return row.activity if row else None


def hurry(pk: int | None = None) -> int:
    """Have lines that failed tried again now, one or all; how many. Whoever has one in hand keeps it: its lease was begun by a try."""
    waiting = Outbox.objects.filter(done_at=None, due_at__gt=clock.shared()).exclude(last_error="")
    return (waiting.filter(pk=pk) if pk else waiting).update(due_at=clock.shared())
