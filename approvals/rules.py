"""What may be done with a request now: plain Python over a `Situation`, no queries.

Each refusal has its own words. `available_actions` and `approvals.requirements` ask the same checks that the services ask, so a
button that is shown and a change that is refused cannot drift apart.
"""

from collections.abc import Callable, Collection

from accounts.caller import Caller, Scope
from accounts.models import Role, User
from accounts.rules import check_scope
from activity.errors import DomainError, Invalid
from approvals.eligibility import Situation, rests_on, rests_on_requester, role_here, stands_in_for, why_not_counted
from approvals.errors import (
    AlreadyPending,
    CommentRequired,
    DigestChanged,
    NotEligible,
    NotPending,
    SameStage,
    SkipForbidden,
)
from approvals.models import Review, StageChangeRequest
from approvals.obstacles import check_incumbents_not_locked, check_not_locked, check_still_there, skips_too_much
from approvals.verdicts import all_passed
from registry.lifecycle import ACTIVE
from registry.models import ModelVersion, Stage


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


def check_not_expired(situation: Situation) -> None:
    """A request past its end is over, also before the sweep has said so (decision 26). Raises NotPending."""
    ends = situation.change_request.expires_at
    if situation.has_expired and ends:
        raise NotPending(
            f"This request expired on {ends:%-d %B %Y at %H:%M} UTC, so nothing was done. To ask again, make a new request.",
            request_status=str(StageChangeRequest.Status.EXPIRED),
            decided_by=None,
            decided_at=ends,
        )


def check_open(situation: Situation) -> None:
    """It waits, and its time is not over. Raises NotPending."""
    check_pending(situation.change_request)
    check_not_expired(situation)


def check_may_review(situation: Situation, by: Caller, on_behalf_of: int | None = None) -> None:
    """The caller's decision must count, in their own name or in that of somebody away. Raises Forbidden, OwnRequest, NotEligible.

    Without saying for whom, one's own name comes first; whoever may decide only for somebody else does that.
    """
    check_scope(by, Scope.DECIDE)
    member = situation.members.get(by.user.pk) if by.user else None
    standing = {user.pk for user in stands_in_for(situation, by)}
    if on_behalf_of is not None and on_behalf_of not in standing:
        held = situation.delegations.get(by.user.pk, ()) if by.user else ()
        away = on_behalf_of if any(each.delegator_id == on_behalf_of for each in held) else None
        refused = why_not_counted(situation, member, by.principal_id, away)
        raise refused or NotEligible(
            "You hold no delegation from them that is in force, so nothing was done. Decide in your own name, or ask them for one."
        )
    if on_behalf_of is None and (refused := why_not_counted(situation, member, by.principal_id)) and not standing:
        raise refused


def decides_for(situation: Situation, by: Caller, on_behalf_of: int | None) -> int | None:
    """In whose name a decision counts: None for one's own. Ask `check_may_review` first."""
    member = situation.members.get(by.user.pk) if by.user else None
    if on_behalf_of is not None or why_not_counted(situation, member, by.principal_id) is None:
        return on_behalf_of
    return next(user.pk for user in stands_in_for(situation, by))


def check_same_digest(situation: Situation, seen: str) -> None:
    """You approve what you saw. Raises DigestChanged."""
    if seen and seen != situation.digest:
        raise DigestChanged(
            f"{situation.version.name} or what its move needs was edited after you opened this, so nothing was done. Look at it again,"
            " then decide.",
            digest=situation.digest,
        )


def check_may_approve(situation: Situation, by: Caller, on_behalf_of: int | None = None) -> None:
    """All that an approval needs. Raises NotPending, Forbidden, OwnRequest, NotEligible, VersionLocked, StaleRequest, SkipForbidden.

    Once nothing is missing any more (a reviewer got their role back, say), whoever may approve puts the change into effect.
    """
    check_open(situation)
    check_may_review(situation, by, on_behalf_of)
    check_not_locked(situation.version)
    check_incumbents_not_locked(situation.incumbents)
    check_still_there(situation)
    if skips_too_much(situation):
        raise SkipForbidden(
            f"The policy of {situation.change_request.to_stage.name} does not allow this jump any more, so nothing was done. It has to be"
            " revoked, and asked for the long way or with a comment.",
            skipped_stages=situation.change_request.skipped_stages,
        )
    if not may_take_effect(situation) and own_review(situation, by.principal_id, Review.Decision.APPROVE):
        raise NotEligible(
            "You approved this already; it waits for others. You can withdraw your approval.", reason="already-approved"
        )


