"""Registered models."""

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User, Workspace
from activity.errors import Invalid
from approvals.models import StageChangeRequest
from config.endpoint import Endpoint
from config.operation import operation, page_of
from registry.api.rows import changed_model_body, model_bodies, model_body
from registry.jsonlookups import list_has, text_contains
from registry.links import name_in_path
from registry.lookup import find_model, find_workspace
from registry.models import RegisteredModel, Stage
from registry.rules import check_revision
from registry.serializers import EditModel, ModelQuery, ModelSerializer, ModelSummarySerializer, RegisterModel
from registry.services import archive_model, delete_model, edit_model, register_model, set_privacy, unarchive_model
from registry.services.models import locked_model

Models = QuerySet[RegisteredModel]


class RegisteredModels(Endpoint):
    """The models of a workspace."""

    @operation("list_models", answer=page_of(ModelSummarySerializer), query=ModelQuery)
    def get(self, request: Request, ws: str) -> Response:
        """List the models of a workspace, by name."""
        workspace = find_workspace(request.user, ws)
        models: Models = (
            RegisteredModel.objects.visible_to(request.user).filter(workspace=workspace).select_related("workspace", "owner")
        )
        for name, narrow in FILTERS.items():
            if name in self.asked:
                models = narrow(models, self.asked[name], workspace)
        return self.page(models, model_bodies, "name")

    @operation("register_model", body=RegisterModel, answer=ModelSerializer, status=201)
    def post(self, request: Request, ws: str) -> Response:
        """Register a model; you own it.

        Its name has 1 to 250 characters, none of them a slash, a backslash or one of `: ? # %`, and is not `.` or `..`.
        """
        workspace, sent = find_workspace(request.user, ws), self.sent
        return self.change(
            lambda: register_model(workspace_id=workspace.pk, by=self.by, **sent),
            changed_model_body,
            status=201,
            location=lambda body: f"{request.path}/{name_in_path(body['name'])}",
        )


class OneModel(Endpoint):
    """A model."""

    @operation("read_model", answer=ModelSerializer)
    def get(self, request: Request, ws: str, name: str) -> Response:
        """Read a model."""
        return self.show(model_body(find_model(request.user, ws, name)))

    @operation("edit_model", body=EditModel, answer=ModelSerializer, has_etag=True)
    def patch(self, request: Request, ws: str, name: str) -> Response:
        """Change a model: what is left out stays. `archived` puts it away, or takes it out again.

        Who leads it (the owner, a collaborator who is its admin, an admin of the workspace) says who owns it and whether it is `private`.
        """
        model, sent = find_model(request.user, ws, name), self.sent
        revision = self.expected(model.revision)
        return self.change(lambda: self._edit(model, dict(sent), revision), changed_model_body)

    def _edit(self, model: RegisteredModel, changes: dict[str, Any], revision: int | None) -> RegisteredModel:
        """Out of the archive first and into it last, since an archived model takes no edit."""
        check_revision(locked_model(model.pk).revision, revision)
        archived, private = changes.pop("archived", None), changes.pop("private", None)
        if "owner" in changes:
            changes["owner_id"] = _owner_id(model.workspace, changes.pop("owner"))
        if archived is False:
            model = unarchive_model(model_id=model.pk, by=self.by)
        if private is not None:
            model = set_privacy(model_id=model.pk, private=private, by=self.by)
        if changes or (archived is None and private is None):
            model = edit_model(model_id=model.pk, changes=changes, by=self.by)
        return archive_model(model_id=model.pk, by=self.by) if archived else model

    @operation("delete_model", status=204, has_etag=True)
    def delete(self, request: Request, ws: str, name: str) -> Response:
        """Delete a model with its versions; 409 `protected` when one of them holds a protected stage or was in production."""
        model = find_model(request.user, ws, name)
        revision = self.expected(model.revision)
        return self.change(
            lambda: delete_model(model_id=model.pk, by=self.by, revision=revision), lambda nothing: None, status=204
        )


def _owner_id(workspace: Workspace, username: str) -> int:
    owner = User.objects.filter(username=username, memberships__workspace=workspace).first()
    if owner is None:
        raise Invalid(f"“{username}” is no member of this workspace, so nothing was changed. Choose one.", field="owner")
    return owner.pk


def _by_stage(models: Models, key: str, workspace: Workspace) -> Models:
    stages = list(Stage.objects.filter(workspace=workspace).values_list("key", flat=True))
    if key not in stages:
        raise Invalid(f"There is no stage “{key}” in this workspace. Choose one of: {', '.join(stages)}.", field="stage")
    return models.with_version_in(key)  # type: ignore[attr-defined]


def _by_pending(models: Models, wanted: bool, workspace: Workspace) -> Models:
    waiting = Exists(StageChangeRequest.objects.pending().filter(version__model=OuterRef("pk")))
    return models.filter(waiting if wanted else ~waiting)


FILTERS: dict[str, Callable[[Models, Any, Workspace], Models]] = {
    "stage": _by_stage,
    "pending": _by_pending,
    "archived": lambda models, wanted, workspace: models.filter(archived_at__isnull=not wanted),
    "label": lambda models, label, workspace: models.filter(list_has("labels", label)),
    "owner": lambda models, username, workspace: models.filter(owner__username=username),
    "q": lambda models, part, workspace: models.filter(Q(text_contains("name", part)) | Q(text_contains("description", part))),
}
