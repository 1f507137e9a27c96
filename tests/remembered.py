"""A team is made by the services once in a run, and copied row for row afterwards: making it anew took a third of all tests' time.

What is copied are the very rows, log lines and hashes included, with their ids and times, into a database that has none yet.
"""

import copy
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from activity import clock
from activity.models import Chain, Outbox

P = ParamSpec("P")
R = TypeVar("R")
Rows = list[tuple[str, list[str], list[tuple[Any, ...]]]]  # each table with its columns and its rows


@dataclass(frozen=True)
class Made:
    """What was returned, what the tables held afterwards, and how far the clock was from that of the machine."""

    result: Any
    rows: Rows
    clock_is_off_by: float


_made: dict[Any, Made] = {}


def remembered(make: Callable[P, R]) -> Callable[P, R]:
    """Copy what `make` made when it was called with these words before, into a database without a log; else let it make."""

    @wraps(make)
    def made_or_copied(*args: P.args, **kwargs: P.kwargs) -> R:
        if Chain.objects.exists():
            return make(*args, **kwargs)
        words = (args, tuple(kwargs.items()))
        before = _made.get(words)
        if before and abs(before.clock_is_off_by - _clock_is_off_by()) < 1:
            _write(before.rows)
            Outbox.objects.update(due_at=Now())  # what waits has begun to wait just now
            return copy.deepcopy(before.result)
        result = make(*args, **kwargs)
        _made.setdefault(words, Made(copy.deepcopy(result), _read(), _clock_is_off_by()))
        return result

    return made_or_copied


def _clock_is_off_by() -> float:
    """Seconds between the clock, which a test may have set, and the machine's own, which it cannot set."""
    running = timedelta(seconds=os.times().elapsed)
    return (clock.now() - running - datetime.fromisoformat("2000-01-01T00:00:00+00:00")).total_seconds()


def _read() -> Rows:
    found: Rows = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = connection.ops.quote_name(model._meta.db_table)
            if Path(str(apps.get_app_config(model._meta.app_label).path)).parent != settings.BASE_DIR:
                continue  # Django's own: what migrations put there is there already
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
            if rows := cursor.fetchall():
                found.append((table, [connection.ops.quote_name(column[0]) for column in cursor.description], rows))
    return found


def _write(found: Rows) -> None:
    with connection.cursor() as cursor:
        for table, columns, rows in found:
            places = ", ".join(["%s"] * len(columns))
            every = ", ".join([f"({places})"] * len(rows))
            cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {every}", [value for row in rows for value in row])
        if connection.vendor == "postgresql":
            _count_on(cursor, found)


def _count_on(cursor: Any, found: Rows) -> None:
    """Let no sequence give an id that was copied, whatever reset it."""
    for table, columns, rows in found:
        if columns[0] == '"id"':
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            cursor.execute(f"SELECT setval({sequence}, GREATEST(nextval({sequence}), %s))", [rows[-1][0]])
