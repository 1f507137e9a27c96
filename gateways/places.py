"""Which workspace a call is about, where the protocol knows none (decision 34)."""

from accounts.models import User, Workspace
from accounts.querysets import WorkspaceQuerySet
from activity.errors import NotFound
from activity.prepared import prepared
from registry.lookup import find_workspace
from registry.querysets import Viewer

DEFAULT = "default"


@prepared
def _two_of(user_id: int) -> WorkspaceQuerySet:
    return Workspace.objects.with_role_of(Viewer(user_id, None)).order_by("pk")[:2]


def workspace_for(user: User, named: str, header: str) -> Workspace:
    """Return the workspace that a call names; else the caller's only one, else `default`. Raises NotFound."""
    if named:
        return find_workspace(user, named)
    mine = _two_of(user.pk)
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
