"""Aliases: names of versions that programs load by."""

from accounts.caller import Caller, Scope
from accounts.models import Role
from activity.log import record
from registry.access import authorise_on
from registry.content import clean_alias
from registry.models import Alias, ModelVersion, RegisteredModel
from registry.rules import check_may_point, check_not_archived
from registry.services.models import locked_model
from registry.services.versions import held_stages, locked_version, subject


def set_alias(*, version_id: int, name: str, by: Caller) -> ModelVersion:
    """Point an alias at a version; it then points at no other. An admin's right where either is in a protected stage (decision 35).

    Effects, in order: the alias, activity `alias.moved` with the version before. Pointed there already, nothing is written. Raises
    NotFound, Forbidden, Invalid, ModelArchived.
    """
    model, version = locked_version(version_id)
    role = authorise_on(by, model, Role.EDITOR, Scope.WRITE).role
    check_not_archived(model)
    name = clean_alias(name)
    alias = Alias.objects.select_related("version").filter(model=model, name=name).first()
    if alias and alias.version_id == version.pk:
        return version
    before = alias.version if alias else None
    for each in (before, version) if before else (version,):
        check_may_point(each, held_stages(each), name, role)
    alias = alias or Alias(model=model, name=name)
    alias.version = version
    alias.save()
    told = {"alias": name, "from": before.number if before else None, "to": version.number}
    record("alias.moved", by=by.actor, on=subject(version, model), data=told)
    return version


def remove_alias(*, model_id: int, name: str, by: Caller) -> RegisteredModel:
    """Let an alias point nowhere; one that is not there is gone already. An admin's right where its version is in a protected stage.

    Effects, in order: the alias, activity `alias.removed`. Raises NotFound, Forbidden, ModelArchived.
    """
    model = locked_model(model_id)
    role = authorise_on(by, model, Role.EDITOR, Scope.WRITE).role
    check_not_archived(model)
    alias = Alias.objects.select_related("version").filter(model=model, name=name).first()
    if alias is None:
        return model
    check_may_point(alias.version, held_stages(alias.version), name, role)
    alias.delete()
    told = {"alias": name, "from": alias.version.number}
    record("alias.removed", by=by.actor, on=subject(alias.version, model), data=told)
    return model
