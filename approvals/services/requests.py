"""Asking for a stage change, taking it back, and what ends it from outside."""

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.models import Role
from activity import clock
from activity.errors import Invalid
from approvals.models import StageChangeRequest
from approvals.rules import check_incumbents_not_locked, check_may_ask, check_may_revoke
from approvals.services.locking import locked_situation, read_request, tell_log
from approvals.situations import current_digest, incumbents_for
from registry.content import clean_text
from registry.lifecycle import flags_of_move
from registry.models import Stage
from registry.rules import check_not_archived
from registry.services.lifecycle import open_stage
from registry.services.stages import move_stage
from registry.services.versions import held_stages, locked_version


def request_stage_change(
    *, version_id: int, to_stage: str, by: Caller, comment: str = "", archive_incumbents: bool = False
) -> StageChangeRequest:
    """Ask that a version move; where the policy demands no approval, the change takes effect at once.

    `archive_incumbents`: whoever holds the stage then moves out, to Archived, also where it takes several.

    Effects, in order: the request, activity `stage_change.requested`; with a policy of 0 approvals then what `put_into_effect` does.
    Raises NotFound, Forbidden, Invalid, ModelArchived, AlreadyPending, SameStage, VersionLocked.
    """
    model, version = locked_version(version_id)
    authorise(by, model.workspace_id, Role.EDITOR, Scope.WRITE)
    check_not_archived(model)
    current = Stage.objects.current().filter(workspace_id=model.workspace_id).select_related("policy", "workspace")
    stages = {stage.key: stage for stage in current}
    if to_stage not in stages and next(iter(stages.values())).workspace.open_stages:
        open_stage(workspace_id=model.workspace_id, name=to_stage, by=by)
        stages = {stage.key: stage for stage in current.all()}
    if to_stage not in stages:
        raise Invalid(f"There is no stage “{to_stage}” in this workspace. Choose one of: {', '.join(stages)}.", field="to_stage")
    to = stages[to_stage]
    pending = StageChangeRequest.objects.pending().select_related("from_stage", "to_stage").filter(version=version).first()
    held = [stage.key for stage in held_stages(version)] if to.workspace.multi_hold else []
    check_may_ask(version, to, pending, held, archive_incumbents)
    filed = StageChangeRequest(version=version, to_stage=to, archive_incumbents=archive_incumbents, comment=comment)
    change_request = _file(filed, stages, held, by)
    if to.policy.approvals_required == 0:
        return put_into_effect(change_request, by, "not required by policy")
    return read_request(change_request.pk)


def _file(change_request: StageChangeRequest, stages: dict[str, Stage], held: list[str], by: Caller) -> StageChangeRequest:
    """Write the request with its flags and digest, and its line."""
    here, to = stages[change_request.version.stage], change_request.to_stage
    flags = flags_of_move(stages.values(), here, to, held, multi_hold=to.workspace.multi_hold)
    change_request.from_stage = here
    change_request.direction, change_request.skipped_stages = flags
    change_request.requester, change_request.requester_principal_id = by.person, by.person.principal_id
    change_request.comment = clean_text(change_request.comment, "comment", 10_000).strip()
    change_request.created_at = clock.now()
    (incumbents,) = incumbents_for([change_request])
    check_incumbents_not_locked(incumbents)
    change_request.digest = current_digest(change_request, incumbents)
    change_request.save(force_insert=True)
    told = [incumbent.told for incumbent in incumbents]
    words = {"comment": change_request.comment, "digest": change_request.digest, "incumbents": told}
    tell_log("stage_change.requested", change_request, by, **words, archive_incumbents=change_request.archive_incumbents)
    return change_request


def put_into_effect(change_request: StageChangeRequest, by: Caller, effect: str, comment: str = "") -> StageChangeRequest:
    """Move the version and end the request as applied; everything has been checked, under lock.

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
    return close(change_request, by, moved.stage_activity_id or 0, comment)


def close(change_request: StageChangeRequest, by: Caller, line_id: int, comment: str) -> StageChangeRequest:
    """Save the end of a request: who, when, with which line."""
    change_request.decided_by = by.user
    change_request.decided_at = clock.now()
    change_request.closing_activity_id = line_id
    change_request.closing_comment = comment
    change_request.save(update_fields=["status", "effect", "decided_by", "decided_at", "closing_activity_id", "closing_comment"])
    return read_request(change_request.pk)


def revoke_stage_change(*, change_request_id: int, by: Caller, comment: str = "") -> StageChangeRequest:
    """Take back one's own pending request. Sent again by the same person, it answers the same and writes nothing.

    Effects, in order: activity `stage_change.revoked`, the request's end. Raises NotFound, Forbidden, NotPending, NotEligible.
    """
    situation = locked_situation(change_request_id, by, Scope.WRITE)
    change_request = situation.change_request
    if change_request.status == StageChangeRequest.Status.REVOKED and by.principal_id == change_request.requester_principal_id:
        return change_request
    check_may_revoke(situation, by)
    comment = clean_text(comment, "comment", 10_000).strip()
    line = tell_log("stage_change.revoked", change_request, by, comment=comment)
    change_request.revoke()
    return close(change_request, by, line.pk, comment)


def supersede(*, request_id: int, reason: str, by: Caller) -> None:
    """End a pending request because what it asks for can no longer be; its row and its version are locked by the caller.

    Effects, in order: activity `stage_change.superseded`, the request's end.
    """
    change_request = read_request(request_id)
    line = tell_log("stage_change.superseded", change_request, by, reason=reason)
    change_request.supersede()
    close(change_request, by, line.pk, reason)
