"""The question that every service asks first: may this caller do that? Asked outside a unit of work it refuses to answer."""

from collections.abc import Iterable

from django.db import connection

from accounts.caller import Caller, Scope
from accounts.errors import Forbidden
from accounts.models import Membership, Role, User
from accounts.rules import check_role, check_scope, check_staff
from activity.unit import require_unit


def membership_of(by: Caller, workspace_id: int) -> Membership | None:
    """The caller's membership as it stands now; None for strangers and for the operator."""
    if by.user is None:
        return None
    return Membership.objects.of_the_active().filter(workspace_id=workspace_id, user_id=by.user.pk).first()


def authorise(by: Caller, workspace_id: int, needed: Role, scope: Scope) -> Membership:
    """Return the caller's membership when it reaches that far. Raises NotFound for strangers, Forbidden for the rest."""
    require_unit()
    return check_role(by, membership_of(by, workspace_id), needed, scope)


def hold_members(workspace_id: int, user_ids: Iterable[int]) -> None:
    """Let nobody change these people's roles, groups or delegations, nor let them go, until this unit of work is over.

    Any number may hold them at once. Without it, somebody let go between the question and the answer would have decided after the log
    says that they left. Django knows no lock that several share; SQLite has one writer at a time anyway.
    """
    require_unit()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM accounts_user a JOIN accounts_user u ON u.id IN (a.id, a.owner_id)"
                " JOIN accounts_membership m ON m.user_id = u.id"
                " WHERE m.workspace_id = %s AND a.id = ANY(%s) FOR SHARE OF m, u",
                [workspace_id, list(user_ids)],
            )
            cursor.execute("SELECT 1 FROM accounts_delegation WHERE delegate_id = ANY(%s) FOR SHARE", [list(user_ids)])
            cursor.execute(
                "SELECT 1 FROM accounts_groupmember m JOIN accounts_approvergroup g ON g.id = m.group_id"
                " JOIN accounts_user a ON m.user_id IN (a.id, a.owner_id)"
                " WHERE g.workspace_id = %s AND a.id = ANY(%s) FOR SHARE OF m",
                [workspace_id, list(user_ids)],
            )


def authorise_staff(by: Caller) -> None:
    """Let staff and the operator in. Raises Forbidden."""
    require_unit()
    check_staff(by)
    _check_still_active(by)


def authorise_own(by: Caller, scope: Scope) -> None:
    """Let anybody change what is their own, with a token of that scope. Raises Forbidden."""
    require_unit()
    check_scope(by, scope)
    _check_still_active(by)


def _check_still_active(by: Caller) -> None:
    """Whoever was let go while their request was on its way does nothing any more. Raises Forbidden."""
    if by.user and not User.objects.filter(pk=by.user.pk, is_active=True).exclude(owner__is_active=False).exists():
        raise Forbidden("This account was deactivated, so nothing was done. Ask whoever runs this installation.")
