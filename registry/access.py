"""Who may do what with one model: the role in its workspace, and what its owner and its collaborators have besides."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists

from accounts.caller import Caller, Scope
from accounts.models import Membership, Role
from accounts.querysets import MembershipQuerySet
from accounts.rules import check_reach
from activity.prepared import prepared
from activity.unit import require_unit
from registry.models import Collaborator, RegisteredModel
from registry.querysets import accounts_of


@dataclass(frozen=True)
class Standing:
    """Somebody on one model: their membership, the role that they have here, and whether they lead it.

    Whoever leads a model says who sees it: the workspace's admins, and, while they edit, its owner and collaborators who are admins.
    The role is an admin's for the workspace's admins alone: locks, names and break-glass are theirs.
    """

    member: Membership
    role: Role
    leads: bool


def membership_on(model: RegisteredModel, user_id: int) -> Membership | None:
    """An active member, with what collaborators' rows on the model add: whether they `let_in`, `edits`, `led`. None for others.

    One query.
    """
    return _memberships_on.one(model.pk, model.workspace_id, user_id)


@prepared
def _memberships_on(model_id: int, workspace_id: int, user_id: int) -> MembershipQuerySet:
    rows = Collaborator.objects.concerning_members().filter(model=model_id)
    members = Membership.objects.of_the_active().filter(workspace_id=workspace_id, user_id=user_id)
    return members.annotate(let_in=Exists(rows), edits=Exists(rows.who_edit()), led=Exists(rows.filter(role=Role.ADMIN)))


def standing_on(by: Caller, model: RegisteredModel) -> Standing | None:
    """The caller on a model as it stands now; None for strangers, the operator, and where it is hidden from them. One query."""
    if by.user is None:
        return None
    member = membership_on(model, by.user.pk)
    if member is None:
        return None
    owns = model.owner_id in accounts_of(by.user)
    if model.private and not (member.role == Role.ADMIN or owns or member.let_in):  # type: ignore[attr-defined]  # annotated
        return None
    role = max(Role(member.role), Role.EDITOR if member.edits else Role.VIEWER, key=lambda role: role.rank)  # type: ignore[attr-defined]
    leads = role == Role.ADMIN or (role == Role.EDITOR and (owns or member.led))  # type: ignore[attr-defined]
    return Standing(member, role, leads)


def authorise_on(by: Caller, model: RegisteredModel, needed: Role, scope: Scope) -> Standing:
    """Return the caller's standing on a model (locked) when it reaches that far. Raises NotFound where they may not see it, Forbidden."""
    require_unit()
    return check_standing(by, standing_on(by, model), needed, scope)


def check_standing(by: Caller, standing: Standing | None, needed: Role, scope: Scope) -> Standing:
    """The same for a standing that was read. Raises NotFound, Forbidden."""
    raised = standing is not None and standing.role != standing.member.role
    check_reach(by, standing.role if standing else None, needed, scope, "model" if raised else "workspace")
    assert standing  # noqa: S101 - who has none was refused
    return standing


@dataclass(frozen=True)
class Share:
    """What lets somebody in to a model besides their membership, and each hand that it went through, with when."""

    role: Role
    hands: tuple[tuple[int | None, datetime | None], ...]

    def given_by(self, people: Collection[int | None], since: datetime) -> bool:
        """Whether it is one of these people's gift, since then."""
        return any(giver in people and at is not None and at >= since for giver, at in self.hands)


def role_on(member: Membership, shares: Iterable[Share]) -> Role:
    """The role that a membership and these shares give."""
    edits = any(share.role.covers(Role.EDITOR) for share in shares)
    return max(Role(member.role), Role.EDITOR if edits else Role.VIEWER, key=lambda role: role.rank)


def decides_on(model: RegisteredModel, member: Membership, shares: Collection[Share]) -> bool:
    """Whether a member may decide on a model with these shares: they see it, and edit."""
    sees = not model.private or member.role == Role.ADMIN or bool(shares)
    return sees and role_on(member, shares).covers(Role.EDITOR)
