"""Work of the clock: counting the days that ended."""

from celery import shared_task

from activity.errors import Conflict
from insights import counting


@shared_task
def count_days() -> int:
    """Count the days that ended; how many these were, 0 when another worker was faster."""
    try:
        return counting.count_days()
    except Conflict:
        return 0
