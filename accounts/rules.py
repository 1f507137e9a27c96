"""Who may do what, in plain Python: no queries, so every rule can be tried with unsaved rows."""

from accounts.caller import Caller, Scope
from accounts.errors import Forbidden
from accounts.models import Membership, Role
from activity.errors import NotFound

ARTICLE = {Role.VIEWER: "a viewer", Role.EDITOR: "an editor", Role.ADMIN: "an admin"}


def check_scope(by: Caller, scope: Scope) -> None:
    """A token reaches as far as its scopes. Raises Forbidden."""
    if scope not in by.scopes:
        raise Forbidden(
            f"This token does not have the scope “{scope}”, so nothing was done. Make one that has it under Settings, Tokens.",
            scope=str(scope),
        )


def check_role(by: Caller, membership: Membership | None, needed: Role, scope: Scope) -> Membership:
    """The caller must be a member with that role, and their token reach that far. Raises NotFound for strangers, else Forbidden."""
    check_reach(by, Role(membership.role) if membership else None, needed, scope)
    assert membership  # noqa: S101 - who is none was refused
    return membership


def check_reach(by: Caller, role: Role | None, needed: Role, scope: Scope, where: str = "workspace") -> None:
    """A role, in a workspace or on a model, must reach that far, and so must the token. Raises NotFound without a role, else Forbidden."""
    if role is None:
        raise NotFound("There is nothing here that you may see. Ask an admin of the workspace to add you.")
    check_scope(by, scope)
    if not role.covers(needed):
        raise Forbidden(
            f"You are {ARTICLE[role]} of this {where} and this takes {ARTICLE[needed]}, so nothing was done. Ask an admin of the"
            " workspace for the role.",
            role=str(role),
            needed=str(needed),
        )


def check_staff(by: Caller) -> None:
    """People are set up by staff or by the operator at the command line. Raises Forbidden."""
    if by.user is None:
        return
    check_scope(by, Scope.ADMIN)
    if not by.user.is_staff:
        raise Forbidden("Only staff may do this, so nothing was done. Ask whoever runs this installation.")
