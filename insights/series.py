"""The days of some models added up: those that were counted from what is kept, the rest from the log itself."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TypeVar

from django.core.cache import cache
from django.db.models import Sum

from activity import clock
from activity.models import Activity
from insights.facts import DAY, Facts, facts_between, midnight
from insights.models import Day, Progress
from registry.querysets import ModelQuerySet

_HOUR, MINUTE = 3600, 60
MOST_LINES = 50_000  # so many lines that no day has counted yet are read for a page; a longer tail waits for the worker
T = TypeVar("T")
SUMS = ("change", "applied", "skipped", "break_glass")


@dataclass
class Series:
    """What some models did: versions by stage before the first day, then by day; how long approved changes waited, by stage."""

    before: Counter[str] = field(default_factory=Counter)
    changes: defaultdict[date, Counter[str]] = field(default_factory=partial(defaultdict, Counter))
    applied: defaultdict[date, Counter[str]] = field(default_factory=partial(defaultdict, Counter))
    waits: defaultdict[str, Counter[int]] = field(default_factory=partial(defaultdict, Counter))

    def add(self, day: date, stage: str, first: date, sums: dict[str, int]) -> None:
        """Add what a day did to a stage."""
        if day < first:
            self.before[stage] += sums["change"]
            return
        self.changes[day][stage] += sums["change"]
        for name in SUMS[1:]:
            self.applied[day][name] += sums[name]


@dataclass(frozen=True)
class Tail:
    """What no day has counted yet: from which day on, up to which line; `read` is false where that is too much for a page."""

    since: date | None
    line_id: int
    mark: str
    read: bool


def tail() -> Tail:
    """Return how far the days were counted, and how far the log goes; two queries."""
    progress = Progress.objects.first()
    last = Activity.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    since, counted = (progress.until, progress.line_id) if progress else (None, 0)
    mark = progress.counted_at.isoformat() if progress else "-"
    return Tail(since, last, mark, last - counted <= MOST_LINES)


def remembered(seconds: int, make: Callable[[], T], *parts: object) -> T:
    """Return what was made before of the same parts, or make it and keep it for so long."""
    key = f"insights:{hashlib.sha256(repr(parts).encode()).hexdigest()}"
    kept: T | None = cache.get(key)
    if kept is None:
        kept = make()
        cache.set(key, kept, seconds)
    return kept


def series_of(models: ModelQuerySet, ids: list[int], first: date, rest: Tail) -> Series:
    """Return the days from `first` on, of these models; five queries where nothing is remembered.

    Counted days are remembered for an hour under all that they depend on, the tail for a minute or until a line is written.
    """
    series = Series()
    if rest.since:
        series = remembered(_HOUR, lambda: _add_up(models, first), "days", ids, first, rest.since, rest.mark)
    facts: Facts = {}
    if rest.read:
        facts = remembered(MINUTE, lambda: _uncounted(rest), "tail", rest.since, rest.mark, rest.line_id)
    mine, waits = set(ids), defaultdict[str, list[int]](list)
    for (day, model_id, stage), fact in facts.items():
        if model_id in mine:
            series.add(day, stage, first, vars(fact))
            if day >= first:
                waits[stage] += fact.waits
    _add_waits(series, waits)
    return series


def _add_up(models: ModelQuerySet, first: date) -> Series:
    series, days = Series(), Day.objects.filter(model__in=models.values("pk"))
    before = days.filter(day__lt=first).values_list("stage").annotate(total=Sum("change")).order_by()
    series.before = Counter(dict(before))
    since = days.filter(day__gte=first)
    sums = (Sum(name) for name in SUMS)
    for day, stage, *summed in since.values_list("day", "stage").annotate(*sums).order_by():
        series.add(day, stage, first, dict(zip(SUMS, summed, strict=True)))
    waits = defaultdict[str, list[int]](list)
    for stage, told in since.exclude(waits="").values_list("stage", "waits"):
        waits[stage] += map(int, told.split())
    _add_waits(series, waits)
    return series


def _add_waits(series: Series, waits: dict[str, list[int]]) -> None:
    for stage, seconds in waits.items():
        series.waits[stage] += Counter(seconds)


def _uncounted(rest: Tail) -> Facts:
    """Read the log from where the days end."""
    return facts_between(midnight(rest.since or _beginning()), clock.now())


def _beginning() -> date:
    first = Activity.objects.order_by("created_at").values_list("created_at", flat=True).first()
    return first.date() if first else clock.now().date() + DAY
