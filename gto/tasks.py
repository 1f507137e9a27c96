"""The worker's way in."""

from celery import shared_task

from gto import keeping


@shared_task
def write_tags() -> int:
    """Write the tags that are due, and push them; how many were written. Harmless to run twice, or at the same time."""
    return keeping.keep()
