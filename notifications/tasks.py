"""The worker's way in."""

import logging

from celery import shared_task

from notifications import deliveries, outbox

logger = logging.getLogger(__name__)


@shared_task
def drain_outbox() -> int:
    """Tell the outside what waits; how many lines were told. Harmless to run twice, or at the same time."""
    told = outbox.drain()
    if deliveries.waiting():
        try:
            deliver_webhooks.apply_async(expires=10, retry=False)
        except Exception as error:  # noqa: BLE001 - whatever the transport raises, the clock sends the same hint
            logger.warning("The broker cannot be reached, the clock will send to webhooks instead: %s", error)
    return told


@shared_task
def deliver_webhooks() -> int:
    """Send what is due to webhooks; how many messages arrived. Harmless to run twice, or at the same time."""
    return deliveries.deliver()


@shared_task
def forget_deliveries() -> int:
    """Delete what was sent, or given up, more than 30 days ago; how many messages went."""
    return deliveries.forget()
