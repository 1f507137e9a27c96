"""Proposals of a weaker policy or lifecycle, which wait for a second admin."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from activity.errors import NotFound
from approvals.confirming import confirm
from approvals.serializers.policies import ProposalSerializer
from config.endpoint import Endpoint, Json
from config.operation import operation, page_of
from config.serializers import ListQuery
from registry.lookup import find_workspace
from registry.models import Proposal
from registry.services import decline_proposal


class ProposalsQuery(ListQuery):
    """Which proposals."""

    status = serializers.ChoiceField(Proposal.Status.choices, required=False, help_text="Without it, all.")


class Proposals(Endpoint):
    """A workspace's proposals."""

    @operation("list_proposals", answer=page_of(ProposalSerializer), query=ProposalsQuery)
    def get(self, request: Request, ws: str) -> Response:
        """List what was proposed that asks for less than before, newest first; those that ended too, unless `status` says which."""
        proposals = Proposal.objects.filter(stage__workspace=find_workspace(request.user, ws))
        if "status" in self.asked:
            proposals = proposals.filter(status=self.asked["status"])
        proposals = proposals.select_related("stage", "proposed_by", "decided_by")
        return self.page(proposals, lambda rows: ProposalSerializer(rows, many=True).data)


class _One(Endpoint):
    """An address below one proposal."""

    def find(self, pk: int) -> Proposal:
        """Return the proposal. Raises NotFound."""
        proposal = Proposal.objects.visible_to(self.request.user).filter(pk=pk).first()
        if proposal is None:
            raise NotFound("There is no such proposal that you may see. Check the address.")
        return proposal


def _body(proposal: Proposal) -> Json:
    shown = Proposal.objects.select_related("stage", "proposed_by", "decided_by").get(pk=proposal.pk)
    return dict(ProposalSerializer(shown).data)


class Confirm(_One):
    """Carrying one out."""

    @operation("confirm_proposal", answer=ProposalSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Carry out what another admin proposed: it counts from now on. For admins, and never for whoever proposed it."""
        proposal = self.find(pk)
        return self.change(lambda: confirm(proposal, self.by), lambda done: _body(proposal))


class Decline(_One):
    """Leaving things as they are."""

    @operation("decline_proposal", answer=ProposalSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Leave things as strict as they are. For admins; whoever proposed it withdraws it by this."""
        proposal = self.find(pk)
        return self.change(lambda: decline_proposal(proposal_id=proposal.pk, by=self.by), _body)
