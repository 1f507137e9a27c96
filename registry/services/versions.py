"""Model versions: registered, edited, locked, deleted."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.caller import Caller, Scope
from accounts.models import Role
from activity import clock
from activity.errors import Invalid, NotFound
from activity.log import Subject, record
from activity.prepared import prepared
from registry import content
from registry.access import authorise_on
from registry.errors import NameTaken
from registry.models import Alias, ModelVersion, RegisteredModel, Stage, StageAssignment
from registry.querysets import ModelQuerySet, StageQuerySet, VersionQuerySet
from registry.rules import check_content_edit, check_deletable, check_lock_change, check_not_archived, check_revision
from registry.services.models import locked_model, tags_told, touch
from registry.subscribers import ContentEdited, HoldersChanged, VersionDeleted, tell

CLEANERS = {
    "name": content.clean_version_name,
    "description": lambda value: content.clean_text(value, "description", 100_000),
    "artifact_uri": lambda value: content.clean_text(value, "artifact_uri", 2000).strip(),
    "artifact_digest": content.clean_digest,
    "metrics": content.clean_metrics,
    "parameters": lambda value: content.clean_json(value, "parameters"),
    "attributes": lambda value: content.clean_json(value, "attributes"),
    "labels": content.clean_labels,
    "run_url": lambda value: content.clean_url(value, "run_url"),
}


def register_version(*, model_id: int, by: Caller, tags: dict[str, str] | None = None, **fields: Any) -> ModelVersion:
    """Register a candidate: the next number of its model, unassigned.

    `fields` are those of `CLEANERS`, all optional; the name defaults to `v{number}`. Effects, in order: the model's counter, the
    version, its tags, activity `model_version.registered`. Raises NotFound, Forbidden, Invalid, NameTaken, ModelArchived.
    """
    model = locked_model(model_id)
    authorise_on(by, model, Role.EDITOR, Scope.WRITE)
    check_not_archived(model)
    version = make_version(model, by, fields)
    told = {"number": version.number, "name": version.name} | tags_told(model, version, tags)
    record("model_version.registered", by=by.actor, on=subject(version, model), data=told)
    return version


def make_version(
    model: RegisteredModel, by: Caller, fields: dict[str, Any], occurred_at: datetime | None = None, number: int = 0
) -> ModelVersion:
    """Return a version just written: the next number of its model, which is locked, or `number` where that is still to come.

    Its line is the caller's to write. Raises Invalid, NameTaken.
    """
    cleaned = _cleaned({field: value for field, value in fields.items() if not (field == "name" and not value)})
    model.last_number = max(model.last_number + 1, number)
    name = cleaned.pop("name", f"v{model.last_number}")
    _check_free(model, name)
    touch(model, "last_number")
    (unassigned,) = _unassigned(model.workspace_id)
    return ModelVersion.objects.create(
        model=model,
        number=model.last_number,
        name=name,
        stage=unassigned.key,
        created_by=by.person,
        content_edited_by_id=by.person.principal_id,
        created_at=model.updated_at,
        occurred_at=occurred_at,
        updated_at=model.updated_at,
        **cleaned,
    )


@prepared
def _unassigned(workspace_id: int) -> StageQuerySet:
    return Stage.objects.filter(workspace=workspace_id, kind=Stage.Kind.UNASSIGNED)


def subject(version: ModelVersion, model: RegisteredModel, request_id: int | None = None) -> Subject:
    """What a line about this version is about."""
    return Subject(workspace_id=model.workspace_id, model_id=model.pk, version_id=version.pk, request_id=request_id)


def locked_version(version_id: int) -> tuple[RegisteredModel, ModelVersion]:
    """Return the living model and version, locked in that order and read afresh. Raises NotFound."""
    model = _locked_model_of.one(version_id)
    if model is None:
        raise NotFound("There is no such version; it may have been deleted.")
    version = _locked.one(version_id)
    if version is None:
        raise NotFound("There is no such version; it was deleted just now.")
    version.model = model
    return model, version


@prepared
def _locked_model_of(version_id: int) -> ModelQuerySet:
    models = RegisteredModel.objects.select_for_update(of=("self",))
    return models.filter(deleted_at=None, versions=version_id, versions__deleted_at=None)


@prepared
def _locked(version_id: int) -> VersionQuerySet:
    return ModelVersion.objects.alive().select_for_update().filter(pk=version_id)


def _cleaned(fields: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(fields) - set(CLEANERS):
        raise Invalid(f"These cannot be set: {', '.join(sorted(unknown))}.", field=min(unknown))
    return {field: CLEANERS[field](value) for field, value in fields.items()}


def _check_free(model: RegisteredModel, name: str) -> None:
    if _called(model.pk, name):
        raise NameTaken(
            f"{model.name} has a version called “{name}” already, so nothing was changed. Choose another name.", field="name"
        )


@prepared
def _called(model_id: int, name: str) -> QuerySet[ModelVersion, int]:
    return ModelVersion.objects.alive().filter(model=model_id, name=name).values_list("pk", flat=True)


def held_stages(version: ModelVersion) -> list[Stage]:
    """The stages that a version holds, in order; none for an unassigned one."""
    return _held_by(version.pk)


@prepared
def _held_by(version_id: int) -> StageQuerySet:
    return Stage.objects.filter(assignments__version=version_id, assignments__left_at=None).order_by("position")


def edit_version(*, version_id: int, changes: dict[str, Any], by: Caller, revision: int | None = None) -> ModelVersion:
    """Change a version's fields, never its stage; what stays the same writes nothing.

    Effects, in order: the row (and who edited its governed content), activity `model_version.edited` with before and after,
    subscribers (approvals given for other content are void). Raises NotFound, Forbidden, Invalid, NameTaken, VersionLocked,
    Protected, ModelArchived, PreconditionFailed.
    """
    model, version = locked_version(version_id)
    role = authorise_on(by, model, Role.EDITOR, Scope.WRITE).role
    check_revision(version.revision, revision)
    check_not_archived(model)
    changes = {field: value for field, value in _cleaned(changes).items() if _differs(getattr(version, field), value)}
    if not changes:
        return version
    check_content_edit(version, held_stages(version), set(changes), role)
    if "name" in changes:
        _check_free(model, changes["name"])
    told = {field: {"from": getattr(version, field), "to": value} for field, value in changes.items()}
    for field, value in changes.items():
        setattr(version, field, value)
    governed = bool(set(changes) & set(content.GOVERNED))
    if governed:
        version.content_edited_by_id = by.person.principal_id
    touch(version, *changes, "content_edited_by")
    record("model_version.edited", by=by.actor, on=subject(version, model), data=told)
    if governed:
        tell(ContentEdited(version, by))
    return version


def _differs(before: Any, after: Any) -> bool:
    """Whether an edit changes anything: Python's True equals 1, in JSON they are two things."""
    return bool(before != after or (isinstance(after, dict) and content.spelling(before) != content.spelling(after)))


