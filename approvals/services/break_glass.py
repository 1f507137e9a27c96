"""Break-glass: one person puts a change into effect alone, in an emergency, and a second one looks at it afterwards (rule 17)."""

from accounts.caller import Caller, Scope
from activity import clock
from approvals.models import SignOff, StageChangeRequest
from approvals.requirements import RequirementStatus, eligible, requirements
from approvals.rules import check_may_bypass, check_may_sign_off, check_reason, check_same_digest
from approvals.services.effects import put_into_effect
from approvals.services.locking import locked_situation, read_request, tell_log
from approvals.services.voiding import up_to_date
from approvals.situations import load_situations
from registry.content import clean_text


def bypass_stage_change(*, change_request_id: int, by: Caller, comment: str, digest: str = "") -> StageChangeRequest:
    """Put a pending change into effect without what is missing, with the reason, where the policy lets one's role do so.

    It stays on the list of what is to be reviewed until a second person signs it off. Effects, in order: activity
    `stage_change.bypassed` with what was overridden and who could have approved, then those of `put_into_effect`. Raises NotFound,
    Forbidden, NotPending, NotEligible, DigestChanged, CommentRequired, VersionLocked, StaleRequest.
    """
    situation = locked_situation(change_request_id, by, Scope.DECIDE)
    check_may_bypass(situation, by)
    check_same_digest(situation, digest)
    check_reason(comment)
    situation = up_to_date(situation, by)
    change_request, reason = situation.change_request, clean_text(comment, "comment", 10_000).strip()
    (whole,) = load_situations([read_request(change_request_id)])  # with all who could have approved: they are told
    unmet = [each for each in requirements(whole) if each.status == RequirementStatus.UNSATISFIED]
    change_request.overridden = [{"code": each.code, "detail": each.detail} for each in unmet]
    tell_log(
        "stage_change.bypassed",
        change_request,
        by,
        reason=reason,
        overridden=[each.code for each in unmet],
        eligible=sorted(member.user_id for member in eligible(whole)),
        digest=situation.digest,
    )
    put_into_effect(change_request, by, StageChangeRequest.Effect.BREAK_GLASS, reason)
    return read_request(change_request_id)


def sign_off_bypass(*, change_request_id: int, by: Caller, comment: str = "") -> StageChangeRequest:
    """Say, as a second person, that one has looked at a change that was put into effect alone.

    Effects, in order: the sign-off, activity `stage_change.signed_off`. Raises NotFound, Forbidden, NotEligible.
    """
    situation = locked_situation(change_request_id, by, Scope.DECIDE)
    check_may_sign_off(situation, by)
    said = clean_text(comment, "comment", 10_000).strip()
    SignOff.objects.create(
        change_request=situation.change_request,
        reviewer=by.person,
        principal_id=by.person.principal_id,
        comment=said,
        created_at=clock.now(),
    )
    tell_log("stage_change.signed_off", situation.change_request, by, comment=said)
    return read_request(change_request_id)
