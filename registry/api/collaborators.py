"""Who is let in to a model."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApproverGroup, Membership, Role
from activity.errors import NotFound
from config.endpoint import Endpoint
from config.operation import operation, page_of
from config.serializers import ListQuery
from registry.api.bodies import COLLABORATOR_KINDS, CollaboratorSerializer, SetCollaborator
from registry.lookup import find_model
from registry.models import Collaborator, RegisteredModel
from registry.services import remove_collaborator, set_collaborator


def collaborators_of(model: RegisteredModel) -> QuerySet[Collaborator]:
    """A model's collaborators, with what is told of them."""
    return Collaborator.objects.filter(model=model).select_related("membership__user", "group", "given_by_principal")


def _body(row: Collaborator) -> dict[str, Any]:
    return dict(CollaboratorSerializer(collaborators_of(row.model).get(pk=row.pk)).data)


class Collaborators(Endpoint):
    """A model's collaborators."""

    @operation("list_collaborators", answer=page_of(CollaboratorSerializer), query=ListQuery)
    def get(self, request: Request, ws: str, name: str) -> Response:
        """List who is let in to a model besides its owner and the admins of its workspace, longest there first."""
        rows = collaborators_of(find_model(request.user, ws, name))
        return self.page(rows, lambda found: CollaboratorSerializer(found, many=True).data, "id")


class OneCollaborator(Endpoint):
    """A person (`person`, by user name) or a group (`group`, by key)."""

    @operation("set_collaborator", body=SetCollaborator, answer=CollaboratorSerializer)
    def put(self, request: Request, ws: str, name: str, kind: str, key: str) -> Response:
        """Let a member of the workspace or one of its groups in to a model, or change their role on it.

        For its owner, its admins and the workspace's; a role that reaches further than somebody's own in the workspace comes from the
        latter alone.
        """
        model, role = find_model(request.user, ws, name), Role(self.sent["role"])
        who = _who(model, kind, key)
        return self.change(lambda: set_collaborator(model_id=model.pk, role=role, by=self.by, **who), _body)

    @operation("remove_collaborator", status=204)
    def delete(self, request: Request, ws: str, name: str, kind: str, key: str) -> Response:
        """Take a collaborator off a model, or leave it yourself. Votes that rest on it stop counting."""
        model = find_model(request.user, ws, name)
        named = {"person": "membership__user__username", "group": "group__key"}.get(kind)
        row = collaborators_of(model).filter(**{named: key}).first() if named else None
        if row is None:
            raise NotFound(f"There is no collaborator “{key}” on this model. Check the address; they may have been removed.")
        return self.change(lambda: remove_collaborator(collaborator_id=row.pk, by=self.by), lambda nothing: None, status=204)


def _who(model: RegisteredModel, kind: str, key: str) -> dict[str, int]:
    """Whom an address names, as the service takes it. Raises NotFound."""
    found: int | None = None
    if kind == "person":
        members = Membership.objects.filter(workspace=model.workspace_id, user__username=key)
        found = members.values_list("user_id", flat=True).first()
    elif kind == "group":
        found = ApproverGroup.objects.filter(workspace=model.workspace_id, key=key).values_list("pk", flat=True).first()
    if found is None:
        kinds = " or ".join(COLLABORATOR_KINDS)
        raise NotFound(f"There is no {kind} “{key}” in this workspace. A collaborator is a {kinds} of it; check the address.")
    return {"user_id": found} if kind == "person" else {"group_id": found}
