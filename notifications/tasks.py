"""The worker's way in."""

import logging
import threading

from celery import shared_task

from activity import clock
from notifications import deliveries, digest, notices, outbox

logger = logging.getLogger(__name__)

ROUND = 0.5  # seconds after which webhooks are told that something waits, however much is left to drain
_drains = threading.Lock()


@shared_task
def drain_outbox() -> int:
    """Tell the outside what waits; how many lines were told. Harmless to run twice, or at the same time.

    One runs in a process at a time: while there is always more, a second one would take the thread that sends to webhooks.
    """
    if not _drains.acquire(blocking=False):
        return 0
    try:
        clock.compare_with_database()
        told = 0
        while round_told := outbox.drain(seconds=ROUND):
            told += round_told
            _hint_at_webhooks()
        return told
    finally:
        _drains.release()


def _hint_at_webhooks() -> None:
    if not deliveries.waiting():
        return
    try:
        deliver_webhooks.apply_async(expires=10, retry=False)
    except Exception as error:  # noqa: BLE001 - whatever the transport raises, the clock sends the same hint
        logger.warning("The broker cannot be reached, the clock will send to webhooks instead: %s", error)


@shared_task
def deliver_webhooks() -> int:
    """Send what is due to webhooks; how many messages arrived. Harmless to run twice, or at the same time."""
    clock.compare_with_database()
    return deliveries.deliver()


@shared_task
def forget_deliveries() -> int:
    """Delete what was sent, or given up, more than 30 days ago; how many messages went."""
    return deliveries.forget()


@shared_task
def send_digests() -> int:
    """Send the daily digests whose hour has come; how many mails went. Harmless to run twice, or at the same time."""
    return digest.send_digests()


@shared_task
def forget_notices() -> int:
    """Delete notices older than 90 days that were read, and the days of digests; how many went."""
    return notices.forget() + digest.forget_digests()
