"""What a policy would mean, told before it is saved: who can approve, what it changes, and what of that waits for a second admin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.caller import Caller
from activity.errors import Invalid
from approvals.approvers import Approvers, approvers_of, deciding_people
from approvals.models import StagePolicy
from approvals.policy_content import cleaned, shortfall, weakened
from approvals.policy_words import Change, changes_in_words
from approvals.services.policies import check_policy
from registry.services.proposals import needs_second_admin


@dataclass(frozen=True)
class PolicyPreview:
    """A policy as it would be. `refusal` is the sentence by which saving it would be refused, `shortfall` why nobody can satisfy it."""

    approvers: list[Approvers]
    total: int
    changes: list[Change]
    second_admin: bool
    refusal: str
    shortfall: str

    @property
    def weakens(self) -> bool:
        """Whether it asks for less than before."""
        return any(change.weakens for change in self.changes)


def preview_policy(policy: StagePolicy, wanted: Mapping[str, Any], by: Caller) -> PolicyPreview:
    """Return what a stage's policy would mean with these changes, for the admin who would make them. Nothing is written; a few queries."""
    before, refusal = policy.content, ""
    try:
        after = before | cleaned(wanted)
        check_policy(policy, before, after)
    except Invalid as refused:
        refusal = refused.detail
        after = before | dict(wanted)
    weaker = [] if refusal else weakened(before, after)
    workspace_id = policy.stage.workspace_id
    need = StagePolicy(approvals_required=after["approvals_required"], groups=after["groups"]).need(skips=False)
    deciding = deciding_people(workspace_id)
    return PolicyPreview(
        approvers=approvers_of(workspace_id, [need], deciding)[0],
        total=need.total,
        changes=changes_in_words(before, after, weaker),
        second_admin=bool(weaker) and needs_second_admin(workspace_id, by),
        refusal=refusal,
        shortfall=shortfall(need, deciding),
    )
