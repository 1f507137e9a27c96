"""Asking for a stage change, and taking it back."""

from datetime import timedelta

from accounts.caller import Caller, Scope
from accounts.models import Role
from activity import clock
from activity.errors import Invalid
from activity.prepared import prepared
from approvals.eligibility import Situation
from approvals.models import StageChangeRequest
from approvals.obstacles import check_incumbents_not_locked, check_skip
from approvals.querysets import RequestQuerySet
from approvals.rules import check_may_ask, check_may_revoke
from approvals.services.effects import close, take_effect_if_ready
from approvals.services.expiry import expire_stage_change, until
from approvals.services.locking import locked_situation, read_request, tell_log
from approvals.situations import current_digest, incumbents_for
from registry.access import authorise_on
from registry.content import clean_text
from registry.lifecycle import flags_of_move
from registry.models import Stage
from registry.querysets import StageQuerySet
from registry.rules import check_not_archived
from registry.services.lifecycle import open_stage
from registry.services.versions import held_stages, locked_version


def request_stage_change(
    *, version_id: int, to_stage: str, by: Caller, comment: str = "", archive_incumbents: bool = False
) -> StageChangeRequest:
    """Ask that a version move; where nothing is demanded of the caller, the change takes effect at once (rule 16).

    `archive_incumbents`: whoever holds the stage then moves out, to Archived, also where it takes several.

    Effects, in order: an older request that nobody decided in time expires; the request, activity `stage_change.requested`; then, with
    a policy of 0 approvals or from a release account, and no required check, what `put_into_effect` does. Raises NotFound, Forbidden,
    Invalid, ModelArchived, AlreadyPending, SameStage, VersionLocked, SkipForbidden, CommentRequired.
    """
    model, version = locked_version(version_id)
    authorise_on(by, model, Role.EDITOR, Scope.WRITE)
    check_not_archived(model)
    stages = {stage.key: stage for stage in _stages_in(model.workspace_id)}
    if to_stage not in stages and next(iter(stages.values())).workspace.open_stages:
        open_stage(workspace_id=model.workspace_id, name=to_stage, by=by)
        stages = {stage.key: stage for stage in _stages_in(model.workspace_id)}
    if to_stage not in stages:
        raise Invalid(f"There is no stage “{to_stage}” in this workspace. Choose one of: {', '.join(stages)}.", field="to_stage")
    to = stages[to_stage]
    model.workspace = to.workspace
    held = [stage.key for stage in held_stages(version)] if to.workspace.multi_hold else []
    check_may_ask(version, to, _still_pending(version.pk), held, archive_incumbents)
    filed = StageChangeRequest(version=version, to_stage=to, archive_incumbents=archive_incumbents, comment=comment)
    situation = _file(filed, stages, held, by)
    take_effect_if_ready(situation, by)
    return filed


@prepared
def _stages_in(workspace_id: int) -> StageQuerySet:
    return Stage.objects.current().filter(workspace=workspace_id).select_related("policy", "workspace")


@prepared
def _pending_of(version_id: int) -> RequestQuerySet:
    return StageChangeRequest.objects.pending().select_related("from_stage", "to_stage").filter(version=version_id)


def _still_pending(version_id: int) -> StageChangeRequest | None:
    """The version's pending request; one whose time is over ends here, when the sweep has not come by yet."""
    pending = _pending_of.one(version_id)
    if pending and pending.expires_at and pending.expires_at <= clock.now():
        expire_stage_change(change_request_id=pending.pk, by=Caller.stageward())
        return None
    return pending


def _file(change_request: StageChangeRequest, stages: dict[str, Stage], held: list[str], by: Caller) -> Situation:
    """Write the request with its flags and digest, and its line. Raises VersionLocked, SkipForbidden, CommentRequired."""
    here, to, moment = stages[change_request.version.stage], change_request.to_stage, clock.now()
    flags = flags_of_move(stages.values(), here, to, held, multi_hold=to.workspace.multi_hold)
    change_request.from_stage = here
    change_request.direction, change_request.skipped_stages = flags
    change_request.requester, change_request.requester_principal_id = by.person, by.person.principal_id
    change_request.requester_token_id = by.token.pk if by.token else None
    change_request.comment = clean_text(change_request.comment, "comment", 10_000).strip()
    change_request.created_at, days = moment, to.policy.expires_after_days
    change_request.expires_at = moment + timedelta(days=days) if days else None
    (incumbents,) = incumbents_for([change_request])
    check_incumbents_not_locked(incumbents)
    change_request.digest = current_digest(change_request, incumbents)
    situation = Situation(change_request, to.policy, change_request.digest, (), {}, incumbents, now=moment)
    check_skip(situation)
    change_request.save(force_insert=True)
    told = [incumbent.told for incumbent in incumbents]
    words = {"comment": change_request.comment, "digest": change_request.digest, "incumbents": told}
    flags_told = {"archive_incumbents": change_request.archive_incumbents, "expires_at": until(change_request)}
    tell_log("stage_change.requested", change_request, by, **words, **flags_told)
    return situation


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
    close(change_request, by.user, line.pk, comment)
    return read_request(change_request_id)
