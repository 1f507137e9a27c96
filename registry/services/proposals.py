"""Asking for less than before takes a second admin, where a workspace has one (decision 28)."""

from collections.abc import Sequence
from typing import Any

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.models import Membership, Role, User, Workspace
from activity import clock
from activity.errors import Conflict, Invalid, NotFound
from activity.log import Subject, record
from registry.errors import SecondAdminNeeded
from registry.models import Proposal, Stage


def needs_second_admin(workspace_id: int, by: Caller) -> bool:
    """Whether another person is an admin here. Who asks through a service account of theirs is no other person."""
    admins = Membership.objects.of_the_active().filter(workspace_id=workspace_id, role=Role.ADMIN, user__kind="person")
    return by.user is not None and admins.exclude(user_id=by.user.principal_id).exists()


def propose(
    *, stage: Stage, kind: str, before: dict[str, Any], changes: dict[str, Any], weakens: Sequence[str], by: Caller
) -> Proposal:
    """Put a weaker policy or lifecycle before the other admins: called by the services that would have changed it, caller checked.

    Effects, in order: the proposal, activity `proposal.made`. Raises Conflict while another one waits for that stage.
    """
    waiting = (
        Proposal.objects.filter(stage=stage, kind=kind, status=Proposal.Status.PENDING).select_related("proposed_by").first()
    )
    if waiting:
        raise Conflict(
            f"A weaker {kind} for {stage.name}, proposed by {waiting.proposed_by.display_name}, waits for a second admin, so nothing was"
            " done. Have it confirmed, declined or withdrawn first.",
            proposal=waiting.pk,
        )
    proposal = Proposal.objects.create(
        stage=stage,
        kind=kind,
        before=before,
        changes=changes,
        weakens=list(weakens),
        proposed_by=by.person,
        created_at=clock.now(),
    )
    _record("proposal.made", proposal, by, changes=changes, weakens=list(weakens))
    return proposal


def take_proposal(proposal_id: int, kind: str, by: Caller) -> Proposal:
    """Mark a proposal as confirmed and return it, for the service that now carries it out and writes its line.

    The workspace's row is the lock. Raises NotFound, Forbidden, Conflict when it ended, SecondAdminNeeded for whoever proposed it, for
    service accounts, and for whoever was made an admin by who proposed it, since.
    """
    proposal = _locked(proposal_id, by, kind)
    _check_second_admin(proposal, by)
    return _end(proposal, Proposal.Status.CONFIRMED, by)


def decline_proposal(*, proposal_id: int, by: Caller) -> Proposal:
    """Leave things as strict as they are; whoever proposed it withdraws it by this.

    Effects, in order: the proposal, activity `proposal.declined` or `proposal.withdrawn`. Raises NotFound, Forbidden, Conflict.
    """
    proposal = _locked(proposal_id, by)
    own = proposal.proposed_by.principal_id == by.principal_id
    _end(proposal, Proposal.Status.WITHDRAWN if own else Proposal.Status.DECLINED, by)
    _record("proposal.withdrawn" if own else "proposal.declined", proposal, by)
    return proposal


def _locked(proposal_id: int, by: Caller, kind: str = "") -> Proposal:
    found = Proposal.objects.select_related("stage").filter(pk=proposal_id).first()
    if found is None:
        raise NotFound("There is no such proposal.")
    Workspace.objects.select_for_update().get(pk=found.stage.workspace_id)
    authorise(by, found.stage.workspace_id, Role.ADMIN, Scope.ADMIN)
    proposal = Proposal.objects.select_related("stage", "proposed_by").get(pk=proposal_id)
    if kind and proposal.kind != kind:
        raise Invalid(f"This proposal is about a {proposal.kind}, so nothing was done.")
    if proposal.status != Proposal.Status.PENDING:
        raise Conflict(f"This proposal was {proposal.status} already, so nothing was done.", proposal=proposal.pk)
    return proposal


def _check_second_admin(proposal: Proposal, by: Caller) -> None:
    proposer, person = proposal.proposed_by.principal_id, by.person
    if person.principal_id == proposer:
        raise SecondAdminNeeded("You proposed this, so another admin must confirm it. You can withdraw it.", proposal=proposal.pk)
    if person.kind == User.Kind.SERVICE:
        raise SecondAdminNeeded(
            "A service account confirms nothing, so nothing was done. An admin must, in person.", proposal=proposal.pk
        )
    member = Membership.objects.get(workspace_id=proposal.stage.workspace_id, user=person)
    if member.given_by_principal_id == proposer and member.given_at >= proposal.created_at:
        raise SecondAdminNeeded(
            "You were made an admin by who proposed this, after they did, so somebody else must confirm it.", proposal=proposal.pk
        )


def _end(proposal: Proposal, status: str, by: Caller) -> Proposal:
    proposal.status, proposal.decided_by, proposal.decided_at = status, by.person, clock.now()
    proposal.save(update_fields=["status", "decided_by", "decided_at"])
    return proposal


def _record(verb: str, proposal: Proposal, by: Caller, **data: Any) -> None:
    about = {"proposal": proposal.pk, "kind": proposal.kind, "stage": proposal.stage.key}
    record(verb, by=by.actor, on=Subject(workspace_id=proposal.stage.workspace_id), data=about | data)
