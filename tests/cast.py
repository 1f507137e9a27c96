"""The cast of the tests, as in a small team: who they are and what they may do. Made through the services, like everything."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from accounts.caller import Caller
from accounts.models import ApproverGroup, Delegation, Role, User, Workspace
from accounts.services import (
    add_to_group,
    create_group,
    create_person,
    create_service_account,
    deactivate_person,
    delegate_decisions,
    set_member,
)
from activity import clock
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from approvals.services import (
    approve_stage_change,
    bypass_stage_change,
    reject_stage_change,
    report_check,
    request_stage_change,
    revoke_stage_change,
    set_policy,
    sign_off_bypass,
    withdraw_approval,
)
from registry.models import Collaborator, ModelVersion, RegisteredModel, Stage
from registry.services import (
    create_workspace,
    delete_version,
    edit_version,
    lock_version,
    register_model,
    register_version,
    remove_collaborator,
    set_collaborator,
    set_privacy,
)
from tests.remembered import remembered

PASSWORD = "correct-horse-battery"


def caller(user: User, via: str = "page") -> Caller:
    """The user in their browser."""
    return Caller(user, via)


@dataclass
class Team:
    """One workspace. `admin` runs it, `engineer` and `reviewer` are editors, `viewer` reads, `stranger` is no member."""

    workspace: Workspace
    admin: User
    engineer: User
    reviewer: User
    second_reviewer: User
    viewer: User
    stranger: User
    staff: User
    service: User
    model: RegisteredModel
    extra: dict[str, Any] = field(default_factory=dict)

    def stage(self, key: str) -> Stage:
        """A stage of the workspace."""
        return Stage.objects.get(workspace=self.workspace, key=key)

    def version(self, **fields: Any) -> ModelVersion:
        """A new version by the engineer."""
        with unit_of_work():
            return register_version(model_id=self.model.pk, by=caller(self.engineer), **fields)

    def ask(
        self, version: ModelVersion, to: str = "staging", by: User | None = None, comment: str = "", **more: Any
    ) -> StageChangeRequest:
        """A request, by the engineer unless said."""
        with unit_of_work():
            return request_stage_change(
                version_id=version.pk, to_stage=to, by=caller(by or self.engineer), comment=comment, **more
            )

    def approve(
        self, change_request: StageChangeRequest, by: User | None = None, digest: str = "", on_behalf_of: User | None = None
    ) -> StageChangeRequest:
        """An approval, by the reviewer unless said."""
        person, away = by or self.reviewer, on_behalf_of.pk if on_behalf_of else None
        with unit_of_work():
            return approve_stage_change(change_request_id=change_request.pk, by=caller(person), digest=digest, on_behalf_of=away)

    def reject(
        self, change_request: StageChangeRequest, by: User | None = None, comment: str = "Not yet.", digest: str = ""
    ) -> StageChangeRequest:
        """A rejection, by the reviewer unless said."""
        with unit_of_work():
            return reject_stage_change(
                change_request_id=change_request.pk, by=caller(by or self.reviewer), comment=comment, digest=digest
            )

    def withdraw(self, change_request: StageChangeRequest, by: User | None = None) -> StageChangeRequest:
        """An approval taken back, by the reviewer unless said."""
        with unit_of_work():
            return withdraw_approval(change_request_id=change_request.pk, by=caller(by or self.reviewer))

    def revoke(self, change_request: StageChangeRequest, by: User | None = None, comment: str = "") -> StageChangeRequest:
        """A request taken back, by the engineer unless said."""
        with unit_of_work():
            return revoke_stage_change(change_request_id=change_request.pk, by=caller(by or self.engineer), comment=comment)

    def edit(self, version: ModelVersion, by: User | None = None, **changes: Any) -> ModelVersion:
        """An edit, by the engineer unless said."""
        with unit_of_work():
            return edit_version(version_id=version.pk, changes=changes, by=caller(by or self.engineer))

    def lock(self, version: ModelVersion, level: str, by: User | None = None) -> ModelVersion:
        """A lock, by the admin unless said."""
        with unit_of_work():
            return lock_version(version_id=version.pk, level=ModelVersion.Lock(level), by=caller(by or self.admin))

    def delete(self, version: ModelVersion, by: User | None = None) -> None:
        """A deletion, by the engineer unless said."""
        with unit_of_work():
            delete_version(version_id=version.pk, by=caller(by or self.engineer))

    def hide(self, by: User | None = None, private: bool = True, model: RegisteredModel | None = None) -> None:
        """The model made private, or seen by all again, by the admin unless said."""
        with unit_of_work():
            set_privacy(model_id=(model or self.model).pk, private=private, by=caller(by or self.admin))

    def let_in(self, who: User | ApproverGroup, role: Role = Role.VIEWER, by: User | None = None) -> Collaborator:
        """A collaborator on the model, by the admin unless said."""
        named = {"user_id": who.pk} if isinstance(who, User) else {"group_id": who.pk}
        with unit_of_work():
            return set_collaborator(model_id=self.model.pk, role=role, by=caller(by or self.admin), **named)

    def take_off(self, row: Collaborator, by: User | None = None) -> None:
        """A collaborator taken off, by the admin unless said."""
        with unit_of_work():
            remove_collaborator(collaborator_id=row.pk, by=caller(by or self.admin))

    def role(self, user: User, role: Role, by: User | None = None) -> None:
        """A role given, by the admin unless said."""
        with unit_of_work():
            set_member(workspace_id=self.workspace.pk, user_id=user.pk, role=role, by=caller(by or self.admin))

    def let_go(self, user: User) -> None:
        """Somebody deactivated, by the staff."""
        with unit_of_work():
            deactivate_person(user_id=user.pk, by=caller(self.staff))

    def move(self, version: ModelVersion, *stages: str) -> ModelVersion:
        """Bring a version through stages, each asked by the engineer and approved by the reviewer."""
        for key in stages:
            self.approve(self.ask(version, key))
        return ModelVersion.objects.select_related("model").get(pk=version.pk)

    def policy(
        self, key: str, approvals_required: int = 1, exclude_last_editor: bool = False, by: User | None = None, **changes: Any
    ) -> None:
        """Set what a stage demands, by the admin unless said."""
        with unit_of_work():
            set_policy(
                stage_id=self.stage(key).pk,
                by=caller(by or self.admin),
                changes={"approvals_required": approvals_required, "exclude_last_editor": exclude_last_editor, **changes},
            )

    def group(self, key: str, *people: User) -> ApproverGroup:
        """A group with these people."""
        with unit_of_work():
            group = create_group(workspace_id=self.workspace.pk, key=key, by=caller(self.admin))
            for user in people:
                add_to_group(group_id=group.pk, user_id=user.pk, by=caller(self.admin))
        return group

    def away(self, user: User, delegate: User, days: float = 1, reason: str = "On leave.") -> Delegation:
        """Somebody who lets another decide for them."""
        with unit_of_work():
            return delegate_decisions(
                delegate_id=delegate.pk, ends_at=clock.now() + timedelta(days=days), reason=reason, by=caller(user)
            )

    def bypass(
        self, change_request: StageChangeRequest, by: User | None = None, comment: str = "It burns."
    ) -> StageChangeRequest:
        """Break-glass, by the admin unless said."""
        with unit_of_work():
            return bypass_stage_change(change_request_id=change_request.pk, by=caller(by or self.admin), comment=comment)

    def sign_off(self, change_request: StageChangeRequest, by: User | None = None) -> StageChangeRequest:
        """A second look at it, by the reviewer unless said."""
        with unit_of_work():
            return sign_off_bypass(change_request_id=change_request.pk, by=caller(by or self.reviewer))

    def check(
        self, change_request: StageChangeRequest, name: str = "tests", status: str = "passed", by: User | None = None
    ) -> StageChangeRequest:
        """A check, reported by the reviewer unless said."""
        with unit_of_work():
            return report_check(
                change_request_id=change_request.pk, name=name, status=status, by=caller(by or self.reviewer, "api")
            )


def person(username: str, **fields: Any) -> User:
    """Somebody who can sign in with `PASSWORD`."""
    with unit_of_work():
        return create_person(
            username=username, email=f"{username}@example.org", name=username.replace("_", " ").title(), password=PASSWORD,
            by=Caller.operator(), **fields,
        )  # fmt: skip


@remembered
def make_team(slug: str = "default", suffix: str = "", preset: str = "verta") -> Team:
    """A workspace with its people and one model, through the services."""
    admin = person(f"admin{suffix}", is_staff=False)
    staff = person(f"staff{suffix}", is_staff=True)
    with unit_of_work():
        workspace = create_workspace(slug=slug, title="Default", preset=preset, by=Caller.operator())
        set_member(workspace_id=workspace.pk, user_id=admin.pk, role=Role.ADMIN, by=Caller.operator())
    people: dict[str, Any] = {}
    for name, role in (
        ("engineer", Role.EDITOR), ("reviewer", Role.EDITOR), ("second_reviewer", Role.EDITOR), ("viewer", Role.VIEWER),
    ):  # fmt: skip
        people[name] = person(f"{name}{suffix}")
        with unit_of_work():
            set_member(workspace_id=workspace.pk, user_id=people[name].pk, role=role, by=caller(admin))
    stranger = person(f"stranger{suffix}")
    with unit_of_work():
        service = create_service_account(username=f"bot{suffix}", workspace_id=workspace.pk, role=Role.EDITOR, by=caller(admin))
        model = register_model(workspace_id=workspace.pk, name="churn", by=caller(people["engineer"]), description="Who leaves.")
    return Team(workspace=workspace, admin=admin, staff=staff, stranger=stranger, service=service, model=model, **people)
