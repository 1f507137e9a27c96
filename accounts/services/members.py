"""Who belongs to a workspace, in which role."""

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.errors import LastAdmin
from accounts.models import Membership, Role, User, Workspace
from activity import clock
from activity.errors import Invalid, NotFound
from activity.log import Subject, record


def set_member(*, workspace_id: int, user_id: int, role: Role, by: Caller) -> Membership:
    """Add somebody to a workspace, or change their role. The same role again changes nothing.

    Effects, in order: the membership (who gave it, when), activity `member.added` or `member.role_changed`. Raises Forbidden,
    NotFound, LastAdmin.
    """
    _authorise_and_lock(by, workspace_id)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFound("There is nobody active with this id, so nobody was added. Invite them instead.")
    member = Membership.objects.filter(workspace_id=workspace_id, user=user).first()
    if member and member.role == role:
        return member
    if member and member.role == Role.ADMIN:
        _check_not_last_admin(member)
    verb, before = ("member.role_changed", member.role) if member else ("member.added", None)
    member = member or Membership(workspace_id=workspace_id, user=user)
    member.role, member.given_by_principal_id, member.given_at = role, by.principal_id, clock.now()
    member.save()
    record(
        verb,
        by=by.actor,
        on=Subject(workspace_id=workspace_id, person_id=user.pk),
        data={"role": str(role)} | ({"before": before} if before else {}),
    )
    return member


def remove_member(*, workspace_id: int, user_id: int, by: Caller) -> None:
    """Take somebody out of a workspace; their votes on open requests stop counting. One may also leave oneself.

    Effects, in order: the membership, activity `member.removed`. Raises Forbidden, NotFound, LastAdmin.
    """
    leaving = by.user is not None and by.user.pk == user_id
    _authorise_and_lock(by, workspace_id, Role.VIEWER if leaving else Role.ADMIN)
    member = Membership.objects.filter(workspace_id=workspace_id, user_id=user_id).first()
    if member is None:
        raise NotFound("There is no such member, so nothing was changed.")
    if member.role == Role.ADMIN:
        _check_not_last_admin(member)
    role = member.role
    member.delete()
    record("member.removed", by=by.actor, on=Subject(workspace_id=workspace_id, person_id=user_id), data={"role": role})


def _authorise_and_lock(by: Caller, workspace_id: int, needed: Role = Role.ADMIN) -> Workspace:
    """The workspace's row is the lock for its people: two admins cannot remove each other, nor act on a role just taken away."""
    workspace = Workspace.objects.select_for_update().filter(pk=workspace_id).first()
    if by.user is not None:
        authorise(by, workspace_id, needed, Scope.ADMIN)
    if workspace is None:
        raise Invalid("There is no such workspace.", field="workspace")
    return workspace


def _check_not_last_admin(member: Membership) -> None:
    others = Membership.objects.filter(
        workspace_id=member.workspace_id, role=Role.ADMIN, user__is_active=True, user__kind="person"
    )
    if not others.exclude(pk=member.pk).exists():
        raise LastAdmin("This is the workspace's last admin, so nothing was changed. Make somebody else an admin first.")
