"""The caller, and the people of a workspace."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import authorise
from accounts.caller import Scope
from accounts.models import Membership, Role, User, Workspace
from accounts.serializers.people import AddMember, ChangeMember, MemberSerializer, MeSerializer
from accounts.services import remove_member, set_member
from activity.errors import Conflict, Invalid, NotFound
from approvals.models import StageChangeRequest
from config.endpoint import Endpoint
from config.operation import operation, page_of
from config.serializers import ListQuery
from registry.lookup import find_workspace


class Me(Endpoint):
    """The caller."""

    @operation("read_me", answer=MeSerializer)
    def get(self, request: Request) -> Response:
        """Read who you are: your workspaces with your roles, your token's scopes, and what waits."""
        user = self.by.person
        requests = StageChangeRequest.objects.visible_to(user)
        shown = {
            "user": user,
            "workspaces": Workspace.objects.with_role_of(user).order_by("slug"),
            "scopes": sorted(self.by.scopes),
            "counts": {
                "awaiting_my_review": requests.awaiting(user).count(),
                "my_open_requests": requests.pending().filter(requester_principal_id=user.principal_id).count(),
            },
        }
        return Response(MeSerializer(shown).data)


class Members(Endpoint):
    """The people of a workspace."""

    @operation("list_members", answer=page_of(MemberSerializer), query=ListQuery)
    def get(self, request: Request, ws: str) -> Response:
        """List the members of a workspace, longest there first."""
        members = _members(find_workspace(request.user, ws))
        return self.page(members, lambda rows: MemberSerializer(rows, many=True).data, "id")

    @operation("add_member", body=AddMember, answer=MemberSerializer, status=201)
    def post(self, request: Request, ws: str) -> Response:
        """Add somebody to a workspace. For admins."""
        workspace, sent = find_workspace(request.user, ws), self.sent

        def add() -> Membership:
            user = User.objects.filter(username=sent["username"], is_active=True).first()
            known = user and Membership.objects.filter(workspace=workspace, user=user).exists()
            if user and not known:
                return set_member(workspace_id=workspace.pk, user_id=user.pk, role=Role(sent["role"]), by=self.by)
            authorise(self.by, workspace.pk, Role.ADMIN, Scope.ADMIN)  # who is known here is for admins to learn
            if known:
                raise Conflict(f"{sent['username']} is a member already, so nobody was added. Change their role with PATCH.")
            raise Invalid("There is nobody active with this user name, so nobody was added.", field="username")

        return self.change(add, _member_body, status=201, location=lambda body: f"{request.path}/{body['username']}")


def _members(workspace: Workspace) -> QuerySet[Membership]:
    return Membership.objects.filter(workspace=workspace).select_related("user", "given_by_principal")


def _member_body(member: Membership) -> dict[str, Any]:
    return dict(MemberSerializer(member).data)


class Member(Endpoint):
    """One person of a workspace."""

    @operation("read_member", answer=MemberSerializer)
    def get(self, request: Request, ws: str, username: str) -> Response:
        """Read somebody's role in a workspace."""
        return Response(_member_body(self._find(ws, username)))

    @operation("change_member", body=ChangeMember, answer=MemberSerializer)
    def patch(self, request: Request, ws: str, username: str) -> Response:
        """Change somebody's role in a workspace. For admins."""
        member, sent = self._find(ws, username), self.sent
        role = Role(sent.get("role", member.role))
        return self.change(
            lambda: set_member(workspace_id=member.workspace_id, user_id=member.user_id, role=role, by=self.by), _member_body
        )

    @operation("remove_member", status=204)
    def delete(self, request: Request, ws: str, username: str) -> Response:
        """Take somebody out of a workspace, or leave it yourself. Their votes on open requests stop counting."""
        member = self._find(ws, username)
        return self.change(
            lambda: remove_member(workspace_id=member.workspace_id, user_id=member.user_id, by=self.by),
            lambda nothing: None,
            status=204,
        )

    def _find(self, ws: str, username: str) -> Membership:
        member = _members(find_workspace(self.request.user, ws)).filter(user__username=username).first()
        if member is None:
            raise NotFound(f"There is no member “{username}” in this workspace. Check the address; they may have left.")
        return member
