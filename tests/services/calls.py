"""Every service once, ready to be called: what the tables of lines and of doors go through."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts import services as accounts
from accounts.caller import Caller, Scope
from accounts.models import ApproverGroup, Role, User
from accounts.services import create_token, deactivate_person, invite
from activity import clock
from activity.models import Activity
from activity.unit import unit_of_work
from approvals import services as approvals
from approvals.models import StagePolicy
from gto import services as gto
from imports import services as imports
from imports.models import Import
from notifications import services as notifications
from notifications.matching import queue
from notifications.models import Delivery, Webhook
from registry import services as registry
from registry.models import ModelVersion, Proposal
from registry.services import archive_model
from tests.cast import Team, caller, person

# Called by other services alone, with rows that those have locked: no door reaches them.
INNER = {
    "move_stage", "open_stage", "supersede", "void_if_changed", "expire_stage_change", "remind_of_expiry", "suspend_webhook",
    "import_version", "begin_reading", "bring_model", "bring_version", "finish_import", "fail_import",
}  # fmt: skip
ELSEWHERE = "https://git.example.org/team/models.git"
Doing = Callable[[Caller], object]


@dataclass(frozen=True)
class Call:
    """`prepare` makes what the service needs and returns the call, which wants a caller; `lines` are what it writes when it works."""

    prepare: Callable[[Team], Doing]
    lines: tuple[str, ...]


def _set_up(do: Callable[[], Any]) -> Any:
    with unit_of_work():
        return do()


def _accept(team: Team) -> Doing:
    second = _set_up(lambda: registry.create_workspace(slug="second", by=caller(team.staff)))
    _, secret = _set_up(lambda: invite(workspace_id=second.pk, email="new@example.org", role=Role.VIEWER, by=caller(team.staff)))
    return lambda by: accounts.accept_invitation(secret=secret, by=by, username="new", password="a-long-enough-password")


def _invitation(team: Team) -> int:
    invitation, _ = _set_up(
        lambda: invite(workspace_id=team.workspace.pk, email="new@example.org", role=Role.VIEWER, by=caller(team.admin))
    )
    return int(invitation.pk)


def _token(team: Team) -> int:
    token, _ = _set_up(lambda: create_token(name="ci", scopes=[Scope.READ], by=caller(team.reviewer)))
    return int(token.pk)


def _gone(team: Team) -> int:
    user = person("gone")
    _set_up(lambda: deactivate_person(user_id=user.pk, by=caller(team.staff)))
    return user.pk


def _archived(team: Team) -> int:
    return int(_set_up(lambda: archive_model(model_id=team.model.pk, by=caller(team.admin))).pk)


def _about(service: Callable[..., object], make: Callable[[Team], dict[str, Any]]) -> Callable[[Team], Doing]:
    """A call with arguments that are made first."""

    def prepare(team: Team) -> Doing:
        arguments = make(team)
        return lambda by: service(by=by, **arguments)

    return prepare


def _asked(team: Team, **more: Any) -> dict[str, Any]:
    return {"change_request_id": team.ask(team.version()).pk, **more}


def _commented(team: Team, **more: Any) -> dict[str, Any]:
    version = team.version()
    with unit_of_work():
        said = approvals.add_comment(version_id=version.pk, body="x", by=caller(team.engineer))
    return {"comment_id": said.pk, **more}


def _half_approved(team: Team) -> dict[str, Any]:
    team.policy("staging", 2)
    return {"change_request_id": team.approve(team.ask(team.version())).pk}


def _version(**more: Any) -> Callable[[Team], dict[str, Any]]:
    return lambda team: {"version_id": team.version().pk, **more}


def _tagged_model(team: Team) -> dict[str, Any]:
    tagged: dict[str, Any] = {"model_id": team.model.pk, "key": "gone"}
    _set_up(lambda: registry.set_model_tag(**tagged, value="y", by=caller(team.engineer)))
    return tagged


def _tagged_version(team: Team) -> dict[str, Any]:
    tagged: dict[str, Any] = {"version_id": team.version().pk, "key": "gone"}
    _set_up(lambda: registry.set_version_tag(**tagged, value="y", by=caller(team.engineer)))
    return tagged


def _aliased(team: Team) -> dict[str, Any]:
    version = team.version()
    _set_up(lambda: registry.set_alias(version_id=version.pk, name="gone", by=caller(team.engineer)))
    return {"model_id": team.model.pk, "name": "gone"}


def _workspace(**more: Any) -> Callable[[Team], dict[str, Any]]:
    return lambda team: {"workspace_id": team.workspace.pk, **more}


def _model(**more: Any) -> Callable[[Team], dict[str, Any]]:
    return lambda team: {"model_id": team.model.pk, **more}


def _stage(key: str, **more: Any) -> Callable[[Team], dict[str, Any]]:
    return lambda team: {"stage_id": team.stage(key).pk, **more}


def _retired(team: Team) -> int:
    return int(_set_up(lambda: registry.retire_stage(stage_id=team.stage("development").pk, by=caller(team.admin))).pk)


def _group(team: Team, *people: User, **more: Any) -> dict[str, Any]:
    return {"group_id": team.group(f"risk-{ApproverGroup.objects.count()}", *people).pk, **more}


def _proposal(team: Team) -> dict[str, Any]:
    """A weaker policy, proposed by a second admin."""
    team.role(team.reviewer, Role.ADMIN)
    for waiting in Proposal.objects.filter(status="pending"):
        _set_up(lambda: registry.decline_proposal(proposal_id=waiting.pk, by=caller(team.admin)))  # noqa: B023 - called at once
    team.policy("staging", 1, by=team.reviewer, groups=[], exclude_last_editor=False)
    return {"proposal_id": Proposal.objects.get(status="pending").pk}


def _stopped(team: Team) -> dict[str, Any]:
    """An import that failed."""
    moment = clock.now()
    row = {"workspace": team.workspace, "kind": "gto", "source": ELSEWHERE, "started_by": team.admin, "created_at": moment}
    return {"import_id": Import.objects.create(status="failed", error="x", finished_at=moment, **row).pk}


def _tagged(team: Team) -> dict[str, Any]:
    """A workspace whose tags are written."""
    _set_up(lambda: gto.keep_tag_repository(workspace_id=team.workspace.pk, by=caller(team.admin), user=f"x{clock.now()}"))
    return {"workspace_id": team.workspace.pk}


def _less_protected(team: Team) -> dict[str, Any]:
    """A stage that a second admin would protect no more."""
    team.role(team.reviewer, Role.ADMIN)
    stage: dict[str, Any] = {"stage_id": team.stage("staging").pk, "changes": {"protected": False}}
    return {"proposal_id": _set_up(lambda: registry.edit_stage(**stage, by=caller(team.reviewer))).pk}


def _bypassable(team: Team) -> dict[str, Any]:
    StagePolicy.objects.filter(stage=team.stage("staging")).update(break_glass_roles=["admin"])
    return _asked(team)


def _bypassed(team: Team) -> dict[str, Any]:
    StagePolicy.objects.filter(stage=team.stage("archived")).update(break_glass_roles=["editor", "admin"])
    asked: dict[str, Any] = {"change_request_id": team.ask(team.version(), "archived").pk}
    _set_up(lambda: approvals.bypass_stage_change(**asked, comment="x", by=caller(team.reviewer)))
    return asked


def _delegation(team: Team) -> dict[str, Any]:
    away: dict[str, Any] = {"delegate_id": team.viewer.pk, "ends_at": clock.now() + timedelta(days=1), "reason": "x"}
    return {"delegation_id": _set_up(lambda: accounts.delegate_decisions(**away, by=caller(team.reviewer))).pk}


def _webhook(on: bool = True, **more: Any) -> Callable[[Team], dict[str, Any]]:
    def make(team: Team) -> dict[str, Any]:
        made, _ = _set_up(
            lambda: notifications.create_webhook(
                workspace_id=team.workspace.pk, url="https://example.com/x", by=caller(team.admin)
            )
        )
        Webhook.objects.filter(pk=made.pk).update(enabled=on)
        return {"webhook_id": made.pk, **more}

    return make


def _rotated(team: Team) -> dict[str, Any]:
    made = _webhook()(team)
    _set_up(lambda: notifications.rotate_webhook_secret(**made, by=caller(team.admin)))
    return made


def _delivered(team: Team) -> dict[str, Any]:
    webhook, line = Webhook.objects.get(pk=_webhook()(team)["webhook_id"]), Activity.objects.latest("pk")
    queue([(webhook, line)])
    return {"delivery_id": Delivery.objects.get(webhook=webhook).pk}


def _collaborator(team: Team) -> dict[str, Any]:
    on = {"model_id": team.model.pk, "user_id": team.viewer.pk}
    row = _set_up(lambda: registry.set_collaborator(**on, role=Role.EDITOR, by=caller(team.admin)))
    return {"collaborator_id": row.pk}


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ADD = {"email": "x@example.org", "role": Role.EDITOR}
CALLS: dict[str, Call] = {
    "accept_invitation": Call(_accept, ("member.joined",)),
    "create_person": Call(_about(accounts.create_person, lambda team: {"username": "x"}), ("person.created",)),
    "create_service_account": Call(
        _about(accounts.create_service_account, _workspace(username="x", role=Role.EDITOR)), ("service_account.created",)
    ),
    "create_token": Call(_about(accounts.create_token, lambda team: {"name": "x", "scopes": [Scope.ADMIN]}), ("token.created",)),
    "add_to_group": Call(
        _about(accounts.add_to_group, lambda team: _group(team, user_id=team.reviewer.pk)), ("group.member_added",)
    ),
    "create_group": Call(_about(accounts.create_group, _workspace(key="x")), ("group.created",)),
    "delegate_decisions": Call(
        _about(
            accounts.delegate_decisions,
            lambda team: {"delegate_id": team.viewer.pk, "ends_at": clock.now() + timedelta(days=1), "reason": "x"},
        ),
        ("delegation.given",),
    ),
    "remove_from_group": Call(
        _about(accounts.remove_from_group, lambda team: _group(team, team.reviewer, user_id=team.reviewer.pk)),
        ("group.member_removed",),
    ),
    "rename_group": Call(_about(accounts.rename_group, lambda team: _group(team, name="X")), ("group.renamed",)),
    "withdraw_delegation": Call(_about(accounts.withdraw_delegation, _delegation), ("delegation.withdrawn",)),
    "delete_group": Call(_about(approvals.delete_group, _group), ("group.deleted",)),
    "bypass_stage_change": Call(
        _about(approvals.bypass_stage_change, lambda team: {**_bypassable(team), "comment": "x"}),
        ("stage_change.bypassed", "stage_change.applied"),
    ),
    "sign_off_bypass": Call(_about(approvals.sign_off_bypass, _bypassed), ("stage_change.signed_off",)),
    "report_check": Call(
        _about(approvals.report_check, lambda team: _asked(team, name="tests", status="passed")), ("stage_change.check_reported",)
    ),
    "deactivate_person": Call(
        _about(accounts.deactivate_person, lambda team: {"user_id": team.second_reviewer.pk}), ("person.deactivated",)
    ),
    "edit_profile": Call(_about(accounts.edit_profile, lambda team: {"name": "X", "email": "x@example.org"}), ("person.edited",)),
    "invite": Call(_about(accounts.invite, _workspace(**ADD)), ("member.invited",)),
    "reactivate_person": Call(_about(accounts.reactivate_person, lambda team: {"user_id": _gone(team)}), ("person.reactivated",)),
    "remove_member": Call(
        _about(accounts.remove_member, lambda team: {"workspace_id": team.workspace.pk, "user_id": team.second_reviewer.pk}),
        ("member.removed",),
    ),
    "revoke_token": Call(_about(accounts.revoke_token, lambda team: {"token_id": _token(team)}), ("token.revoked",)),
    "set_member": Call(
        _about(
            accounts.set_member, lambda team: {"workspace_id": team.workspace.pk, "user_id": person("x").pk, "role": Role.EDITOR}
        ),
        ("member.added",),
    ),
    "withdraw_invitation": Call(
        _about(accounts.withdraw_invitation, lambda team: {"invitation_id": _invitation(team)}), ("member.invitation_withdrawn",)
    ),
    "add_stage": Call(_about(registry.add_stage, _workspace(name="Shadow")), ("lifecycle.changed",)),
    "edit_stage": Call(_about(registry.edit_stage, _stage("staging", changes={"name": "Test"})), ("lifecycle.changed",)),
    "retire_stage": Call(_about(registry.retire_stage, _stage("development")), ("lifecycle.changed",)),
    "restore_stage": Call(_about(registry.restore_stage, lambda team: {"stage_id": _retired(team)}), ("lifecycle.changed",)),
    "set_collaborator": Call(
        _about(
            registry.set_collaborator,
            lambda team: {"model_id": team.model.pk, "user_id": team.viewer.pk, "role": Role.VIEWER},
        ),
        ("model.collaborator_added",),
    ),
    "remove_collaborator": Call(_about(registry.remove_collaborator, _collaborator), ("model.collaborator_removed",)),
    "set_privacy": Call(_about(registry.set_privacy, _model(private=True)), ("model.made_private",)),
    "archive_model": Call(_about(registry.archive_model, _model()), ("model.archived",)),
    "create_workspace": Call(_about(registry.create_workspace, lambda team: {"slug": "x"}), ("workspace.created",)),
    "delete_model": Call(_about(registry.delete_model, _model()), ("model.deleted",)),
    "delete_version": Call(_about(registry.delete_version, _version()), ("model_version.deleted",)),
    "edit_model": Call(_about(registry.edit_model, _model(changes={"labels": ["x"]})), ("model.edited",)),
    "edit_version": Call(_about(registry.edit_version, _version(changes={"labels": ["x"]})), ("model_version.edited",)),
    "lock_version": Call(_about(registry.lock_version, _version(level=ModelVersion.Lock.CLOSED)), ("model_version.locked",)),
    "register_model": Call(_about(registry.register_model, _workspace(name="x")), ("model.registered",)),
    "register_version": Call(_about(registry.register_version, _model()), ("model_version.registered",)),
    "rename_workspace": Call(_about(registry.rename_workspace, _workspace(title="X")), ("workspace.renamed",)),
    "add_comment": Call(_about(approvals.add_comment, _version(body="x")), ("comment.added",)),
    "edit_comment": Call(_about(approvals.edit_comment, lambda team: _commented(team, body="y")), ("comment.edited",)),
    "delete_comment": Call(_about(approvals.delete_comment, _commented), ("comment.deleted",)),
    "approve_stage_change": Call(
        _about(approvals.approve_stage_change, _asked), ("stage_change.approval_given", "stage_change.applied")
    ),
    "reject_stage_change": Call(
        _about(approvals.reject_stage_change, lambda team: _asked(team, comment="x")), ("stage_change.rejected",)
    ),
    "request_stage_change": Call(
        _about(approvals.request_stage_change, _version(to_stage="staging")), ("stage_change.requested",)
    ),
    "revoke_stage_change": Call(_about(approvals.revoke_stage_change, _asked), ("stage_change.revoked",)),
    "set_policy": Call(
        _about(
            approvals.set_policy,
            lambda team: {"stage_id": team.stage("staging").pk, "changes": {"approvals_required": 2}},
        ),
        ("policy.changed",),
    ),
    "withdraw_approval": Call(_about(approvals.withdraw_approval, _half_approved), ("stage_change.approval_withdrawn",)),
    "create_webhook": Call(_about(notifications.create_webhook, _workspace(url="https://example.com/x")), ("webhook.created",)),
    "edit_webhook": Call(_about(notifications.edit_webhook, _webhook(changes={"name": "x"})), ("webhook.edited",)),
    "rotate_webhook_secret": Call(_about(notifications.rotate_webhook_secret, _webhook()), ("webhook.secret_rotated",)),
    "end_old_secret": Call(_about(notifications.end_old_secret, _rotated), ("webhook.old_secret_ended",)),
    "disable_webhook": Call(_about(notifications.disable_webhook, _webhook()), ("webhook.disabled",)),
    "enable_webhook": Call(_about(notifications.enable_webhook, _webhook(on=False)), ("webhook.enabled",)),
    "delete_webhook": Call(_about(notifications.delete_webhook, _webhook()), ("webhook.deleted",)),
    "send_test": Call(_about(notifications.send_test, _webhook()), ("webhook.tested",)),
    "begin_test": Call(_about(notifications.begin_test, _webhook()), ("webhook.tested",)),
    "redeliver": Call(_about(notifications.redeliver, _delivered), ("webhook.redelivered",)),
    "redeliver_range": Call(_about(notifications.redeliver_range, _webhook(since=LONG_AGO)), ("webhook.redelivered",)),
    "set_model_tag": Call(_about(registry.set_model_tag, _model(key="x", value="y")), ("model.tagged",)),
    "set_version_tag": Call(_about(registry.set_version_tag, _version(key="x", value="y")), ("model_version.tagged",)),
    "remove_model_tag": Call(_about(registry.remove_model_tag, _tagged_model), ("model.untagged",)),
    "remove_version_tag": Call(_about(registry.remove_version_tag, _tagged_version), ("model_version.untagged",)),
    "set_alias": Call(_about(registry.set_alias, _version(name="x")), ("alias.moved",)),
    "remove_alias": Call(_about(registry.remove_alias, _aliased), ("alias.removed",)),
    "start_import": Call(_about(imports.start_import, _workspace(kind="gto", source=ELSEWHERE)), ("import.started",)),
    "resume_import": Call(_about(imports.resume_import, _stopped), ("import.resumed",)),
    "keep_tag_repository": Call(_about(gto.keep_tag_repository, _workspace(remote=ELSEWHERE)), ("tag_repository.enabled",)),
    "push_tags": Call(_about(gto.push_tags, _tagged), ("tag_repository.tried",)),
    "stop_tag_repository": Call(_about(gto.stop_tag_repository, _tagged), ("tag_repository.disabled",)),
    "unarchive_model": Call(_about(registry.unarchive_model, lambda team: {"model_id": _archived(team)}), ("model.unarchived",)),
    # Last: where all calls share a team, it has two admins from here on.
    "confirm_lifecycle": Call(_about(registry.confirm_lifecycle, _less_protected), ("lifecycle.changed",)),
    "decline_proposal": Call(_about(registry.decline_proposal, _proposal), ("proposal.declined",)),
    "confirm_policy": Call(_about(approvals.confirm_policy, _proposal), ("policy.changed",)),
}
PUBLIC = {*accounts.__all__, *registry.__all__, *approvals.__all__, *imports.__all__, *notifications.__all__, *gto.__all__}
