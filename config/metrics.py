"""What Prometheus reads at `/metrics`: how long requests take, by view and status, and how the queues stand.

Each process measures its own requests, in a file that gunicorn's other processes read too (`config.gunicorn`). What stands in the
database is read from it, at most every `FRESH` seconds by one process: so every process of every machine says the same of it.
"""

import os
import threading
import time
from collections.abc import Iterable

from django.db.models import Count, F, Sum
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from activity import clock
from activity.models import Outbox
from approvals.models import StageChangeRequest
from notifications.models import Delivery
from operations import state
from operations.models import Run

FRESH = 10.0
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
ENDED = ("applied", "rejected", "revoked", "expired", "superseded")
LATENCY = Histogram(
    "stageward_http_request_duration_seconds",
    "How long requests took, by the name of the view.",
    ["view", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=None,
)


def observe(view: str, method: str, status: int, seconds: float) -> None:
    """Count one request. An address that leads nowhere is counted as `unknown`, so the series stay few."""
    LATENCY.labels(view or "unknown", method if method in METHODS else "other", str(status)).observe(seconds)


def registry() -> CollectorRegistry:
    """All there is to say, of all processes of this web server."""
    made = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(made)
    else:
        made.register(LATENCY)
    made.register(stock)
    return made


class Stock:
    """What the database knows, read anew when what was read is older than `FRESH`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.read_at = -FRESH
        self.known: list[Metric] = []

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering asks no database."""
        return []

    def collect(self) -> Iterable[Metric]:
        """The figures, new enough."""
        with self.lock:
            if time.monotonic() - self.read_at >= FRESH:
                self.known = [*queues(), *requests(), *signs_of_life()]
                self.read_at = time.monotonic()
            return self.known


stock = Stock()


def queues() -> Iterable[Metric]:
    """What waits to be told."""
    waiting = Outbox.objects.filter(done_at=None)
    yield GaugeMetricFamily("stageward_outbox_lines", "Lines of the log that the outside was not told yet.", waiting.count())
    yield GaugeMetricFamily("stageward_outbox_failing_lines", "Those of them that failed before.", state.failing_lines().count())
    yield GaugeMetricFamily("stageward_outbox_oldest_seconds", "How long the oldest of them waits.", state.outbox_age())
    yield GaugeMetricFamily(
        "stageward_webhook_due_oldest_seconds", "How long ago the next try of a message was due.", state.delivery_age()
    )
    counts = dict(Delivery.objects.order_by().values_list("state").annotate(count=Count("*")))
    family = GaugeMetricFamily("stageward_webhook_deliveries", "Messages to webhooks of the last 30 days.", labels=["outcome"])
    for outcome in Delivery.State.values:
        family.add_metric([outcome], counts.get(outcome, 0))
    yield family


def requests() -> Iterable[Metric]:
    """Stage change requests: how many wait, how they ended, how long those that were approved took."""
    counts = dict(StageChangeRequest.objects.order_by().values_list("status").annotate(count=Count("*")))
    yield GaugeMetricFamily("stageward_requests_pending", "Stage change requests that wait.", counts.get("pending", 0))
    ended = CounterMetricFamily("stageward_requests_ended", "Stage change requests that ended, by outcome.", labels=["outcome"])
    for outcome in ENDED:
        ended.add_metric([outcome], counts.get(outcome, 0))
    yield ended
    approved = StageChangeRequest.objects.filter(effect="approved", decided_at__isnull=False)
    took = approved.aggregate(count=Count("*"), waited=Sum(F("decided_at") - F("created_at")))
    seconds = took["waited"].total_seconds() if took["waited"] else 0.0
    yield SummaryMetricFamily(
        "stageward_request_approval_seconds", "From asking to effect, of approved requests.", took["count"], seconds
    )


def signs_of_life() -> Iterable[Metric]:
    """Workers, the clock, the broker, the seals."""
    yield GaugeMetricFamily("stageward_workers", "Workers seen within the last minute.", state.workers().count())
    yield GaugeMetricFamily("stageward_broker_up", "Whether the broker takes messages.", int(state.broker_answers()))
    sealed = state.last_seal()
    if sealed:
        yield GaugeMetricFamily("stageward_last_seal_age_seconds", "How long ago the log was sealed.", state.age(sealed))
    runs = GaugeMetricFamily("stageward_task_last_run_age_seconds", "How long ago a task of the clock ended.", labels=["task"])
    failed = GaugeMetricFamily("stageward_task_failed", "Whether the last run of a task failed.", labels=["task"])
    for task, ended_at, error in Run.objects.order_by("task").values_list("task", "ended_at", "error"):
        runs.add_metric([task], (clock.now() - ended_at).total_seconds())
        failed.add_metric([task], int(bool(error)))
    yield from (runs, failed)
