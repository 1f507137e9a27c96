"""Delegation: who decides for somebody who is away."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Delegation, User
from accounts.serializers.groups import CreateDelegation, DelegationSerializer
from accounts.services import delegate_decisions, withdraw_delegation
from config.endpoint import Endpoint
from config.operation import operation, page_of
from config.serializers import ListQuery


class Delegations(Endpoint):
    """The delegations that the caller gave or holds."""

    @operation("list_delegations", answer=page_of(DelegationSerializer), query=ListQuery)
    def get(self, request: Request) -> Response:
        """List the delegations that you gave or hold, newest first, past ones included."""
        delegations = Delegation.objects.of(self.by.person).select_related("delegator", "delegate")
        return self.page(delegations, lambda rows: DelegationSerializer(rows, many=True).data)

    @operation("create_delegation", body=CreateDelegation, answer=DelegationSerializer, status=201)
    def post(self, request: Request) -> Response:
        """Let somebody decide in your name while you are away. They count for your groups, and both names are logged.

        They decide where they may decide themselves, and never on what you or they asked for.
        """
        sent = dict(self.sent)
        delegate = User.objects.filter(username=sent.pop("delegate")).first()
        return self.change(
            lambda: delegate_decisions(delegate_id=delegate.pk if delegate else 0, by=self.by, **sent), _body, status=201
        )


def _body(delegation: Delegation) -> dict[str, Any]:
    return dict(DelegationSerializer(delegation).data)


class OneDelegation(Endpoint):
    """One delegation."""

    @operation("withdraw_delegation", status=204)
    def delete(self, request: Request, pk: int) -> Response:
        """End a delegation that you gave or hold; decisions made under it stand."""
        return self.change(lambda: withdraw_delegation(delegation_id=pk, by=self.by), lambda row: None, status=204)
