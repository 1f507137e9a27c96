"""What another system knows of a version, brought over: the version itself, and which stages it held there when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.models import Role, User
from activity.hashing import iso
from activity.log import record
from registry.lifecycle import foremost
from registry.models import ModelVersion, Stage, StageAssignment
from registry.rules import check_not_archived
from registry.services.models import locked_model, tags_told
from registry.services.stages import stand
from registry.services.versions import make_version, subject


@dataclass(frozen=True)
class PastStage:
    """A stage that a version held elsewhere, until `left_at` or still; `actor` is who brought it there, where they are known here."""

    stage: Stage
    entered_at: datetime
    left_at: datetime | None
    actor: User | None
    external_id: str


def import_version(
    *,
    model_id: int,
    by: Caller,
    occurred_at: datetime,
    origin: dict[str, Any],
    held: Iterable[PastStage] = (),
    tags: dict[str, str] | None = None,
    number: int = 0,
    **fields: Any,
) -> ModelVersion:
    """Register a version that another system registered at `occurred_at`, with the stages that it held there: for imports alone.

    What it holds there still, it holds here from then on, marked as imported. It keeps its `number` there where the model has not come
    that far; numbers that are left out are never given. Effects, in order: the model's counter, the version,
    its tags, activity `model_version.imported` (with `origin`: which import, from where); for each stage, the oldest first, activity
    `model_version.stage_imported`, the version's stage where that is held still, the holding. Raises NotFound, Forbidden, Invalid,
    NameTaken, ModelArchived. The database lets an import's line move a version only while the log knows nothing else of it.
    """
    model = locked_model(model_id)
    authorise(by, model.workspace_id, Role.ADMIN, Scope.ADMIN)
    check_not_archived(model)
    version = make_version(model, by, fields, occurred_at=occurred_at, number=number)
    said = {"number": version.number, "name": version.name, "occurred_at": iso(occurred_at), **origin}
    said |= tags_told(model, version, tags)
    record("model_version.imported", by=by.actor, on=subject(version, model), data=said)
    for past in sorted(held, key=lambda each: (each.entered_at, each.stage.position)):
        _bring_over(version, past, by, origin)
    return version


def _bring_over(version: ModelVersion, past: PastStage, by: Caller, origin: dict[str, Any]) -> None:
    """Write the line and the holding; one that is not over moves the version's stage, by that line."""
    here, after = "", ""
    if past.left_at is None:
        still = Stage.objects.filter(assignments__version=version, assignments__left_at=None)
        here, after = version.stage, foremost([*still, past.stage]).key
    line = record(
        "model_version.stage_imported",
        by=by.actor,
        on=subject(version, version.model),
        from_stage=here,
        to_stage=after,
        data={
            "stage": past.stage.key,
            "occurred_at": iso(past.entered_at),
            "external_id": past.external_id,
            **({"left_at": iso(past.left_at)} if past.left_at else {}),
            **({"entered": past.stage.key} if after and after != past.stage.key else {}),
            **({"author": past.actor.pk} if past.actor else {}),
            **origin,
        },
    )
    if after:
        stand(version, Stage.objects.get(workspace_id=past.stage.workspace_id, key=after), line.pk)
    StageAssignment.objects.create(
        model=version.model,
        version=version,
        stage=past.stage,
        exclusive=past.stage.exclusive,
        entered_at=past.entered_at,
        left_at=past.left_at,
        imported_activity_id=line.pk,
        actor=past.actor or by.person,
    )
