"""Which service carries out a proposal, by what it is about."""

from collections.abc import Callable

from accounts.caller import Caller
from approvals.services import confirm_policy
from registry.models import Proposal
from registry.services import confirm_lifecycle

CONFIRM: dict[str, Callable[..., object]] = {
    Proposal.Kind.POLICY: confirm_policy,
    Proposal.Kind.LIFECYCLE: confirm_lifecycle,
}


def confirm(proposal: Proposal, by: Caller) -> None:
    """Carry it out. Raises what that service raises."""
    CONFIRM[proposal.kind](proposal_id=proposal.pk, by=by)
