"""What a policy would mean, told before it is saved: who can approve, what it changes, and what of that waits for a second admin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.caller import Caller
from accounts.models import ApproverGroup, User
from activity.errors import Invalid
from approvals.models import StagePolicy
from approvals.policy_content import cleaned, shortfall, weakened
from approvals.policy_words import Change, changes_in_words
from approvals.quorum import Need
from approvals.services.policies import check_policy, deciding_people
from registry.services.proposals import needs_second_admin

NAMED = 6  # so many people are named


@dataclass(frozen=True)
class Approvers:
    """So many approvals, and who can give them; `group` is empty where anybody who decides can."""

    number: int
    group: str
    names: list[str]
    people: int

    @property
    def others(self) -> int:
        """How many are not named."""
        return self.people - len(self.names)


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
        approvers=_approvers(workspace_id, need, deciding),
        total=need.total,
        changes=changes_in_words(before, after, weaker),
        second_admin=bool(weaker) and needs_second_admin(workspace_id, by),
        refusal=refusal,
        shortfall=shortfall(need, deciding),
    )


def _approvers(workspace_id: int, need: Need, deciding: Mapping[int, frozenset[str]]) -> list[Approvers]:
    """Who can give the approvals of each group, then those of anybody."""
    titles = dict(ApproverGroup.objects.filter(workspace_id=workspace_id, key__in=need.groups).values_list("key", "name"))
    people = sorted(User.objects.filter(pk__in=deciding), key=lambda user: user.display_name.casefold())
    lines = []
    for key, number in need.groups.items():
        names = [user.display_name for user in people if key in deciding[user.pk]]
        lines.append(Approvers(number, titles.get(key, key), names[:NAMED], len(names)))
    if need.of_anyone:
        lines.append(Approvers(need.of_anyone, "", [user.display_name for user in people[:NAMED]], len(people)))
    return lines
