"""From an address to a row that the user may see: where every door begins. What they may not see is not there."""

from typing import Any

from accounts.models import User, Workspace
from activity.errors import NotFound
from registry.models import ModelVersion, RegisteredModel, Stage


def find_workspace(user: User | Any, slug: str) -> Workspace:
    """Return the workspace, with `my_role`. Raises NotFound."""
    workspace = Workspace.objects.with_role_of(user).filter(slug=slug).first()
    if workspace is None:
        raise NotFound(
            f"There is no workspace “{slug}” that you may see. Check the address, or ask one of its admins to add you."
        )
    return workspace


def find_model(user: User | Any, slug: str, name: str) -> RegisteredModel:
    """Return the model with its workspace and owner. Raises NotFound."""
    models = RegisteredModel.objects.visible_to(user).select_related("workspace", "owner")
    model = models.filter(workspace__slug=slug, name=name).first() if _can_be(name) else None
    if model is None:
        raise NotFound(
            f"There is no model “{name}” in “{slug}” that you may see. Check the address; it may have been renamed or deleted."
        )
    return model


def find_version(user: User | Any, slug: str, name: str, number: int) -> ModelVersion:
    """Return the version with its model and the people it names. Raises NotFound."""
    versions = ModelVersion.objects.visible_to(user).select_related("model__workspace", "created_by", "content_edited_by")
    version = None
    if _can_be(name):
        version = versions.filter(model__workspace__slug=slug, model__name=name, number=number).first()
    if version is None:
        raise NotFound(f"{name} has no version {number} that you may see. Check the address; it may have been deleted.")
    return version


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
