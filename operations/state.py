"""How the installation fares: what the page for staff, `/readyz`, `/metrics` and the banner say, read in one place."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db.models import Max, Min, Q, QuerySet

from activity import clock
from activity.models import Outbox, Seal
from notifications.models import Delivery
from notifications.outbox import oldest_waiting
from operations.models import Run, Worker

SEEN = timedelta(minutes=1)  # a worker that was not seen for so long is taken to be gone
CLOCK = "notifications.tasks.drain_outbox"  # what the clock starts most often


@dataclass(frozen=True)
class Trouble:
    """What keeps the world from hearing, and the next step."""

    title: str
    text: str


def age(moment: datetime | None) -> int:
    """How many seconds ago a moment was; 0 for none."""
    return max(0, int((clock.now() - moment).total_seconds())) if moment else 0


def workers() -> QuerySet[Worker]:
    """Those seen within the last minute."""
    return Worker.objects.filter(seen_at__gte=clock.now() - SEEN).order_by("name")


def outbox_age() -> int:
    """How many seconds the oldest line has waited to be told to the outside; 0 when none waits."""
    line = oldest_waiting()
    return age(line.created_at) if line else 0


def failing_lines() -> QuerySet[Outbox]:
    """Lines that could not be told, the oldest first."""
    return Outbox.objects.filter(done_at=None).exclude(last_error="").order_by("pk")


def due_deliveries() -> QuerySet[Delivery]:
    """Messages to webhooks whose time has come."""
    return Delivery.objects.filter(state="waiting", next_at__lte=clock.shared(), webhook__enabled=True, webhook__deleted_at=None)


def delivery_age() -> int:
    """How many seconds ago the next try of a message was due that nobody took; 0 when none is."""
    return age(due_deliveries().aggregate(oldest=Min("next_at"))["oldest"])


def clock_silence() -> int | None:
    """How many seconds ago the clock's most frequent task ran last; None when it never did."""
    ran = Run.objects.filter(task=CLOCK).values_list("ended_at", flat=True).first()
    return age(ran) if ran else None


def last_seal() -> datetime | None:
    """When the log was sealed last."""
    return Seal.objects.order_by("-number").values_list("created_at", flat=True).first()


def broker_answers() -> bool:
    """Whether the broker takes messages; one try, so that a dead one costs a second."""
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    except Exception:  # noqa: BLE001 - whatever the transport raises, it means the same
        return False
    return True


def trouble() -> Trouble | None:
    """What staff must be told on every page; nothing while all is well, for one query."""
    seen = Worker.objects.aggregate(seen=Max("seen_at"), started=Max("started_at"))
    if age(seen["seen"]) > SEEN.total_seconds() or (not seen["seen"] and outbox_age() > SEEN.total_seconds()):
        return Trouble(
            "No worker is running.",
            "Changes are kept, but mail, webhooks and the log's seals wait. Start the worker, or look at why it ended: the commands"
            " stand in docs/operating.md.",
        )
    silence = clock_silence() if seen["seen"] else 0
    late = age(seen["started"]) > 2 * SEEN.total_seconds() if silence is None else silence > SEEN.total_seconds()
    if late and not broker_answers():
        return Trouble(
            "The broker cannot be reached.",
            "Everything goes on, more slowly: the worker looks by itself every minute for what is due. Start the broker again, or"
            " correct CELERY_BROKER_URL or REDIS_URL.",
        )
    return None


def schedule() -> list[dict[str, Any]]:
    """The clock's tasks with how each went last."""
    runs = {run.task: run for run in Run.objects.all()}
    return [
        {"name": name, "task": entry["task"], "every": entry["schedule"], "run": runs.get(str(entry["task"])), "late": _late(entry, runs)}
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items()
    ]  # fmt: skip


def _late(entry: dict[str, Any], runs: dict[str, Run]) -> bool:
    """Whether a task ran before, and should have run again by now."""
    run = runs.get(entry["task"])
    return run is not None and age(run.ended_at) > 2 * float(entry["schedule"]) + SEEN.total_seconds()


def deliveries_failing() -> Q:
    """Which messages count as failing: tried and still waiting."""
    return Q(state="waiting", tries__gt=0)
