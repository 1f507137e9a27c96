"""A hint to the worker that something waits in the outbox. Only a hint: a sweep every two seconds finds what a lost one left."""

import logging
import threading
import time

from celery import current_app

logger = logging.getLogger(__name__)

DRAIN_TASK = "notifications.tasks.drain_outbox"
_PAUSE = 0.2  # seconds between hints of one process
_PAUSE_AFTER_FAILURE = 30.0  # seconds: a publish to a dead broker costs its caller about one second
_lock = threading.Lock()
_next_at = 0.0


def kick() -> None:
    """Ask the worker to drain the outbox. Runs after commit; a dead broker is logged and never reaches the person.

    Within the pause after a hint the next one is sent to be heeded at its end; those after it have nothing to add.
    """
    global _next_at
    with _lock:
        now = time.monotonic()
        wait = max(0.0, _next_at - now)
        if wait > _PAUSE:
            return
        _next_at = now + wait + _PAUSE
    try:
        current_app.send_task(DRAIN_TASK, expires=10, retry=False, countdown=wait)
    except Exception as error:  # noqa: BLE001 - whatever the transport raises, the change has been committed
        _next_at = time.monotonic() + _PAUSE_AFTER_FAILURE
        logger.warning("The broker cannot be reached, the sweep will deliver instead: %s", error)
