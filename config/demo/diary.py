"""When the demo's people did what: working days counted back from now, so that the demo is always of today."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

OPENS = timedelta(hours=8, minutes=44, seconds=13)
WORKDAY = timedelta(hours=8, minutes=53, seconds=41)  # odd, so that moments are not all at full minutes
SATURDAY = 5


def working_moment(now: datetime, ago: float) -> datetime:
    """Return the moment that lies `ago` working days before now: on a weekday, within office hours (UTC), and never after now."""
    now = now.astimezone(UTC)
    day, worked = now.replace(hour=0, minute=0, second=0, microsecond=0), timedelta(0)
    if day.weekday() < SATURDAY:
        worked = min(max(now - day - OPENS, timedelta(0)), WORKDAY)
    back = WORKDAY * ago
    while back >= worked:
        back, worked, day = back - worked, WORKDAY, day - timedelta(days=1)
        while day.weekday() >= SATURDAY:
            day -= timedelta(days=1)
    return day + OPENS + worked - back


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did: how many working days ago, who, what (a function of `acts`), to which version."""

    ago: float
    who: str
    act: Callable[[Any, "Entry"], None]
    to: str = ""
    says: str | None = None
    facts: Any = None
    model: str = ""
    version: str = ""


def of(model: str, version: str, *entries: Entry | Iterable[Entry]) -> Iterator[Entry]:
    """Say which version entries are about."""
    for entry in entries:
        for each in [entry] if isinstance(entry, Entry) else entry:
            yield replace(each, model=model, version=version)