def lock_version(*, version_id: int, level: ModelVersion.Lock, by: Caller) -> ModelVersion:
    """Set the lock of a version. The same level again changes nothing.

    Effects, in order: the row, activity `model_version.locked` or `model_version.unlocked`. Raises NotFound, Forbidden.
    """
    model, version = locked_version(version_id)
    role = authorise_on(by, model, Role.EDITOR, Scope.WRITE).role
    check_lock_change(version, level, role)
    if level == version.lock_level:
        return version
    before, version.lock_level = version.lock_level, level
    touch(version, "lock_level")
    verb = "model_version.unlocked" if level == ModelVersion.Lock.OPEN else "model_version.locked"
    record(verb, by=by.actor, on=subject(version, model), data={"from": before, "to": str(level)})
    return version


def delete_version(*, version_id: int, by: Caller, revision: int | None = None) -> None:
    """Delete a version that was never in production and holds no protected stage; its lines stay, its number is never used again.

    Effects, in order: subscribers (a pending request ends as superseded), the row marked, what it held closed, its aliases gone, activity
    `model_version.deleted`, subscribers (whoever was to displace it no longer does). Raises NotFound, Forbidden, Protected,
    VersionLocked, PreconditionFailed.
    """
    model, version = locked_version(version_id)
    role = authorise_on(by, model, Role.EDITOR, Scope.WRITE).role
    check_revision(version.revision, revision)
    was_in_production = StageAssignment.objects.filter(version=version, stage__kind=Stage.Kind.PRODUCTION).exists()
    check_deletable(version, held_stages(version), was_in_production, role)
    tell(VersionDeleted(version, by, "the version was deleted"))
    version.deleted_at = clock.now()
    touch(version, "deleted_at")
    left = frozenset(stage.pk for stage in held_stages(version))
    StageAssignment.objects.now().filter(version=version).update(left_at=version.deleted_at)
    aliases = Alias.objects.filter(version=version)
    gone = {"aliases": names} if (names := [alias.name for alias in aliases]) else {}
    aliases.delete()
    told = {"number": version.number, "name": version.name} | gone
    record("model_version.deleted", by=by.actor, on=subject(version, model), data=told)
    if left:
        tell(HoldersChanged(model, left, by))
