"""How far a new token may reach."""

from accounts.caller import Scope, scopes_of_role
from accounts.models import Role, User


def scopes_open_to(user: User) -> list[Scope]:
    """Return every scope that the user could use: those of their highest role, and for staff what sets up people. One query."""
    roles = sorted({Role(role) for role in user.memberships.values_list("role", flat=True)}, key=lambda role: role.rank)
    held = set(scopes_of_role(roles[-1])) if roles else set()
    if user.is_staff:
        held |= {Scope.READ, Scope.ADMIN}
    return [scope for scope in Scope if scope in held]
