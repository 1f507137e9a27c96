"""Who may decide on a request, and which decisions count: plain Python over a `Situation`, no queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from accounts.caller import Caller
from accounts.models import Delegation, GroupMember, Membership, Role, User
from activity.errors import DomainError
from approvals.errors import NotEligible, OwnRequest
from approvals.models import Check, Review, StageChangeRequest, StagePolicy
from approvals.quorum import Need, missing
from registry.access import Share, decides_on, role_on
from registry.incumbents import Incumbent
from registry.models import ModelVersion


@dataclass(frozen=True)
class Situation:
    """All that a decision depends on, read at one moment.

    `members` are those who may review at all, by user id, and `shares` what lets them in where the workspace alone does not; `groups`
    who is in each approver group, by user id; `delegations` those in force, by the id of the delegate; `incumbents` make room when it
    takes effect.
    """

    change_request: StageChangeRequest
    policy: StagePolicy
    digest: str
    reviews: tuple[Review, ...]
    members: dict[int, Membership]
    incumbents: tuple[Incumbent, ...] = ()
    checks: tuple[Check, ...] = ()
    groups: Mapping[str, Mapping[int, GroupMember]] = field(default_factory=dict)
    delegations: Mapping[int, tuple[Delegation, ...]] = field(default_factory=dict)
    now: datetime | None = None
    shares: Mapping[int, tuple[Share, ...]] = field(default_factory=dict)

    @property
    def version(self) -> ModelVersion:
        """The version that is to move."""
        return self.change_request.version

    @property
    def released(self) -> bool:
        """Whether the policy names the requester, or the token they used, as a release account (rule 16)."""
        change_request, named = self.change_request, self.policy.release_accounts
        return change_request.requester.username in named or f"token:{change_request.requester_token_id}" in named

    @property
    def need(self) -> Need:
        """The approvals that this move takes: none for a release account."""
        return Need(0) if self.released else self.policy.need(skips=bool(self.change_request.skipped_stages))

    @property
    def given(self) -> tuple[Review, ...]:
        """The approvals that count: of what stands there now, by people who may, each person once."""
        seats: dict[int, Review] = {}
        for review in self.reviews:
            if counts(self, review):
                seats.setdefault(seat_of(review), review)
        return tuple(seats.values())

    @property
    def missing(self) -> int:
        """How many approvals are still needed."""
        return missing(self.need, [groups_of(self, seat_of(review)) for review in self.given])

    @property
    def has_expired(self) -> bool:
        """Whether it waits past its end: the sweep has not come by yet."""
        ends = self.change_request.expires_at
        return bool(ends and self.now and self.change_request.is_pending and ends <= self.now)


def seat_of(review: Review) -> int:
    """The person whom an approval counts for: whoever was away, else whoever gave it."""
    return review.on_behalf_of_id or review.principal_id


def groups_of(situation: Situation, principal_id: int) -> frozenset[str]:
    """The groups that a person counts for in this request: not those that the requester put them in after asking."""
    return frozenset(
        key
        for key, people in situation.groups.items()
        if principal_id in people and not given_by_requester(situation, people[principal_id])
    )


def given_by_requester(situation: Situation, power: Membership | GroupMember) -> bool:
    """Power that the requester gave after they asked does not count (decision 27)."""
    change_request = situation.change_request
    return power.given_by_principal_id == change_request.requester_principal_id and power.given_at >= change_request.created_at


def rests_on(situation: Situation, member: Membership, people: Collection[int | None]) -> bool:
    """Whether somebody may decide here only because one of these people let them, since it was asked for.

    By a role in the workspace; or, where that alone does not do, as owner or collaborator of the model. A service account decides only
    where its owner may, so what the owner rests on, it rests on too.
    """
    owner = situation.members.get(member.user.owner_id or 0)
    if owner and rests_on(situation, owner, people):
        return True
    since = situation.change_request.created_at
    if member.given_by_principal_id in people and member.given_at >= since:
        return True
    shares = situation.shares.get(member.user_id)
    if not shares:
        return False
    return not decides_on(situation.version.model, member, [share for share in shares if not share.given_by(people, since)])


def rests_on_requester(situation: Situation, member: Membership) -> bool:
    """The same of the requester (decision 27)."""
    return rests_on(situation, member, {situation.change_request.requester_principal_id})


def role_here(situation: Situation, member: Membership) -> Role:
    """The role of somebody on the request's model."""
    return role_on(member, situation.shares.get(member.user_id, ()))


def counts(situation: Situation, review: Review) -> bool:
    """Tell whether an approval counts now: not withdrawn, for this digest, by somebody who may review this request."""
    return (
        review.decision == Review.Decision.APPROVE
        and review.withdrawn_at is None
        and review.digest == situation.digest
        and why_not_counted(situation, situation.members.get(review.reviewer_id), review.principal_id, review.on_behalf_of_id)
        is None
    )


def why_not_counted(
    situation: Situation, member: Membership | None, principal_id: int | None, on_behalf_of: int | None = None
) -> DomainError | None:
    """Return the reason why this person's decision does not count, None when it does; for whom they decide must qualify too."""
    refused = _why_not_a_reviewer(situation, member, principal_id)
    if refused is None and on_behalf_of is not None:
        refused = _why_not_a_reviewer(situation, situation.members.get(on_behalf_of), on_behalf_of, theirs=True)
    seat = on_behalf_of or principal_id
    if refused is None and seat and not situation.need.of_anyone and situation.need.groups and not groups_of(situation, seat):
        names = " or ".join(situation.need.groups)
        return NotEligible(
            f"Approvals for this move come from {names}, so yours does not count. Ask somebody there.", reason="group"
        )
    return refused


def _why_not_a_reviewer(
    situation: Situation, member: Membership | None, principal_id: int | None, *, theirs: bool = False
) -> DomainError | None:
    change_request, version = situation.change_request, situation.version
    if principal_id == change_request.requester_principal_id:
        if theirs:
            return OwnRequest("The person you stand in for asked for this change, so nobody decides on it in their name.")
        return OwnRequest("You asked for this change, so someone else must decide on it. You can revoke it.")
    if member is None:
        return NotEligible("Only editors and admins of the workspace decide, so nothing was done. Ask an admin for the role.")
    if rests_on_requester(situation, member):
        return NotEligible(
            "Your role was given by the requester after they asked, so it does not count here. Someone else must decide."
        )
    if situation.policy.exclude_last_editor and principal_id == version.content_edited_by_id:
        return NotEligible(
            f"{'They' if theirs else 'You'} last edited the content of {version.name}, so someone else must approve its move to"
            f" {change_request.to_stage.name}.",
            reason="last-editor",
        )
    return None


def stands_in_for(situation: Situation, by: Caller) -> list[User]:
    """The people in whose name the caller may decide here, now."""
    if by.user is None or by.user.kind == User.Kind.SERVICE:
        return []
    held = situation.delegations.get(by.user.pk, ())
    member = situation.members.get(by.user.pk)
    return [
        delegation.delegator
        for delegation in held
        if why_not_counted(situation, member, by.principal_id, delegation.delegator_id) is None
    ]
