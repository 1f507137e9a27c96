"""Registered models: made, edited, archived, deleted."""

from typing import Any

from django.db.models import Max

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.errors import Forbidden
from accounts.models import Membership, Role, User
from activity import clock
from activity.errors import Invalid, NotFound
from activity.log import Subject, record
from activity.prepared import prepared
from registry.access import authorise_on
from registry.content import clean_directions, clean_labels, clean_model_name, clean_tag, clean_text
from registry.errors import NameTaken, Protected
from registry.models import ModelVersion, RegisteredModel, Stage, StageAssignment, Tag
from registry.querysets import ModelQuerySet
from registry.rules import check_leads, check_not_archived, check_revision
from registry.subscribers import VersionDeleted, tell

EDITABLE = ("name", "description", "readme", "labels", "metric_directions", "owner_id")


def register_model(
    *,
    workspace_id: int,
    name: str,
    by: Caller,
    description: str = "",
    readme: str = "",
    labels: list[str] | None = None,
    tags: dict[str, str] | None = None,
    metric_directions: dict[str, str] | None = None,
    private: bool = False,
) -> RegisteredModel:
    """Register a modelling task; the caller owns it, a service account's owner where that calls. A private one nobody else sees yet.

    Effects, in order: the model, its tags, activity `model.registered`. Versions of a deleted model of that name keep their numbers:
    counting goes on after them. Raises NotFound, Forbidden, Invalid, NameTaken.
    """
    authorise(by, workspace_id, Role.EDITOR, Scope.WRITE)
    name = clean_model_name(name)
    namesakes = RegisteredModel.objects.filter(workspace_id=workspace_id, name=name)
    _check_free(workspace_id, name)
    moment = clock.now()
    model = RegisteredModel.objects.create(
        workspace_id=workspace_id,
        name=name,
        description=clean_text(description, "description", 100_000),
        readme=clean_text(readme, "readme", 500_000),
        labels=clean_labels(labels or []),
        metric_directions=clean_directions(metric_directions or {}),
        private=private,
        owner_id=by.person.principal_id,
        owner_given_by_principal_id=by.principal_id,
        owner_given_at=moment,
        last_number=namesakes.aggregate(last=Max("last_number"))["last"] or 0,
        created_at=moment,
        updated_at=moment,
    )
    told = {"name": name} | ({"private": True} if private else {}) | tags_told(model, None, tags)
    record("model.registered", by=by.actor, on=Subject(workspace_id=workspace_id, model_id=model.pk), data=told)
    return model


def tags_told(model: RegisteredModel, version: ModelVersion | None, tags: dict[str, str] | None) -> dict[str, Any]:
    """Give something new its tags, and return what its own line tells of them: nothing where there are none. Raises Invalid."""
    cleaned = dict(clean_tag(key, value) for key, value in (tags or {}).items())
    if cleaned:
        Tag.objects.bulk_create(Tag(model=model, version=version, key=key, value=value) for key, value in cleaned.items())
    return {"tags": cleaned} if cleaned else {}


def _check_free(workspace_id: int, name: str) -> None:
    if RegisteredModel.objects.filter(workspace_id=workspace_id, name=name, deleted_at=None).exists():
        raise NameTaken(f"There is a model called “{name}” already, so nothing was changed. Choose another name.", field="name")


def locked_model(model_id: int) -> RegisteredModel:
    """Return the living model's row, locked: the first lock of every change below it. Raises NotFound."""
    model = _locked.one(model_id)
    if model is None:
        raise NotFound("There is no such model; it may have been deleted.")
    return model


@prepared
def _locked(model_id: int) -> ModelQuerySet:
    return RegisteredModel.objects.select_for_update().filter(pk=model_id, deleted_at=None)


def edit_model(*, model_id: int, changes: dict[str, Any], by: Caller, revision: int | None = None) -> RegisteredModel:
    """Change name (admins), description, readme, labels, metric directions or owner (who leads it); what stays the same writes nothing.

    Effects, in order: the row, activity `model.edited` (or `model.renamed`, with before and after). `revision` is the one that the
    caller read. Raises NotFound, Forbidden, Invalid, NameTaken, ModelArchived, PreconditionFailed.
    """
    model = locked_model(model_id)
    standing = authorise_on(by, model, Role.EDITOR, Scope.WRITE)
    check_revision(model.revision, revision)
    check_not_archived(model)
    changes = {field: value for field, value in _cleaned(changes).items() if getattr(model, field) != value}
    if not changes:
        return model
    if "name" in changes:
        if standing.role != Role.ADMIN:
            raise Forbidden("Only an admin renames a model, because scripts know it by its name. Nothing was changed.")
        _check_free(model.workspace_id, changes["name"])
    if "owner_id" in changes:
        check_leads(standing.leads, model, "say who owns it")
        _check_can_own(model.workspace_id, changes["owner_id"])
    told = {
        field: {"from": getattr(model, field), "to": value}
        for field, value in changes.items()
        if field not in ("description", "readme")
    }
    told |= {field: "edited" for field in changes if field in ("description", "readme")}  # type: ignore[misc]
    if "owner_id" in changes:
        changes |= {"owner_given_by_principal_id": by.principal_id, "owner_given_at": clock.now()}
    for field, value in changes.items():
        setattr(model, field, value)
    touch(model, *changes)
    verb = "model.renamed" if "name" in changes else "model.edited"
    record(verb, by=by.actor, on=Subject(workspace_id=model.workspace_id, model_id=model.pk), data=told)
    return model


