"""From an address to a row that the user may see: where every door begins. What they may not see is not there."""

from typing import Any

from accounts.models import User, Workspace
from accounts.querysets import WorkspaceQuerySet
from activity.errors import NotFound
from activity.prepared import prepared
from registry.models import ModelVersion, RegisteredModel, Stage
from registry.querysets import ModelQuerySet, VersionQuerySet, Viewer


def find_workspace(user: User | Any, slug: str) -> Workspace:
    """Return the workspace, with `my_role`. Raises NotFound."""
    workspace = _workspace_by.one(user.pk, slug)
    if workspace is None:
        raise NotFound(
            f"There is no workspace “{slug}” that you may see. Check the address, or ask one of its admins to add you."
        )
    return workspace


@prepared
def _workspace_by(user_id: int, slug: str) -> WorkspaceQuerySet:
    return Workspace.objects.with_role_of(Viewer(user_id, None)).filter(slug=slug)


def find_model(user: User | Any, slug: str, name: str) -> RegisteredModel:
    """Return the model with its workspace and owner. Raises NotFound."""
    model = _model_by.one(user.pk, user.owner_id, slug, name) if _can_be(name) else None
    if model is None:
        raise NotFound(
            f"There is no model “{name}” in “{slug}” that you may see. Check the address; it may have been renamed or deleted."
        )
    return model


@prepared
def _model_by(user_id: int, owner_id: int | None, slug: str, name: str) -> ModelQuerySet:
    models = RegisteredModel.objects.visible_to(Viewer(user_id, owner_id)).select_related("workspace", "owner")
    return models.filter(workspace__slug=slug, name=name)


def find_version(user: User | Any, slug: str, name: str, number: int) -> ModelVersion:
    """Return the version with its model and the people it names. Raises NotFound."""
    version = _version_by.one(user.pk, user.owner_id, slug, name, number) if _can_be(name) else None
    if version is None:
        raise NotFound(f"{name} has no version {number} that you may see. Check the address; it may have been deleted.")
    return version


@prepared
def _version_by(user_id: int, owner_id: int | None, slug: str, name: str, number: int) -> VersionQuerySet:
    versions = ModelVersion.objects.visible_to(Viewer(user_id, owner_id))
    named = versions.filter(model__workspace__slug=slug, model__name=name, number=number)
    return named.select_related("model__workspace", "created_by", "content_edited_by")


def find_stage(user: User | Any, slug: str, key: str) -> Stage:
    """Return a stage of a workspace, retired ones too. Raises NotFound."""
    workspace = find_workspace(user, slug)
    stage = Stage.objects.filter(workspace=workspace, key=key).first() if _can_be(key) else None
    if stage is None:
        raise NotFound(f"There is no stage “{key}” in {workspace.title}. Look it up in the workspace's settings.")
    stage.workspace = workspace
    return stage


def _can_be(name: str) -> bool:
    """Nothing has a NUL in its name, and PostgreSQL refuses even to look for it."""
    return "\x00" not in name
