"""Work of the clock: sealing, and forgetting what is past its time."""

from datetime import timedelta

from celery import shared_task

from activity import clock
from activity.errors import Conflict
from activity.models import Outbox, StoredAnswer
from activity.seals import write_seal

KEPT_KEYS = timedelta(hours=24)
KEPT_OUTBOX = timedelta(days=30)


@shared_task
def seal_log() -> int | None:
    """Seal the log; the number of the new seal, None when nothing moved or another worker was faster."""
    try:
        seal = write_seal()
    except Conflict:
        return None
    return seal.number if seal else None


@shared_task
def forget_old_keys() -> int:
    """Delete idempotency answers older than 24 h and outbox rows delivered more than 30 days ago; how many went."""
    answers, _ = StoredAnswer.objects.filter(created_at__lt=clock.now() - KEPT_KEYS).delete()
    outbox, _ = Outbox.objects.filter(done_at__lt=clock.now() - KEPT_OUTBOX).delete()
    return answers + outbox
