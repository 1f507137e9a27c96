"""What was proposed that asks for less than before: shown to all, confirmed or declined by a second admin."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.caller import Caller
from accounts.models import Membership, Role, Workspace
from activity.errors import NotFound
from approvals.confirming import confirm
from approvals.policy_words import Change, changes_in_words
from registry.forms import RefusableForm
from registry.models import Proposal, Stage
from registry.services import decline_proposal
from registry.views.submit import submit


@dataclass(frozen=True)
class ProposalRow:
    """A proposal that waits, in words; `own`: the reader made it, so another admin confirms it."""

    proposal: Proposal
    changes: list[Change]
    own: bool


def proposals_waiting(workspace: Workspace, by: Caller, stage: Stage | None = None) -> list[ProposalRow]:
    """Return what waits for a second admin in a workspace, or for one of its stages; one query."""
    proposals = Proposal.objects.pending().filter(stage__workspace=workspace).select_related("stage", "proposed_by")
    return [
        ProposalRow(
            proposal,
            changes_in_words(proposal.before, proposal.changes, proposal.weakens),
            proposal.proposed_by.principal_id == by.principal_id,
        )
        for proposal in (proposals.filter(stage=stage) if stage else proposals).order_by("pk")
    ]


def proposals_to_confirm(by: Caller) -> list[Proposal]:
    """Return what other admins proposed in the workspaces that the reader is an admin of; one query."""
    mine = Membership.objects.of_the_active().filter(user_id=by.person.pk, role=Role.ADMIN).values("workspace_id")
    others = Proposal.objects.pending().filter(stage__workspace__in=mine).exclude(proposed_by_id=by.principal_id)
    others = others.exclude(proposed_by__owner_id=by.principal_id) if by.principal_id else others
    return list(others.select_related("stage__workspace", "proposed_by").order_by("pk"))


@login_required
@require_POST
def confirm_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry it out."""
    return _ended(request, pk, confirm, "Confirmed: it counts from now on.")


@login_required
@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave things as they are; for whoever made it, withdraw it."""
    return _ended(
        request, pk, lambda found, by: decline_proposal(proposal_id=found.pk, by=by), "Nothing changes: the proposal ended."
    )


def _ended(request: HttpRequest, pk: int, end: Callable[[Proposal, Caller], object], told: str) -> HttpResponse:
    """Do it and lead back to the settings; a refusal is told there."""
    by = Caller.of_request(request, "page")
    proposal = Proposal.objects.visible_to(request.user).select_related("stage__workspace").filter(pk=pk).first()
    if proposal is None:
        raise NotFound("There is no such proposal that you may see. Look at the workspace's settings.")
    form = RefusableForm(request.POST)
    if submit(request, form, lambda: end(proposal, by)):
        messages.success(request, told)
    for error in form.non_field_errors():
        messages.error(request, str(error))
    return redirect("workspace-settings", proposal.stage.workspace.slug)