def touch(row: RegisteredModel | ModelVersion, *fields: str) -> None:
    """Save the named fields of a locked row as a new revision of it."""
    row.revision += 1
    row.updated_at = clock.now()
    row.save(update_fields=[*fields, "revision", "updated_at"])


def _cleaned(changes: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(changes) - set(EDITABLE):
        raise Invalid(f"These cannot be edited: {', '.join(sorted(unknown))}.", field=min(unknown))
    cleaners = {
        "name": clean_model_name,
        "description": lambda value: clean_text(value, "description", 100_000),
        "readme": lambda value: clean_text(value, "readme", 500_000),
        "labels": clean_labels,
        "metric_directions": clean_directions,
        "owner_id": int,
    }
    return {field: cleaners[field](value) for field, value in changes.items()}  # type: ignore[operator]


def _check_can_own(workspace_id: int, user_id: int) -> None:
    member = Membership.objects.who_decide().filter(workspace_id=workspace_id, user_id=user_id, user__kind=User.Kind.PERSON)
    if not member.exists():
        raise Invalid("An owner is an active editor or admin of the workspace. Choose one of them.", field="owner")


def archive_model(*, model_id: int, by: Caller) -> RegisteredModel:
    """Put a model away: it takes nothing new, and requests for its versions end.

    Effects, in order: the row, subscribers (pending requests end as superseded), activity `model.archived`. Raises NotFound,
    Forbidden, Protected while a version holds a protected stage.
    """
    model = locked_model(model_id)
    authorise_on(by, model, Role.EDITOR, Scope.WRITE)
    if model.archived_at:
        return model
    _check_nothing_protected(model, "archived")
    model.archived_at = clock.now()
    touch(model, "archived_at")
    _let_go(model, by, "the model was archived")
    record("model.archived", by=by.actor, on=Subject(workspace_id=model.workspace_id, model_id=model.pk))
    return model


def unarchive_model(*, model_id: int, by: Caller) -> RegisteredModel:
    """Take a model out of the archive; an admin's right. Effects: the row, activity `model.unarchived`."""
    model = locked_model(model_id)
    authorise_on(by, model, Role.ADMIN, Scope.ADMIN)
    if model.archived_at:
        model.archived_at = None
        touch(model, "archived_at")
        record("model.unarchived", by=by.actor, on=Subject(workspace_id=model.workspace_id, model_id=model.pk))
    return model


def delete_model(*, model_id: int, by: Caller, revision: int | None = None) -> None:
    """Delete a model with all its versions; its lines stay, its numbers are never used again.

    Effects, in order: versions and model marked, subscribers (pending requests end as superseded), activity `model.deleted`. Raises
    NotFound, Forbidden, Protected, PreconditionFailed.
    """
    model = locked_model(model_id)
    authorise_on(by, model, Role.EDITOR, Scope.WRITE)
    check_revision(model.revision, revision)
    _check_nothing_protected(model, "deleted")
    moment = clock.now()
    if StageAssignment.objects.filter(model=model, stage__kind=Stage.Kind.PRODUCTION).exists():
        raise Protected(f"A version of {model.name} was in production, so the model is kept for good. Archive it instead.")
    if locked := ModelVersion.objects.alive().filter(model=model).exclude(lock_level=ModelVersion.Lock.OPEN).first():
        raise Protected(f"{locked.name} of {model.name} is locked, so the model was not deleted. Lower the lock first.")
    _let_go(model, by, "the model was deleted")
    ModelVersion.objects.alive().filter(model=model).update(deleted_at=moment)
    StageAssignment.objects.now().filter(model=model).update(left_at=moment)
    model.deleted_at = moment
    touch(model, "deleted_at")
    record(
        "model.deleted", by=by.actor, on=Subject(workspace_id=model.workspace_id, model_id=model.pk), data={"name": model.name}
    )


def _check_nothing_protected(model: RegisteredModel, what: str) -> None:
    held = StageAssignment.objects.now().filter(model=model, stage__protected=True).select_related("version", "stage").first()
    if held:
        raise Protected(
            f"{held.version.name} of {model.name} is in {held.stage.name}, so the model was not {what}. Move it on first."
        )


def _let_go(model: RegisteredModel, by: Caller, reason: str) -> None:
    """Tell subscribers that nobody waits for these versions any more."""
    for version in ModelVersion.objects.alive().select_for_update().filter(model=model).order_by("pk"):
        tell(VersionDeleted(version, by, reason))
