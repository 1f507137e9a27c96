"""Workspaces with their lifecycles."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Workspace
from config.endpoint import Endpoint
from config.operation import operation, page_of
from config.serializers import ListQuery
from registry.api.bodies import ChangeWorkspace, CreateWorkspace
from registry.api.rows import Json, workspace_bodies
from registry.lookup import find_workspace
from registry.models import Stage
from registry.serializers import WorkspaceSerializer
from registry.services import create_workspace, rename_workspace


def _workspaces(user: Any) -> QuerySet[Workspace]:
    return Workspace.objects.with_role_of(user).prefetch_related(
        Prefetch("stages", Stage.objects.current().select_related("policy"))
    )


def _body(user: Any, workspace: Workspace) -> Json:
    (body,) = workspace_bodies(_workspaces(user).filter(pk=workspace.pk), user)
    return body


class Workspaces(Endpoint):
    """The caller's workspaces."""

    @operation("list_workspaces", answer=page_of(WorkspaceSerializer), query=ListQuery)
    def get(self, request: Request) -> Response:
        """List your workspaces, by slug, each with its lifecycle."""
        return self.page(_workspaces(request.user), lambda rows: workspace_bodies(rows, request.user), "slug")

    @operation("create_workspace", body=CreateWorkspace, answer=WorkspaceSerializer, status=201)
    def post(self, request: Request) -> Response:
        """Make a workspace with the stages of a preset; you become its admin. For staff, or for everyone, by a setting."""
        sent = self.sent
        return self.change(
            lambda: create_workspace(**sent, by=self.by),
            lambda workspace: _body(request.user, workspace),
            status=201,
            location=lambda body: f"{request.path}/{body['slug']}",
        )


class OneWorkspace(Endpoint):
    """A workspace."""

    @operation("read_workspace", answer=WorkspaceSerializer)
    def get(self, request: Request, ws: str) -> Response:
        """Read a workspace with its lifecycle and how many versions stand in each stage."""
        return Response(_body(request.user, find_workspace(request.user, ws)))

    @operation("change_workspace", body=ChangeWorkspace, answer=WorkspaceSerializer)
    def patch(self, request: Request, ws: str) -> Response:
        """Change a workspace's title. For admins."""
        workspace = find_workspace(request.user, ws)
        title = self.sent.get("title", workspace.title)
        return self.change(
            lambda: rename_workspace(workspace_id=workspace.pk, title=title, by=self.by),
            lambda renamed: _body(request.user, renamed),
        )
