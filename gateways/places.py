"""Which workspace a call is about, where the protocol knows none (decision 34)."""

from accounts.models import User, Workspace
from activity.errors import NotFound
from registry.lookup import find_workspace

DEFAULT = "default"


def workspace_for(user: User, named: str, header: str) -> Workspace:
    """Return the workspace that a call names; else the caller's only one, else `default`. Raises NotFound."""
    if named:
        return find_workspace(user, named)
    mine = list(Workspace.objects.with_role_of(user).order_by("pk")[:2])
    if len(mine) == 1:
        return mine[0]
    if mine and (default := Workspace.objects.with_role_of(user).filter(slug=DEFAULT).first()):
        return default
    how = f"by the header {header}, or " if header else ""
    raise NotFound(
        f"Which workspace is meant? Say so {how}by /w/ and its name before the path of the address that the client calls."
        if mine
        else "You are a member of no workspace. Ask an admin of one to add you."
    )
