"""Tags: keys with values, about a model or one of its versions. They bind nothing: a lock, a stage or an approval leaves them free."""

from accounts.caller import Caller, Scope
from accounts.models import Role
from activity.log import Subject, record
from registry.access import authorise_on
from registry.content import clean_tag
from registry.models import ModelVersion, RegisteredModel, Tag
from registry.rules import check_not_archived
from registry.services.models import locked_model
from registry.services.versions import locked_version, subject


def set_model_tag(*, model_id: int, key: str, value: str, by: Caller) -> RegisteredModel:
    """Give a model a tag, or its tag another value; the same value again writes nothing.

    Effects, in order: the tag, activity `model.tagged` with before and after. Raises NotFound, Forbidden, Invalid, ModelArchived.
    """
    model = locked_model(model_id)
    _set(model, None, key, value, by)
    return model


def set_version_tag(*, version_id: int, key: str, value: str, by: Caller) -> ModelVersion:
    """Give a version a tag, or its tag another value; the same value again writes nothing.

    Effects, in order: the tag, activity `model_version.tagged` with before and after. Raises NotFound, Forbidden, Invalid,
    ModelArchived.
    """
    model, version = locked_version(version_id)
    _set(model, version, key, value, by)
    return version


def remove_model_tag(*, model_id: int, key: str, by: Caller) -> RegisteredModel:
    """Take a tag from a model; one that is not there is gone already.

    Effects, in order: the tag, activity `model.untagged`. Raises NotFound, Forbidden, ModelArchived.
    """
    model = locked_model(model_id)
    _remove(model, None, key, by)
    return model


def remove_version_tag(*, version_id: int, key: str, by: Caller) -> ModelVersion:
    """Take a tag from a version; one that is not there is gone already.

    Effects, in order: the tag, activity `model_version.untagged`. Raises NotFound, Forbidden, ModelArchived.
    """
    model, version = locked_version(version_id)
    _remove(model, version, key, by)
    return version


def _authorise(model: RegisteredModel, by: Caller) -> None:
    authorise_on(by, model, Role.EDITOR, Scope.WRITE)
    check_not_archived(model)


def _about(model: RegisteredModel, version: ModelVersion | None) -> tuple[str, Subject]:
    if version is None:
        return "model", Subject(workspace_id=model.workspace_id, model_id=model.pk)
    return "model_version", subject(version, model)


def _set(model: RegisteredModel, version: ModelVersion | None, key: str, value: str, by: Caller) -> None:
    _authorise(model, by)
    key, value = clean_tag(key, value)
    tag = Tag.objects.filter(model=model, version=version, key=key).first()
    before = tag.value if tag else None
    if before == value:
        return
    tag = tag or Tag(model=model, version=version, key=key)
    tag.value = value
    tag.save()
    kind, about = _about(model, version)
    record(f"{kind}.tagged", by=by.actor, on=about, data={"tag": key, "from": before, "to": value})


def _remove(model: RegisteredModel, version: ModelVersion | None, key: str, by: Caller) -> None:
    _authorise(model, by)
    tag = Tag.objects.filter(model=model, version=version, key=key).first()
    if tag is None:
        return
    tag.delete()
    kind, about = _about(model, version)
    record(f"{kind}.untagged", by=by.actor, on=about, data={"tag": key, "from": tag.value})
