"""What a stage demands of a move into it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.models import ApproverGroup, Membership, Role, Workspace
from accounts.services.groups import locked_group
from activity.errors import Conflict, Invalid, NotFound
from activity.log import Subject, record
from approvals.approvers import deciding_people
from approvals.models import StageChangeRequest, StagePolicy
from approvals.policy_content import check_satisfiable, cleaned, weakened
from approvals.services.voiding import void_if_changed
from registry.models import Proposal, RegisteredModel
from registry.rules import check_revision
from registry.services.proposals import needs_second_admin, propose, take_proposal


@dataclass(frozen=True)
class PolicyOutcome:
    """The policy as it now is; and the proposal, where it only becomes so once a second admin confirms."""

    policy: StagePolicy
    proposal: Proposal | None = None


def set_policy(*, stage_id: int, by: Caller, changes: Mapping[str, Any], revision: int | None = None) -> PolicyOutcome:
    """Change what a move into a stage demands: the fields that `changes` names. Applies nothing by itself: it counts from now on.

    To ask for less takes a second admin where there is one: then nothing changes yet. Effects, in order: the policy, activity
    `policy.changed` with before and after, and each pending request into the stage gets the digest of the new policy, which voids its
    approvals; or the proposal, activity `proposal.made`. Raises NotFound, Forbidden, Invalid, Conflict, PreconditionFailed.
    """
    policy = _locked(stage_id)
    authorise(by, policy.stage.workspace_id, Role.ADMIN, Scope.ADMIN)
    check_revision(policy.revision, revision)
    wanted, before = cleaned(changes), policy.content
    after = before | wanted
    _check(policy, before, after)
    if after == before:
        return PolicyOutcome(policy)
    weakens = weakened(before, after)
    if weakens and needs_second_admin(policy.stage.workspace_id, by):
        proposal = propose(stage=policy.stage, kind=Proposal.Kind.POLICY, before=before, changes=wanted, weakens=weakens, by=by)
        return PolicyOutcome(policy, proposal)
    return PolicyOutcome(_apply(policy, after, by, {"weakens": weakens} if weakens else {}))


def confirm_policy(*, proposal_id: int, by: Caller) -> PolicyOutcome:
    """Carry out another admin's proposal of a weaker policy.

    Effects, in order: the proposal, those of `set_policy`; the line names who proposed it. Raises NotFound, Forbidden,
    SecondAdminNeeded, Conflict when it ended or the policy has changed since.
    """
    stage_id = Proposal.objects.filter(pk=proposal_id).values_list("stage_id", flat=True).first()
    policy = _locked(stage_id)
    proposal = take_proposal(proposal_id, Proposal.Kind.POLICY, by)
    if policy.content != proposal.before:
        raise Conflict("The policy was changed since this was proposed, so nothing was done. Decline it, then propose it again.")
    after = policy.content | proposal.changes
    _check(policy, policy.content, after)
    told = {"weakens": proposal.weakens, "proposal": proposal.pk, "proposed_by": proposal.proposed_by_id}
    return PolicyOutcome(_apply(policy, after, by, told))


def delete_group(*, group_id: int, by: Caller) -> None:
    """Remove a group that no policy names and no model lets in.

    Effects, in order: the group with its members, activity `group.deleted`. Raises NotFound, Forbidden, Conflict.
    """
    group = locked_group(group_id, by)
    for policy in StagePolicy.objects.filter(stage__workspace_id=group.workspace_id).select_related("stage"):
        if any(line["group"] == group.key for line in policy.groups):
            raise Conflict(
                f"The policy of {policy.stage.name} asks for {group.name}, so it was not removed. Change that policy first.",
                stage=policy.stage.key,
            )
    if names := list(
        group.collaborations.filter(model__deleted_at=None).order_by("model__name").values_list("model__name", flat=True)
    ):
        more = f" and {len(names) - 1} more" if names[1:] else ""
        raise Conflict(
            f"{group.name} is a collaborator on {names[0]}{more}, so it was not removed. Take it off there first.", field="group"
        )
    group.collaborations.all().delete()  # on deleted models, which nobody can open any more
    group.delete()
    record("group.deleted", by=by.actor, on=Subject(workspace_id=group.workspace_id), data={"group": group.key})


def _locked(stage_id: int | None) -> StagePolicy:
    """Lock the models of what waits for the stage, then its policy: model rows come before anything below them. Raises NotFound."""
    if stage_id is None or not StagePolicy.objects.filter(stage_id=stage_id).exists():
        raise NotFound("There is no such stage.")
    models = _pending(stage_id).values("version__model_id")
    list(RegisteredModel.objects.select_for_update().filter(pk__in=models).order_by("pk").values_list("pk"))
    return StagePolicy.objects.select_related("stage").select_for_update(of=("self",)).get(stage_id=stage_id)


def _pending(stage_id: int) -> Any:
    return StageChangeRequest.objects.pending().filter(to_stage_id=stage_id)


def _check(policy: StagePolicy, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """The same as `check_policy`, with the people and groups held as they are: the workspace's row is their lock."""
    Workspace.objects.select_for_update().get(pk=policy.stage.workspace_id)
    check_policy(policy, before, after)


def check_policy(policy: StagePolicy, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Whom it names must be there, and somebody must be able to satisfy it. Raises Invalid."""
    workspace_id = policy.stage.workspace_id
    groups = {line["group"] for line in after["groups"]}
    known = set(ApproverGroup.objects.filter(workspace_id=workspace_id, key__in=groups).values_list("key", flat=True))
    if missing := groups - known:
        raise Invalid(f"There is no approver group “{min(missing)}” in this workspace. Make it first.", field="groups")
    _check_accounts(workspace_id, after["release_accounts"], "release_accounts")
    _check_accounts(workspace_id, [line["reporter"] for line in after["required_checks"]], "required_checks")
    if (before["approvals_required"], before["groups"]) != (after["approvals_required"], after["groups"]):
        wanted = StagePolicy(approvals_required=after["approvals_required"], groups=after["groups"])
        check_satisfiable(wanted, deciding_people(workspace_id))


def _check_accounts(workspace_id: int, named: list[str | None], field: str) -> None:
    """Accounts are members, by user name; tokens are `token:` and a number, of members. Raises Invalid."""
    wanted = {name for name in named if name}
    members = Membership.objects.of_the_active().filter(workspace_id=workspace_id)
    known = set(members.filter(user__username__in=wanted).values_list("user__username", flat=True))
    tokens = {int(name[6:]) for name in wanted if name.startswith("token:") and name[6:].isdecimal() and len(name) < 25}
    known |= {f"token:{pk}" for pk in members.filter(user__tokens__in=tokens).values_list("user__tokens", flat=True)}
    if missing := wanted - known:
        raise Invalid(
            f"“{min(missing)}” is no active member of this workspace, so the policy was not saved. Name a member's user name, or"
            " “token:” and the number of a member's token.",
            field=field,
        )


def _apply(policy: StagePolicy, after: Mapping[str, Any], by: Caller, told: dict[str, Any]) -> StagePolicy:
    before = policy.content
    for field, value in after.items():
        setattr(policy, field, value)
    policy.revision += 1
    policy.save(update_fields=[*after, "revision"])
    record(
        "policy.changed",
        by=by.actor,
        on=Subject(workspace_id=policy.stage.workspace_id),
        data={"stage": policy.stage.key, "from": before, "to": policy.content} | told,
    )
    pending = _pending(policy.stage_id).select_for_update(of=("self",)).order_by("pk")
    for request_id in pending.values_list("pk", flat=True):
        void_if_changed(request_id=request_id, by=by)
    return policy
