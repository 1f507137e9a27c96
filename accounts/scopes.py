"""How far a new token may reach."""

from accounts.caller import Scope, scopes_of_role
from accounts.models import Role, User


def scopes_open_to(user: User) -> list[Scope]:
    """Return every scope that the user could use: those of their highest role, and for staff what sets up people.

    Whoever edits a single model, as its collaborator, has those of an editor. One query, for viewers a second.
    """
    roles, editing = set(), {"editor", "admin"}
    for role, on_a_model in user.memberships.values_list("role", "collaborations__role"):
        roles |= {Role(role)} | ({Role.EDITOR} if on_a_model in editing else set())
    if roles == {Role.VIEWER} and user.groups.filter(group__collaborations__role__in=editing).exists():
        roles.add(Role.EDITOR)
    held = {scope for role in roles for scope in scopes_of_role(role)}
    if user.is_staff:
        held |= {Scope.READ, Scope.ADMIN}
    return [scope for scope in Scope if scope in held]
