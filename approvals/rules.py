"""Who may decide on a request, and what it still needs: plain Python over a `Situation`, no queries.

Each refusal has its own words. `available_actions` and `approvals.requirements` ask the same checks that the services ask, so a
button that is shown and a change that is refused cannot drift apart.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from accounts.caller import Caller, Scope
from accounts.models import Membership
from accounts.rules import check_scope
from activity.errors import DomainError, Invalid
from approvals.errors import (
    AlreadyPending,
    CommentRequired,
    DigestChanged,
    NotEligible,
    NotPending,
    OwnRequest,
    SameStage,
    StaleRequest,
)
from approvals.models import Review, StageChangeRequest, StagePolicy
from registry.errors import VersionLocked
from registry.incumbents import Incumbent
from registry.lifecycle import ACTIVE
from registry.models import ModelVersion, Stage


@dataclass(frozen=True)
class Situation:
    """All that a decision depends on, read at one moment. `members` are those who may review at all, by user id.

    `incumbents` make room when it takes effect.
    """

    change_request: StageChangeRequest
    policy: StagePolicy
    digest: str
    reviews: tuple[Review, ...]
    members: dict[int, Membership]
    incumbents: tuple[Incumbent, ...] = ()

    @property
    def version(self) -> ModelVersion:
        """The version that is to move."""
        return self.change_request.version

    @property
    def given(self) -> tuple[Review, ...]:
        """The approvals that count: of what stands there now, by people who may."""
        return tuple(review for review in self.reviews if counts(self, review))

    @property
    def missing(self) -> int:
        """How many approvals are still needed."""
        return max(0, self.policy.approvals_required - len(self.given))


def counts(situation: Situation, review: Review) -> bool:
    """Tell whether an approval counts now: not withdrawn, for this digest, by somebody who may review this request."""
    return (
        review.decision == Review.Decision.APPROVE
        and review.withdrawn_at is None
        and review.digest == situation.digest
        and why_not_counted(situation, situation.members.get(review.reviewer_id), review.principal_id) is None
    )


def why_not_counted(situation: Situation, member: Membership | None, principal_id: int | None) -> DomainError | None:
    """Return the reason why this person's decision does not count, None when it does."""
    change_request, version = situation.change_request, situation.version
    if principal_id == change_request.requester_principal_id:
        return OwnRequest("You asked for this change, so someone else must decide on it. You can revoke it.")
    if member is None:
        return NotEligible("Only editors and admins of the workspace decide, so nothing was done. Ask an admin for the role.")
    if member.given_by_principal_id == change_request.requester_principal_id and member.given_at >= change_request.created_at:
        return NotEligible(
            "Your role was given by the requester after they asked, so it does not count here. Someone else must decide."
        )
    if situation.policy.exclude_last_editor and principal_id == version.content_edited_by_id:
        return NotEligible(
            f"You last edited the content of {version.name}, so someone else must approve its move to"
            f" {change_request.to_stage.name}.",
            reason="last-editor",
        )
    return None


def check_pending(change_request: StageChangeRequest) -> None:
    """Raises NotPending with who ended it and when."""
    if not change_request.is_pending:
        who = change_request.decided_by
        raise NotPending(
            f"This request was {change_request.status}{f' by {who.display_name}' if who else ''}, so nothing was done. To ask again,"
            " make a new request.",
            request_status=change_request.status,
            decided_by=who.username if who else None,
            decided_at=change_request.decided_at,
        )


def check_still_there(situation: Situation) -> None:
    """The version must stand where the request says. Raises StaleRequest."""
    version, change_request = situation.version, situation.change_request
    if version.stage != change_request.from_stage.key:
        raise StaleRequest(
            f"{version.name} is no longer in {change_request.from_stage.name}, so nothing was done. Revoke this request and ask again.",
            stage=version.stage,
        )


def check_not_locked(version: ModelVersion) -> None:
    """A locked version stays where it is, and a request for it waits (rule 7). Raises VersionLocked."""
    if version.lock_level != ModelVersion.Lock.OPEN:
        raise VersionLocked(
            f"{version.name} is locked ({version.lock_level}), so its stage stays. An admin can lower the lock.",
            lock_level=version.lock_level,
        )


def check_incumbents_not_locked(incumbents: Iterable[Incumbent]) -> None:
    """Who must make room changes stage too, which a lock forbids. Raises VersionLocked."""
    for incumbent in incumbents:
        version = incumbent.version
        if version.lock_level != ModelVersion.Lock.OPEN:
            raise VersionLocked(
                f"{version.name} holds {incumbent.leaves.name} and is locked ({version.lock_level}), so it cannot make room. An admin"
                " can lower the lock.",
                lock_level=version.lock_level,
            )


def check_may_review(situation: Situation, by: Caller) -> None:
    """The caller's decision must count. Raises Forbidden, OwnRequest, NotEligible."""
    check_scope(by, Scope.DECIDE)
    member = situation.members.get(by.user.pk) if by.user else None
    if refused := why_not_counted(situation, member, by.principal_id):
        raise refused


