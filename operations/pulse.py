"""The worker's pulse: it says that it lives, notes what the clock's tasks did, and does its rounds itself when no hints arrive.

The broker carries hints alone. When it is down, or no clock (beat) runs, each worker looks by itself for what is due. Any number of
workers and clocks may do so at once: every task claims what it does, or finds it done.
"""

import logging
import os
import socket
import threading
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connection
from django.utils.module_loading import import_string

from activity import clock
from operations.models import Run, Worker

logger = logging.getLogger(__name__)

BEAT = 15.0  # seconds between signs of life, and between notes about one task
SILENCE = 45.0  # seconds that a task may be late before a worker does it unasked
KEPT = timedelta(days=1)  # how long a worker that ended without a word is remembered
_noted: dict[str, tuple[float, str]] = {}
_lock = threading.Lock()


class Pulse(threading.Thread):
    """The thread of a worker that beats until `stop`."""

    def __init__(self) -> None:
        super().__init__(name="pulse", daemon=True)
        self.worker = f"{socket.gethostname()}:{os.getpid()}"
        self.started_at = clock.now()
        self.ended = threading.Event()

    def run(self) -> None:
        """Beat at once, then every `BEAT` seconds; a database that is away is waited for."""
        while True:
            try:
                self.beat()
                rounds(self.started_at.timestamp())
            except Exception as error:  # noqa: BLE001 - whatever is wrong now, the next beat tries again
                logger.warning("The worker's pulse missed a beat: %s", error)
            finally:
                close_old_connections()
            if self.ended.wait(BEAT):
                return

    def beat(self) -> None:
        """Say that this worker lives, and forget those that have not said so for a day."""
        clock.compare_with_database()
        now = clock.shared()
        row = Worker(name=self.worker, started_at=self.started_at, seen_at=now)
        Worker.objects.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=["started_at", "seen_at"])
        Worker.objects.filter(seen_at__lt=now - KEPT).delete()

    def stop(self) -> None:
        """End, and take the sign of life away, so that nobody counts on this worker."""
        self.ended.set()
        try:
            Worker.objects.filter(name=self.worker).delete()
            connection.close()
        except Exception as error:  # noqa: BLE001 - the worker ends anyway
            logger.warning("The worker could not say that it ends: %s", error)


def rounds(since: float = 0.0) -> list[str]:
    """Do what the clock should have started long ago; the names of these tasks. `since`: when the worker began, as a timestamp."""
    ran = {run.task: run.ended_at.timestamp() for run in Run.objects.all()}
    done = []
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        name, late = str(entry["task"]), float(entry["schedule"]) + SILENCE  # type: ignore[arg-type]
        if clock.shared().timestamp() - ran.get(name, since) > late:
            logger.info("No hint came to run %s, so this worker does it unasked.", name)
            watched(name, import_string(name))
            done.append(name)
    return done


def watched(name: str, task: Any) -> None:
    """Run a task here and note how it went."""
    began, error = time.monotonic(), ""
    try:
        task()
    except Exception as failure:  # one task that fails must not keep the others waiting
        logger.exception("%s failed.", name)
        error = str(failure) or type(failure).__name__
    note(name, time.monotonic() - began, error)


def note(task: str, seconds: float, error: str = "") -> None:
    """Write down how a run went; of one process every `BEAT` seconds for each task, and whenever it went otherwise than before."""
    with _lock:
        at, before = _noted.get(task, (-BEAT, ""))
        if time.monotonic() - at < BEAT and before == error:
            return
        _noted[task] = (time.monotonic(), error)
    row = Run(task=task, ended_at=clock.shared(), seconds=round(seconds, 3), error=error[:500])
    try:
        Run.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["task"], update_fields=["ended_at", "seconds", "error"]
        )
    except Exception as failure:  # noqa: BLE001 - the task itself is done, and a later note will do
        logger.warning("The run of %s could not be noted: %s", task, failure)
