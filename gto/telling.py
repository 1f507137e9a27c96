"""Which tags a line of the log becomes. Lines of one stage change are one change: all its tags are written, or none."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from activity.models import Activity
from gto.tags import Event

APPLIED, DISPLACED = "stage_change.applied", "model_version.displaced"
REGISTERED = ("model_version.registered", "model_version.imported")
VERBS = (
    *REGISTERED, "model_version.stage_imported", "model_version.deleted", APPLIED, DISPLACED,
    "model.archived", "model.unarchived", "model.deleted",
)  # fmt: skip


Kinds = Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """A tag to be written. `past`: it happened elsewhere at `at`, and is not put after what is there."""

    event: Event
    line: Activity
    at: datetime
    stage: str = ""
    past: bool = False


@dataclass(frozen=True)
class Change:
    """Lines that belong together, with their tags in the order in which they happen."""

    lines: list[Activity]
    tags: list[Wanted] = field(default_factory=list)


def changes(lines: Iterable[Activity], kinds: Kinds) -> Iterator[Change]:
    """Return what a model's lines come to, in order; `kinds` are those of the workspace's stages, by key."""
    together: list[Activity] = []
    for line in lines:
        same = together and line.verb == DISPLACED and line.request_id == together[0].request_id
        if together and not same:
            yield _change(together, kinds)
            together = []
        together.append(line)
    if together:
        yield _change(together, kinds)


def _change(lines: list[Activity], kinds: Kinds) -> Change:
    if lines[0].verb in (APPLIED, DISPLACED):
        return Change(lines, _moves(lines, kinds))
    (line,) = lines
    data = json.loads(line.data)
    if line.verb in REGISTERED:
        past = "occurred_at" in data
        at = datetime.fromisoformat(data["occurred_at"]) if past else line.created_at
        return Change(lines, [Wanted(Event.REGISTRATION, line, at, past=past)])
    if line.verb == "model_version.stage_imported":
        return Change(lines, list(_held(line, data)))
    if line.verb == "model_version.deleted":
        return Change(lines, [Wanted(Event.DEREGISTRATION, line, line.created_at)])
    event = Event.REGISTRATION if line.verb == "model.unarchived" else Event.DEPRECATION
    return Change(lines, [Wanted(event, line, line.created_at)])


def _held(line: Activity, data: dict[str, Any]) -> Iterator[Wanted]:
    """What was brought over: entered then, and left then if it was over."""
    yield Wanted(Event.ASSIGNMENT, line, datetime.fromisoformat(data["occurred_at"]), data["stage"], past=True)
    if data.get("left_at"):
        yield Wanted(Event.UNASSIGNMENT, line, datetime.fromisoformat(data["left_at"]), data["stage"], past=True)


def _moves(lines: list[Activity], kinds: Kinds) -> list[Wanted]:
    """First all that is left, then what is entered, the newcomer's last: so the last tag that names a stage says who has it.

    Who had to make room enters nothing, unless it was archived: else it stands in what it held besides, or nowhere.
    """
    left, entered = [], []
    for line in lines:
        data = json.loads(line.data)
        gone = data.get("left", [] if kinds[line.from_stage] == "unassigned" else [line.from_stage])
        left += [Wanted(Event.UNASSIGNMENT, line, line.created_at, stage) for stage in gone]
        to = data.get("entered", line.to_stage)
        if kinds[to] != "unassigned" and (line.verb == APPLIED or kinds[to] == "archived"):
            entered.append(Wanted(Event.ASSIGNMENT, line, line.created_at, to))
    return left + entered[1:] + entered[:1]
