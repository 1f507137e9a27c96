"""Deciding on a stage change."""

from dataclasses import replace

from accounts.caller import Caller, Scope
from activity import clock
from approvals.eligibility import Situation, counts
from approvals.models import Review, StageChangeRequest
from approvals.rules import (
    check_comment,
    check_may_approve,
    check_may_reject,
    check_may_withdraw,
    check_same_digest,
    decides_for,
    may_take_effect,
    own_review,
)
from approvals.services.effects import close, take_effect_if_ready
from approvals.services.locking import locked_situation, read_request, tell_log
from approvals.services.voiding import up_to_date
from registry.content import clean_text


def approve_stage_change(
    *, change_request_id: int, by: Caller, comment: str = "", digest: str = "", on_behalf_of: int | None = None
) -> StageChangeRequest:
    """Record an approval; when it is the last one needed, put the change into effect in the same transaction.

    `digest`, when given, must be that of what stands there now; `on_behalf_of` is somebody away who let the caller decide for them, by
    default nobody unless the caller may decide only so. The same approval again answers the same and writes nothing.
    Effects, in order: the review, activity `stage_change.approval_given`; with the last one then those of `put_into_effect`. Raises
    NotFound, Forbidden, NotPending, OwnRequest, NotEligible, DigestChanged, VersionLocked, StaleRequest.
    """
    situation = locked_situation(change_request_id, by, Scope.DECIDE)
    given = own_review(situation, by.principal_id, Review.Decision.APPROVE)
    if given and on_behalf_of in (None, given.on_behalf_of_id) and stands(situation, given):
        return situation.change_request
    check_may_approve(situation, by, on_behalf_of)
    check_same_digest(situation, digest)
    situation = up_to_date(situation, by)
    change_request = situation.change_request
    if given is None:
        given = _write_review(situation, by, Review.Decision.APPROVE, comment, on_behalf_of)
        told = {"comment": given.comment, "digest": situation.digest, "review": given.pk, "on_behalf_of": given.on_behalf_of_id}
        tell_log("stage_change.approval_given", change_request, by, **told)
        situation = replace(situation, reviews=(*situation.reviews, given))
    take_effect_if_ready(situation, by, given.comment)
    return read_request(change_request_id)


def stands(situation: Situation, given: Review) -> bool:
    """Whether an approval given before still says all there is to say: the change was made, or it counts and waits for the rest."""
    if situation.change_request.is_pending:
        return not situation.has_expired and not may_take_effect(situation) and counts(situation, given)
    return bool(situation.change_request.status == StageChangeRequest.Status.APPLIED)


def _write_review(situation: Situation, by: Caller, decision: Review.Decision, comment: str, on_behalf_of: int | None) -> Review:
    """Write the review with the digest of what stands there; the last one of a person is the one that counts."""
    moment = situation.now or clock.now()  # that at which delegations were read, so that the database sees the same ones
    if earlier := own_review(situation, by.principal_id, Review.Decision.APPROVE):
        earlier.withdrawn_at = moment
        earlier.save(update_fields=["withdrawn_at"])
    return Review.objects.create(
        change_request=situation.change_request,
        reviewer=by.person,
        principal_id=by.person.principal_id,
        on_behalf_of_id=decides_for(situation, by, on_behalf_of),
        decision=decision,
        comment=clean_text(comment, "comment", 10_000).strip(),
        digest=situation.digest,
        created_at=moment,
    )


def reject_stage_change(
    *, change_request_id: int, by: Caller, comment: str, digest: str = "", on_behalf_of: int | None = None
) -> StageChangeRequest:
    """Say no, with the reason: one rejection ends the request. The same rejection again answers the same and writes nothing.

    Effects, in order: the review, activity `stage_change.rejected`, the request's end. Raises NotFound, Forbidden, NotPending,
    OwnRequest, NotEligible, DigestChanged, CommentRequired.
    """
    situation = locked_situation(change_request_id, by, Scope.DECIDE)
    change_request = situation.change_request
    if change_request.status == StageChangeRequest.Status.REJECTED and own_review(
        situation, by.principal_id, Review.Decision.REJECT
    ):
        return change_request
    check_may_reject(situation, by, on_behalf_of)
    check_same_digest(situation, digest)
    check_comment(comment)
    review = _write_review(situation, by, Review.Decision.REJECT, comment, on_behalf_of)
    told = {"comment": review.comment, "digest": situation.digest, "review": review.pk, "on_behalf_of": review.on_behalf_of_id}
    line = tell_log("stage_change.rejected", change_request, by, **told)
    change_request.reject()
    close(change_request, by.user, line.pk, review.comment)
    return read_request(change_request_id)


def withdraw_approval(*, change_request_id: int, by: Caller, comment: str = "") -> StageChangeRequest:
    """Take back one's own approval while the request is pending.

    Effects, in order: the review, activity `stage_change.approval_withdrawn`. Raises NotFound, Forbidden, NotPending, NotEligible.
    """
    situation = locked_situation(change_request_id, by, Scope.DECIDE)
    review = check_may_withdraw(situation, by)
    review.withdrawn_at = clock.now()
    review.save(update_fields=["withdrawn_at"])
    tell_log(
        "stage_change.approval_withdrawn",
        situation.change_request,
        by,
        comment=clean_text(comment, "comment", 10_000).strip(),
        review=review.pk,
    )
    return read_request(change_request_id)
