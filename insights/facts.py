"""What happened between two moments, by day, model and stage: read from the log and from who held which stage when.

A version counts once, in the foremost stage that it holds, as everywhere on the pages. Days are those of UTC.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from activity.models import Activity
from approvals.models import StageChangeRequest
from registry.lifecycle import RANK
from registry.models import ModelVersion, Stage, StageAssignment

APPLIED = "stage_change.applied"
VERBS = (APPLIED, "model_version.registered", "model_version.displaced", "model_version.deleted", "model_version.imported")
APPROVED, BREAK_GLASS = "approved", "break-glass"
SLACK = timedelta(minutes=5)  # a line is written a moment after the time that its version or holding carries
CHUNK = 2_000
DAY = timedelta(days=1)


@dataclass
class Fact:
    """What a day did to one stage of one model; see `insights.models.Day`."""

    change: int = 0
    applied: int = 0
    skipped: int = 0
    break_glass: int = 0
    waits: list[int] = field(default_factory=list)


Key = tuple[date, int, str]  # the day, the model, the stage's key
Facts = dict[Key, Fact]
Line = tuple[int, datetime, str, int, str, int, str]  # version, moment, verb, model, to_stage, request, data


@dataclass
class Life:
    """When a version was there, and which stage it held from when until when, each with how far to the front it is."""

    model_id: int
    nowhere: str
    since: datetime
    until: datetime | None
    held: list[tuple[datetime, datetime | None, tuple[int, int], str]] = field(default_factory=list)

    def stage_before(self, moment: datetime) -> str:
        """Return the key of its stage just before a moment; nothing when it was not there."""
        if self.since >= moment or (self.until and self.until < moment):
            return ""
        held = [(rank, key) for entered, left, rank, key in self.held if entered < moment and not (left and left < moment)]
        return max(held)[1] if held else self.nowhere

    def days(self, start: datetime, end: datetime) -> set[date]:
        """Return the days between two moments on which something happened to it."""
        moments = [self.since, self.until, *(moment for entered, left, _, _ in self.held for moment in (entered, left))]
        return {moment.astimezone(UTC).date() for moment in moments if moment and start <= moment < end}


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins."""
    return datetime.combine(day, time.min, UTC)


def to_three_digits(seconds: float) -> int:
    """Return a span of time to three significant digits: exact enough to read, and few enough to keep."""
    whole = max(0, round(seconds))
    return round(whole, 3 - len(str(whole))) if whole > 999 else whole


def facts_between(start: datetime, end: datetime) -> Facts:
    """Return what happened from one moment up to another; as many queries as 2,000 versions each need, and five."""
    lines = Activity.objects.filter(created_at__gte=start - SLACK, created_at__lt=end + SLACK, verb__in=VERBS)
    touched: set[int] = set()
    applied: list[Line] = []
    for row in lines.values_list("version_id", "created_at", "verb", "model_id", "to_stage", "request_id", "data"):
        touched.add(row[0])  # type: ignore[arg-type]  # lines of these verbs are about a version of a model
        if row[2] == APPLIED and start <= row[1] < end:
            applied.append(row)  # type: ignore[arg-type]  # the same
    facts: defaultdict[Key, Fact] = defaultdict(Fact)
    for life in _lives(touched):
        for day in life.days(start, end):
            before, after = life.stage_before(midnight(day)), life.stage_before(min(midnight(day) + DAY, end))
            for key, change in ((before, -1), (after, 1)):
                if key and before != after:
                    facts[day, life.model_id, key].change += change
    _count_changes(facts, applied)
    return dict(facts)


def _lives(version_ids: Iterable[int]) -> Iterator[Life]:
    ids = sorted(version_ids)
    stages = {stage.pk: ((RANK.index(stage.kind), stage.position), stage.key) for stage in Stage.objects.all()}
    nowhere = dict(Stage.objects.filter(kind=Stage.Kind.UNASSIGNED).values_list("workspace_id", "key"))
    for at in range(0, len(ids), CHUNK):
        chunk = ids[at : at + CHUNK]
        lives = {
            pk: Life(model_id, nowhere[workspace_id], since, until)
            for pk, model_id, workspace_id, since, until in ModelVersion.objects.filter(pk__in=chunk).values_list(
                "pk", "model_id", "model__workspace_id", "created_at", "deleted_at"
            )
        }
        held = StageAssignment.objects.filter(version__in=chunk)
        for pk, stage_id, entered, left in held.values_list("version_id", "stage_id", "entered_at", "left_at"):
            lives[pk].held.append((entered, left, *stages[stage_id]))
        yield from lives.values()


def _count_changes(facts: defaultdict[Key, Fact], lines: list[Line]) -> None:
    """Count the changes that took effect, and how long the approved ones had waited."""
    told = [(line, json.loads(line[6])) for line in lines]
    approved = [line[5] for line, data in told if data.get("effect") == APPROVED]
    asked: dict[int, datetime] = {}
    for at in range(0, len(approved), CHUNK):
        requests = StageChangeRequest.objects.filter(pk__in=approved[at : at + CHUNK])
        asked |= dict(requests.values_list("pk", "created_at"))
    for (_, moment, _, model_id, to_stage, request_id, _), data in told:
        entered = data.get("entered") or to_stage  # the line's own is the foremost of several that the version holds then
        fact = facts[moment.astimezone(UTC).date(), model_id, entered]
        fact.applied += 1
        fact.skipped += bool(data.get("skipped_stages"))
        fact.break_glass += data.get("effect") == BREAK_GLASS
        if request_id in asked:
            fact.waits.append(to_three_digits((moment - asked[request_id]).total_seconds()))
