"""What a stage demands of a move into it."""

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.models import Role
from activity.errors import NotFound
from activity.log import Subject, record
from approvals.models import StageChangeRequest, StagePolicy
from approvals.rules import check_policy
from approvals.services.voiding import void_if_changed
from registry.models import RegisteredModel
from registry.rules import check_revision


def set_policy(
    *, stage_id: int, by: Caller, approvals_required: int, exclude_last_editor: bool, revision: int | None = None
) -> StagePolicy:
    """Change what a move into a stage demands. Applies nothing by itself: it counts from the next decision on.

    Effects, in order: the policy, activity `policy.changed` with before and after; then each pending request into the stage gets the
    digest of the new policy, and its approvals are void. Raises NotFound, Forbidden, Invalid, PreconditionFailed.
    """
    policy = StagePolicy.objects.select_related("stage").filter(stage_id=stage_id).first()
    if policy is None:
        raise NotFound("There is no such stage.")
    workspace_id = policy.stage.workspace_id
    pending = StageChangeRequest.objects.pending().filter(to_stage_id=stage_id)
    # Model rows before anything below them: the order in which every change locks.
    list(
        RegisteredModel.objects.select_for_update()
        .filter(pk__in=pending.values("version__model_id"))
        .order_by("pk")
        .values_list("pk")
    )
    policy = StagePolicy.objects.select_related("stage").select_for_update(of=("self",)).get(pk=policy.pk)
    authorise(by, workspace_id, Role.ADMIN, Scope.ADMIN)
    check_policy(approvals_required)
    check_revision(policy.revision, revision)
    before = policy.content
    policy.approvals_required, policy.exclude_last_editor = approvals_required, exclude_last_editor
    if policy.content == before:
        return policy
    policy.revision += 1
    policy.save(update_fields=["approvals_required", "exclude_last_editor", "revision"])
    record(
        "policy.changed",
        by=by.actor,
        on=Subject(workspace_id=workspace_id),
        data={"stage": policy.stage.key, "from": before, "to": policy.content},
    )
    for request_id in pending.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True):
        void_if_changed(request_id=request_id, by=by)
    return policy
