"""Approvals are for what was seen: when that changes, they stop counting, and the log says so."""

from accounts.caller import Caller
from approvals.eligibility import Situation
from approvals.models import Review, StageChangeRequest
from approvals.querysets import RequestQuerySet
from approvals.services.locking import read_situation, tell_log
from approvals.situations import load_situations


def up_to_date(situation: Situation, by: Caller) -> Situation:
    """The situation with the digest of what stands there now; a request that was filed while its policy changed carries another."""
    if situation.digest == situation.change_request.digest:
        return situation
    void_if_changed(request_id=situation.change_request.pk, by=by)
    return read_situation(situation.change_request.pk, situation.members)


def void_where_changed(*, requests: RequestQuerySet, by: Caller) -> None:
    """Bring the digests of those of these pending requests up to date that changed; their models are locked by the caller.

    Effects, for each: those of `void_if_changed`.
    """
    situations = load_situations(requests.with_everything().order_by("pk"), ())
    for situation in situations:
        if situation.digest != situation.change_request.digest:
            StageChangeRequest.objects.select_for_update().filter(pk=situation.change_request.pk).first()
            void_if_changed(request_id=situation.change_request.pk, by=by)


def void_if_changed(*, request_id: int, by: Caller) -> StageChangeRequest:
    """Bring a pending request's digest up to what stands there now; its row is locked by the caller.

    Approvals keep the digest that they were given for, so those for other content stop counting by themselves, and count again when
    that content is back. Effects, in order: the request's digest, activity `stage_change.approvals_voided` when approvals stopped
    counting.
    """
    situation = read_situation(request_id)
    change_request, before = situation.change_request, situation.change_request.digest
    if situation.digest == before:
        return change_request
    voided = [
        review
        for review in situation.reviews
        if review.decision == Review.Decision.APPROVE and review.withdrawn_at is None and review.digest == before
    ]
    change_request.digest = situation.digest
    change_request.save(update_fields=["digest"])
    if voided:
        tell_log(
            "stage_change.approvals_voided",
            change_request,
            by,
            reviews=[review.pk for review in voided],
            before=before,
            digest=situation.digest,
            incumbents=[incumbent.told for incumbent in situation.incumbents],
        )
    return change_request
