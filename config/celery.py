"""The background worker. The broker carries hints, never facts: what must be delivered waits in the outbox table."""

import os
import time
from typing import Any

from celery import Celery, signals

import config.broker  # noqa: F401 - makes it kombu's transport for filesystem://
from config.logs import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stageward")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **kwargs: Any) -> None:
    """Let a task know which request led to it."""
    if known := request_id.get():
        headers["request_id"] = known


@signals.task_prerun.connect
def begin(task_id: str, task: Any, **kwargs: Any) -> None:
    """Log under the request that led here, else under the task's own id."""
    request_id.set(getattr(task.request, "request_id", None) or task_id)
    task.request.began = time.monotonic()


@signals.task_postrun.connect
def end(task: Any, retval: Any, **kwargs: Any) -> None:
    """Note how a task of the clock went. What it raised comes as what it returned."""
    from operations.pulse import note  # noqa: PLC0415 - its models want the apps, which are not loaded when this module is

    if not task.request.is_eager and any(entry["task"] == task.name for entry in app.conf.beat_schedule.values()):
        failed = str(retval) or type(retval).__name__ if isinstance(retval, Exception) else ""
        note(task.name, time.monotonic() - getattr(task.request, "began", time.monotonic()), failed)
    request_id.set("")


@signals.worker_init.connect
def start_pulse(sender: Any, **kwargs: Any) -> None:
    """A worker has a pulse from its beginning, also while the broker is away."""
    from operations.pulse import Pulse  # noqa: PLC0415 - the same

    sender.pulse = Pulse()
    sender.pulse.start()


@signals.worker_shutdown.connect
def stop_pulse(sender: Any, **kwargs: Any) -> None:
    """Say that this worker ends."""
    if pulse := getattr(sender, "pulse", None):
        pulse.stop()
