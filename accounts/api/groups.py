"""Approver groups: the people whom policies ask for."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApproverGroup, GroupMember, Membership, Workspace
from accounts.serializers.groups import CreateGroup, GroupSerializer, RenameGroup
from accounts.services import add_to_group, create_group, remove_from_group, rename_group
from activity.errors import NotFound
from approvals.services import delete_group
from config.endpoint import Endpoint
from config.operation import operation, page_of
from config.serializers import ListQuery
from registry.lookup import find_workspace


def groups_of(workspace: Workspace) -> QuerySet[ApproverGroup]:
    """A workspace's groups, each with its people."""
    people = GroupMember.objects.select_related("user", "given_by_principal").order_by("pk")
    return ApproverGroup.objects.filter(workspace=workspace).prefetch_related(Prefetch("members", people))


def _body(group: ApproverGroup) -> dict[str, Any]:
    return dict(GroupSerializer(groups_of(group.workspace).get(pk=group.pk)).data)


class Groups(Endpoint):
    """A workspace's approver groups."""

    @operation("list_groups", answer=page_of(GroupSerializer), query=ListQuery)
    def get(self, request: Request, ws: str) -> Response:
        """List the approver groups of a workspace with their people, oldest first."""
        groups = groups_of(find_workspace(request.user, ws))
        return self.page(groups, lambda rows: GroupSerializer(rows, many=True).data, "id")

    @operation("create_group", body=CreateGroup, answer=GroupSerializer, status=201)
    def post(self, request: Request, ws: str) -> Response:
        """Make a group without people. For admins."""
        workspace, sent = find_workspace(request.user, ws), self.sent
        return self.change(
            lambda: create_group(workspace_id=workspace.pk, by=self.by, **sent),
            _body,
            status=201,
            location=lambda body: f"{request.path}/{body['key']}",
        )


class _OfOne(Endpoint):
    """An address below one group."""

    def find(self, ws: str, key: str) -> ApproverGroup:
        """Return the group with its workspace. Raises NotFound."""
        workspace = find_workspace(self.request.user, ws)
        group = ApproverGroup.objects.select_related("workspace").filter(workspace=workspace, key=key).first()
        if group is None:
            raise NotFound(f"There is no approver group “{key}” in this workspace. Check the address; it may have been removed.")
        return group


class OneGroup(_OfOne):
    """A group."""

    @operation("read_group", answer=GroupSerializer)
    def get(self, request: Request, ws: str, key: str) -> Response:
        """Read an approver group and who is in it."""
        return Response(_body(self.find(ws, key)))

    @operation("rename_group", body=RenameGroup, answer=GroupSerializer)
    def patch(self, request: Request, ws: str, key: str) -> Response:
        """Change what a group is called; its key stays. For admins."""
        group = self.find(ws, key)
        name = self.sent.get("name", group.name)
        return self.change(lambda: rename_group(group_id=group.pk, name=name, by=self.by), _body)

    @operation("delete_group", status=204)
    def delete(self, request: Request, ws: str, key: str) -> Response:
        """Remove a group that no policy names. For admins."""
        group = self.find(ws, key)
        return self.change(lambda: delete_group(group_id=group.pk, by=self.by), lambda nothing: None, status=204)


class GroupPerson(_OfOne):
    """Somebody in a group."""

    @operation("add_to_group", answer=GroupSerializer)
    def put(self, request: Request, ws: str, key: str, username: str) -> Response:
        """Put a member of the workspace into a group; who is in it already stays in it. For admins."""
        group, user_id = self.find(ws, key), self._member(ws, username)
        return self.change(lambda: add_to_group(group_id=group.pk, user_id=user_id, by=self.by), lambda row: _body(group))

    @operation("remove_from_group", status=204)
    def delete(self, request: Request, ws: str, key: str, username: str) -> Response:
        """Take somebody out of a group; their votes stop counting for it. For admins."""
        group = self.find(ws, key)
        row = GroupMember.objects.filter(group=group, user__username=username).values_list("user_id", flat=True).first()
        user_id = row or self._member(ws, username)
        return self.change(
            lambda: remove_from_group(group_id=group.pk, user_id=user_id, by=self.by), lambda nothing: None, status=204
        )

    def _member(self, ws: str, username: str) -> int:
        members = Membership.objects.filter(workspace__slug=ws, user__username=username)
        user_id = members.values_list("user_id", flat=True).first()
        if user_id is None:
            raise NotFound(f"There is no member “{username}” in this workspace. Check the address; they may have left.")
        return user_id
