"""The one clock. Everything that is stored takes its time from here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from activity.models import Activity

_invented: ContextVar[datetime | None] = ContextVar("invented", default=None)
_ahead = timedelta()  # how far the database's clock is ahead of this machine's


class ClockRefused(Exception):
    """Somebody wanted to write history into a log that has already begun."""


def now() -> datetime:
    """Return the present moment, in UTC."""
    return _invented.get() or timezone.now()


def shared() -> datetime:
    """Return the moment that all machines agree on, for leases and for what is due: by the database's clock, as last compared."""
    return now() + _ahead


def compare_with_database() -> timedelta:
    """Ask the database for its time, for `shared`; return how far it is ahead. SQLite has no clock of its own."""
    global _ahead
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            _ahead = cursor.fetchone()[0] - timezone.now()
    return _ahead


@contextmanager
def invented() -> Iterator[Callable[[datetime], None]]:
    """Let a fresh database be filled with a past: yields a function that sets the clock.

    Raises ClockRefused as soon as one line of log exists, so no real history can be invented afterwards.
    """
    if Activity.objects.exists():
        raise ClockRefused("The activity log has begun, so its clock cannot be set. Use an empty database.")
    token = _invented.set(None)
    try:
        yield lambda moment: _invented.set(moment) and None
    finally:
        _invented.reset(token)
