"""How a request ends: with its change in effect, or without."""

from accounts.caller import Caller
from accounts.models import User
from activity import clock
from approvals.eligibility import Situation
from approvals.models import StageChangeRequest
from approvals.obstacles import skips_too_much
from approvals.rules import may_take_effect
from approvals.services.locking import read_request, tell_log
from registry.models import ModelVersion
from registry.services.stages import move_stage


def take_effect_if_ready(situation: Situation, by: Caller, comment: str = "") -> None:
    """Put the change into effect when nothing is missing and nothing stands in its way; the caller holds the locks."""
    version, change_request = situation.version, situation.change_request
    moving = [version, *(incumbent.version for incumbent in situation.incumbents)]
    locked = any(each.lock_level != ModelVersion.Lock.OPEN for each in moving)
    if locked or version.stage != change_request.from_stage.key or not may_take_effect(situation) or skips_too_much(situation):
        return
    put_into_effect(change_request, by, _effect(situation), comment, _decider(situation, by))


def _effect(situation: Situation) -> str:
    if situation.need.total:
        return StageChangeRequest.Effect.APPROVED
    return StageChangeRequest.Effect.RELEASE_ACCOUNT if situation.released else StageChangeRequest.Effect.NOT_REQUIRED


def _decider(situation: Situation, by: Caller) -> User | None:
    """Who decided: where a check came last, whoever approved last before it."""
    given = situation.given
    if not given or any(review.principal_id == by.principal_id for review in given):
        return by.user
    return given[-1].reviewer


def put_into_effect(
    change_request: StageChangeRequest, by: Caller, effect: str, comment: str = "", decided_by: User | None = None
) -> None:
    """Move the version and end the request as applied; everything has been checked, under lock.

    `decided_by` is the caller unless said.
    Effects, in order: those of `registry.services.move_stage` (activity `stage_change.applied`), the request's end.
    """
    moved = move_stage(
        version=change_request.version,
        to=change_request.to_stage,
        request_id=change_request.pk,
        by=by,
        data={
            "direction": change_request.direction,
            "skipped_stages": change_request.skipped_stages,
            "effect": effect,
            "digest": change_request.digest,
        },
        archive_incumbents=change_request.archive_incumbents,
    )
    change_request.effect = effect
    change_request.apply()
    close(change_request, decided_by or by.user, moved.stage_activity_id or 0, comment)


CLOSING = ["status", "effect", "overridden", "decided_by", "decided_at", "closing_activity_id", "closing_comment"]


def close(change_request: StageChangeRequest, decided_by: User | None, line_id: int, comment: str) -> None:
    """Save the end of a request: who, when, with which line."""
    change_request.decided_by = decided_by
    change_request.decided_at = clock.now()
    change_request.closing_activity_id = line_id
    change_request.closing_comment = comment
    change_request.save(update_fields=CLOSING)


def supersede(*, request_id: int, reason: str, by: Caller) -> None:
    """End a pending request because what it asks for can no longer be; its row and its version are locked by the caller.

    Effects, in order: activity `stage_change.superseded`, the request's end.
    """
    change_request = read_request(request_id)
    line = tell_log("stage_change.superseded", change_request, by, reason=reason)
    change_request.supersede()
    close(change_request, by.user, line.pk, reason)
