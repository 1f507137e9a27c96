"""The figures behind the charts, for one reader: of the models that they may see, and of no other."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q

from accounts.models import Workspace
from activity import clock
from approvals.models import StageChangeRequest
from insights.facts import DAY
from insights.quantiles import quantile
from insights.series import MINUTE, Series, remembered, series_of, tail
from registry.models import RegisteredModel, Stage
from registry.querysets import ModelQuerySet

STEPS = {30: 1, 90: 3, 365: 5}  # periods in days, and how many days each point of a chart stands for
BANDS = ((0, 1), (1, 3), (3, 7), (7, 14), (14, 30), (30, None))  # ages of pending requests, in days


@dataclass(frozen=True)
class Point:
    """Some days up to and including `until`: versions by stage at their end, and the changes that took effect in them."""

    since: date
    until: date
    versions: dict[str, int]
    applied: int
    skipped: int
    break_glass: int


@dataclass(frozen=True)
class Wait:
    """How long approved changes into a stage took from asking to effect; seconds, to three digits."""

    stage: str
    count: int
    median: int
    ninetieth: int


@dataclass(frozen=True)
class Band:
    """How many requests have waited from so many days up to so many; None is for ever."""

    since: int
    until: int | None
    count: int


@dataclass(frozen=True)
class Figures:
    """Everything that the charts show. `told_until` is set where the end of the log is still to be counted."""

    days: int
    stages: list[Stage]
    points: list[Point]
    waits: list[Wait]
    wait: Wait | None
    bands: list[Band]
    oldest: datetime | None
    told_until: date | None

    @property
    def pending(self) -> int:
        """How many requests wait."""
        return sum(band.count for band in self.bands)

    @property
    def applied(self) -> int:
        """How many changes took effect."""
        return sum(point.applied for point in self.points)

    @property
    def skipped(self) -> int:
        """How many of them skipped a stage."""
        return sum(point.skipped for point in self.points)

    @property
    def break_glass(self) -> int:
        """How many of them were break-glass."""
        return sum(point.break_glass for point in self.points)

    @property
    def versions(self) -> dict[str, int]:
        """How many versions stand in which stage at the end."""
        return self.points[-1].versions


def figures_for(user: Any, days: int, *, workspace: str = "", model: str = "") -> Figures:
    """Return the figures of a period that ends now; of one workspace, or of one model of any name in what is left.

    Ten queries at most, whatever there is. A name that the user may see nothing of finds nothing.
    """
    models = RegisteredModel.objects.visible_to(user)
    if workspace:
        models = models.filter(workspace__slug=workspace)
    if model:
        models = models.filter(name=model)
    return figures_of(models, days)


def figures_of(models: ModelQuerySet, days: int, *, ages: bool = True) -> Figures:
    """Return the figures of these models; those of what is pending only where they are wanted."""
    today, rest, ids = clock.now().date(), tail(), list(models.order_by("pk").values_list("pk", flat=True))
    first = today - (days - 1) * DAY
    series, stages = series_of(models, ids, first, rest), _stages(models)
    bands, oldest = remembered(MINUTE, lambda: _ages(models), "ages", ids, rest.line_id) if ages else ([], None)
    return Figures(
        days=days,
        stages=stages,
        points=_points(series, first, today, STEPS[days]),
        waits=_waits(series, stages),
        wait=_wait("", sum(series.waits.values(), Counter())),
        bands=bands,
        oldest=oldest,
        told_until=None if rest.read else (rest.since or first) - DAY,
    )


def _stages(models: ModelQuerySet) -> list[Stage]:
    """The stages of the models' workspaces in order; those of one key are told together."""
    workspaces = Workspace.objects.filter(pk__in=models.values("workspace_id"))
    found: dict[str, Stage] = {}
    for stage in Stage.objects.filter(workspace__in=workspaces).order_by("position", "workspace_id"):
        found.setdefault(stage.key, stage)
    return list(found.values())


def _points(series: Series, first: date, today: date, step: int) -> list[Point]:
    points, versions, since = [], Counter(series.before), first
    while since <= today:
        within = [since + at * DAY for at in range(step)]
        applied: Counter[str] = Counter()
        for day in within:
            for key, change in series.changes.get(day, Counter()).items():
                versions[key] += change
            applied += series.applied.get(day, Counter())
        told = {key: count for key, count in versions.items() if count}
        points.append(Point(since, within[-1], told, applied["applied"], applied["skipped"], applied["break_glass"]))
        since += step * DAY
    return points


def _waits(series: Series, stages: list[Stage]) -> list[Wait]:
    """One for each stage that an approved change led to, in their order."""
    keys = [stage.key for stage in stages]
    return [wait for key in keys if (wait := _wait(key, series.waits.get(key, Counter())))]


def _wait(stage: str, counts: Counter[int]) -> Wait | None:
    middle, ninetieth = quantile(counts, 0.5), quantile(counts, 0.9)
    if middle is None or ninetieth is None:
        return None
    return Wait(stage, counts.total(), round(middle), round(ninetieth))


def _ages(models: ModelQuerySet) -> tuple[list[Band], datetime | None]:
    """How long what is pending has waited, and since when the oldest; one query."""
    now = clock.now()
    pending = StageChangeRequest.objects.pending().filter(version__model__in=models.values("pk"))
    counted: dict[str, Any] = {}
    for since, until in BANDS:
        within = Q(created_at__lte=now - timedelta(days=since)) if since else Q()
        within &= Q(created_at__gt=now - timedelta(days=until)) if until else Q()
        counted[f"from_{since}"] = Count("pk", filter=within)
    found = pending.aggregate(oldest=Min("created_at"), **counted)
    return [Band(since, until, found[f"from_{since}"]) for since, until in BANDS], found["oldest"]
