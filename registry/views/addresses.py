"""Where things are found."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Workspace
from registry.models import ModelVersion, RegisteredModel


def model_url(model: RegisteredModel, page: str = "model") -> str:
    """The address of a model's page; the model comes with its workspace."""
    return reverse(page, args=[model.workspace.slug, model.name])


def version_url(version: ModelVersion, page: str = "version") -> str:
    """The address of a version's page; the version comes with its model and workspace."""
    return reverse(page, args=[version.model.workspace.slug, version.model.name, version.number])


def models_url(**filters: Any) -> str:
    """The address of the catalogue, filtered."""
    return f"{reverse('models')}?{urlencode(filters)}" if filters else reverse("models")


def find_url(model: RegisteredModel, stage_key: str) -> str:
    """The address of the list of a model's versions that stand in a stage."""
    return f"{model_url(model, 'model-versions')}?{urlencode({'find': f'stage == {stage_key}'})}"


def with_query(request: HttpRequest, **changes: str) -> str:
    """This page's address with some parameters changed; an empty one is left out, and the list starts from its beginning."""
    query = {name: value for name, value in (request.GET.dict() | changes).items() if value and name != "cursor"}
    return f"{request.path}?{urlencode(query)}" if query else request.path


Crumb = tuple[str, str]


def workspace_crumbs(workspace: Workspace) -> list[Crumb]:
    """From the top down to a workspace's models."""
    return [("Models", reverse("models")), (workspace.title, models_url(workspace=workspace.slug))]


def model_crumbs(model: RegisteredModel) -> list[Crumb]:
    """From the top down to a model."""
    return [*workspace_crumbs(model.workspace), (model.name, model_url(model))]


def version_crumbs(version: ModelVersion) -> list[Crumb]:
    """From the top down to a version."""
    return [*model_crumbs(version.model), (version.name, version_url(version))]