def check_may_reject(situation: Situation, by: Caller, on_behalf_of: int | None = None) -> None:
    """All that a rejection needs; a lock does not stand in its way. Raises NotPending, Forbidden, OwnRequest, NotEligible."""
    check_open(situation)
    check_may_review(situation, by, on_behalf_of)


def check_may_withdraw(situation: Situation, by: Caller) -> Review:
    """One takes back one's own approval while the request is pending. Returns it. Raises NotPending, Forbidden, NotEligible."""
    check_open(situation)
    check_scope(by, Scope.DECIDE)
    review = own_review(situation, by.principal_id, Review.Decision.APPROVE)
    if review is None:
        raise NotEligible("You have not approved this, so there is nothing to withdraw.")
    return review


def check_may_revoke(situation: Situation, by: Caller) -> None:
    """Only the requester takes a request back. Raises NotPending, Forbidden, NotEligible."""
    check_open(situation)
    check_scope(by, Scope.WRITE)
    if by.principal_id != situation.change_request.requester_principal_id:
        raise NotEligible("Only the requester revokes a request. You can reject it instead, with a comment.")


def check_comment(comment: str) -> None:
    """A rejection says why. Raises CommentRequired."""
    if not comment.strip():
        raise CommentRequired(
            "A rejection needs a comment that says why, so nothing was done. Write one and send it again.", field="comment"
        )


def may_take_effect(situation: Situation) -> bool:
    """Whether nothing is missing any more: approvals and checks (rule 11)."""
    return not situation.missing and all_passed(situation)


def check_may_bypass(situation: Situation, by: Caller) -> None:
    """Break-glass: a person with a role that the policy names puts the change into effect alone (rule 17); not past a lock.

    Raises NotPending, Forbidden, NotEligible, VersionLocked, StaleRequest.
    """
    check_open(situation)
    check_scope(by, Scope.DECIDE)
    member = situation.members.get(by.user.pk) if by.user else None
    roles = [Role(role) for role in situation.policy.break_glass_roles]
    if member is None or member.user.kind == User.Kind.SERVICE or role_here(situation, member) not in roles:
        who = " and ".join(f"{role}s" for role in roles) or "nobody"
        raise NotEligible(
            f"For a move into {situation.change_request.to_stage.name}, the policy lets {who} break the glass, in person, so nothing was"
            " done. Ask somebody to approve.",
            reason="break-glass",
        )
    if rests_on_requester(situation, member):
        raise NotEligible(
            "Your role was given by the requester after they asked, so you cannot break the glass here. Somebody else may.",
            reason="break-glass",
        )
    check_not_locked(situation.version)
    check_incumbents_not_locked(situation.incumbents)
    check_still_there(situation)


def check_may_sign_off(situation: Situation, by: Caller) -> None:
    """A second person looks at what was put into effect alone: neither who asked nor who did it. Raises Forbidden, NotEligible."""
    change_request = situation.change_request
    check_scope(by, Scope.DECIDE)
    if change_request.effect != StageChangeRequest.Effect.BREAK_GLASS:
        raise NotEligible("This change was not put into effect by break-glass, so there is nothing to sign off.")
    if hasattr(change_request, "sign_off"):
        raise NotEligible(f"{change_request.sign_off.reviewer.display_name} signed this off already, so nothing was done.")
    if by.user is None or by.user.pk not in situation.members:
        raise NotEligible("Only editors and admins of the workspace sign off, so nothing was done. Ask an admin for the role.")
    alone = {change_request.requester_principal_id, change_request.decided_by.principal_id if change_request.decided_by else None}
    if by.principal_id in alone:
        raise NotEligible(
            "You asked for this change or put it into effect, so a second person must sign it off. Ask a colleague."
        )
    if rests_on(situation, situation.members[by.user.pk], alone):
        raise NotEligible(
            "Your role was given by who asked for this or put it into effect, since then, so somebody else must sign it off."
        )


def check_reason(reason: str) -> None:
    """Breaking the glass says why. Raises CommentRequired."""
    if not reason.strip():
        raise CommentRequired(
            "Break-glass needs a reason, for all to read, so nothing was done. Write it and send again.",
            field="comment",
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


ACTIONS: dict[str, Callable[[Situation, Caller], object]] = {
    "approve": check_may_approve,
    "reject": check_may_reject,
    "withdraw": check_may_withdraw,
    "revoke": check_may_revoke,
    "bypass": check_may_bypass,
    "sign-off": check_may_sign_off,
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