def check_same_digest(situation: Situation, seen: str) -> None:
    """You approve what you saw. Raises DigestChanged."""
    if seen and seen != situation.digest:
        raise DigestChanged(
            f"{situation.version.name} or what its move needs was edited after you opened this, so nothing was done. Look at it again,"
            " then decide.",
            digest=situation.digest,
        )


def check_may_approve(situation: Situation, by: Caller) -> None:
    """All that an approval needs. Raises NotPending, Forbidden, OwnRequest, NotEligible, VersionLocked, StaleRequest.

    Once nothing is missing any more (a reviewer got their role back, say), whoever may approve puts the change into effect.
    """
    check_pending(situation.change_request)
    check_may_review(situation, by)
    check_not_locked(situation.version)
    check_incumbents_not_locked(situation.incumbents)
    check_still_there(situation)
    if situation.missing and own_review(situation, by.principal_id, Review.Decision.APPROVE):
        raise NotEligible(
            "You approved this already; it waits for others. You can withdraw your approval.", reason="already-approved"
        )


def check_may_reject(situation: Situation, by: Caller) -> None:
    """All that a rejection needs; a lock does not stand in its way. Raises NotPending, Forbidden, OwnRequest, NotEligible."""
    check_pending(situation.change_request)
    check_may_review(situation, by)


def check_may_withdraw(situation: Situation, by: Caller) -> Review:
    """One takes back one's own approval while the request is pending. Returns it. Raises NotPending, Forbidden, NotEligible."""
    check_pending(situation.change_request)
    check_scope(by, Scope.DECIDE)
    review = own_review(situation, by.principal_id, Review.Decision.APPROVE)
    if review is None:
        raise NotEligible("You have not approved this, so there is nothing to withdraw.")
    return review


def check_may_revoke(situation: Situation, by: Caller) -> None:
    """Only the requester takes a request back. Raises NotPending, Forbidden, NotEligible."""
    check_pending(situation.change_request)
    check_scope(by, Scope.WRITE)
    if by.principal_id != situation.change_request.requester_principal_id:
        raise NotEligible("Only the requester revokes a request. You can reject it instead, with a comment.")


def check_comment(comment: str) -> None:
    """A rejection says why. Raises CommentRequired."""
    if not comment.strip():
        raise CommentRequired(
            "A rejection needs a comment that says why, so nothing was done. Write one and send it again.", field="comment"
        )


def own_review(situation: Situation, principal_id: int | None, decision: str) -> Review | None:
    """The caller's standing decision of that kind on what is there now."""
    for review in situation.reviews:
        if (review.principal_id, review.decision, review.digest) == (
            principal_id,
            decision,
            situation.digest,
        ) and not review.withdrawn_at:
            return review
    return None


def check_may_ask(
    version: ModelVersion, to: Stage, pending: StageChangeRequest | None, held: Collection[str] = (), archive: bool = False
) -> None:
    """All that a new request needs besides the role; `held` are the keys of what the version holds.

    Raises Invalid, SameStage, VersionLocked, AlreadyPending.
    """
    if pending:
        raise AlreadyPending(
            f"Request {pending.pk} for {version.name} waits already ({pending.from_stage.name} → {pending.to_stage.name}), so no second"
            " one was made. Wait for its end, or have it revoked.",
            request=pending.pk,
        )
    if version.stage == to.key:
        raise SameStage(f"{version.name} is in {to.name} already, so nothing was asked. Choose another stage.")
    if to.key in held:
        raise SameStage(f"{version.name} holds {to.name} already, so nothing was asked. Choose another stage.")
    if archive and to.kind not in ACTIVE:
        raise Invalid(
            f"{to.name} is no stage that versions work in, so there is nobody to archive. Leave archive_incumbents out.",
            field="archive_incumbents",
        )
    check_not_locked(version)


def check_policy(approvals_required: object) -> None:
    """Raises Invalid for a number of approvals that makes no sense."""
    if not isinstance(approvals_required, int) or isinstance(approvals_required, bool) or not 0 <= approvals_required <= 20:
        raise Invalid("approvals_required is a whole number from 0 to 20.", field="approvals_required")


ACTIONS: dict[str, Callable[[Situation, Caller], object]] = {
    "approve": check_may_approve,
    "reject": check_may_reject,
    "withdraw": check_may_withdraw,
    "revoke": check_may_revoke,
}


def available_actions(situation: Situation, by: Caller) -> list[str]:
    """What the caller may do with the request now: the actions whose check raises nothing."""
    return [action for action in ACTIONS if refusal(situation, by, action) is None]


def refusal(situation: Situation, by: Caller, action: str) -> DomainError | None:
    """Why the caller may not do something with the request; None when they may. Pages say it beside the missing button."""
    try:
        ACTIONS[action](situation, by)
    except DomainError as error:
        return error
    return None
