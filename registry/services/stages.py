"""The one way a stage changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.caller import Caller
from activity.log import record
from registry.incumbents import Entry, Incumbent, incumbents_of
from registry.lifecycle import foremost, kept_stages
from registry.models import ModelVersion, Stage, StageAssignment
from registry.services.models import touch
from registry.services.versions import held_stages, subject
from registry.subscribers import HoldersChanged, tell


@dataclass(frozen=True)
class _Cause:
    """What a stage change is part of: the request, who put it into effect, and the moment of its line."""

    request_id: int
    by: Caller
    at: datetime


def move_stage(
    *, version: ModelVersion, to: Stage, request_id: int, by: Caller, data: dict[str, Any], archive_incumbents: bool = False
) -> ModelVersion:
    """Put a stage change into effect: called by `approvals.services` alone, with version and model locked.

    Effects, in order: activity `stage_change.applied`, the version's stage, its model's time of change; for each version that makes
    room (an exclusive stage, or `archive_incumbents`) activity `model_version.displaced`, its stage and what it held; what the version
    leaves closed, what it enters opened (Unassigned is nothing held); subscribers. Its stage is then the foremost that it holds. The
    database refuses a stage without its line.
    """
    held = held_stages(version)
    keeps = kept_stages(held, to, multi_hold=version.model.workspace.multi_hold)
    left = [stage for stage in held if stage not in keeps]
    (incumbents,) = incumbents_of([Entry(version, to, archive_incumbents)])
    after = foremost([*keeps, to])
    line = record(
        "stage_change.applied",
        by=by.actor,
        on=subject(version, version.model, request_id),
        from_stage=version.stage,
        to_stage=after.key,
        data=data | _beyond_the_line(version.stage, held, [stage.key for stage in left], to, after),
    )
    stand(version, after, line.pk)
    version.model.updated_at = line.created_at
    version.model.save(update_fields=["updated_at"])
    cause = _Cause(request_id, by, line.created_at)
    displaced = _displace(incumbents, version, cause)
    _leave(version, left, cause)
    _enter(version, to, cause)
    touched = {to, *left, *keeps, *(stage for incumbent in incumbents for stage in incumbent.keeps)}
    reason = f"{version.name} took its place in {to.name}"
    stage_ids = frozenset(stage.pk for stage in touched)
    tell(HoldersChanged(version.model, stage_ids, by, displaced=displaced, request_id=request_id, reason=reason))
    return version


def _beyond_the_line(here: str, held: list[Stage], left: list[str], to: Stage, after: Stage) -> dict[str, Any]:
    """What the line's two stages do not say: the one entered, where another stays foremost; those left, where more or fewer are."""
    entered = {} if to == after else {"entered": to.key}
    return entered if left == ([here] if held else []) else entered | {"left": left}


def stand(version: ModelVersion, stage: Stage, line_id: int) -> None:
    """Let a version, which the caller has locked or just made, stand in a stage, by that line."""
    version.enter(stage)
    version.stage_activity_id = line_id
    touch(version, "stage", "stage_activity_id")


def _leave(version: ModelVersion, stages: list[Stage], cause: _Cause) -> None:
    if stages:
        held = StageAssignment.objects.now().filter(version=version, stage__in=stages)
        held.update(left_at=cause.at, closed_by_request_id=cause.request_id)


def _enter(version: ModelVersion, stage: Stage, cause: _Cause) -> None:
    if stage.kind != Stage.Kind.UNASSIGNED:
        StageAssignment.objects.create(
            model=version.model,
            version=version,
            stage=stage,
            exclusive=stage.exclusive,
            entered_at=cause.at,
            opened_by_request_id=cause.request_id,
            actor=cause.by.person,
        )


def _displace(incumbents: tuple[Incumbent, ...], newcomer: ModelVersion, cause: _Cause) -> tuple[ModelVersion, ...]:
    """Move the holders out, locked by id; one line for each. Returns those rows."""
    if not incumbents:
        return ()
    rows = ModelVersion.objects.select_for_update().filter(pk__in=[incumbent.version.pk for incumbent in incumbents])
    locked = {row.pk: row for row in rows.order_by("pk")}
    for incumbent in incumbents:
        version = locked[incumbent.version.pk]
        version.model = newcomer.model
        line = record(
            "model_version.displaced",
            by=cause.by.actor,
            on=subject(version, version.model, cause.request_id),
            from_stage=version.stage,
            to_stage=incumbent.becomes.key,
            data={
                "number": version.number,
                "name": version.name,
                "left": [incumbent.leaves.key],
                "displaced_by": newcomer.number,
            },
        )
        stand(version, incumbent.becomes, line.pk)
        _leave(version, [incumbent.leaves], cause)
        if not incumbent.keeps:
            _enter(version, incumbent.becomes, cause)
    return tuple(locked.values())
