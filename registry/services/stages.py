"""The one way a stage changes."""

from typing import Any

from accounts.caller import Caller
from activity.log import record
from registry.models import ModelVersion, Stage, StageAssignment
from registry.services.models import touch
from registry.services.versions import subject


def move_stage(*, version: ModelVersion, to: Stage, request_id: int, by: Caller, data: dict[str, Any]) -> ModelVersion:
    """Put a stage change into effect: called by `approvals.services` alone, with version and model locked.

    Effects, in order: activity `stage_change.applied`, the version's stage, its model's time of change, what it held closed, what it
    holds opened (Unassigned is nothing held). The database refuses the second without the first.
    """
    line = record(
        "stage_change.applied",
        by=by.actor,
        on=subject(version, version.model, request_id),
        from_stage=version.stage,
        to_stage=to.key,
        data=data,
    )
    version.enter(to)
    version.stage_activity_id = line.pk
    touch(version, "stage", "stage_activity_id")
    version.model.updated_at = line.created_at
    version.model.save(update_fields=["updated_at"])
    StageAssignment.objects.now().filter(version=version).update(left_at=line.created_at, closed_by_request_id=request_id)
    if to.kind != Stage.Kind.UNASSIGNED:
        StageAssignment.objects.create(
            model=version.model,
            version=version,
            stage=to,
            entered_at=line.created_at,
            opened_by_request_id=request_id,
            actor=by.person,
        )
    return version
