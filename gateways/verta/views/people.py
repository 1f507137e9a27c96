"""Who calls, and in which workspace: what Verta's client asks before anything else."""

from accounts.models import Workspace
from activity.errors import Conflict, NotFound
from gateways.call import Call
from gateways.protocol import Json
from registry.lookup import find_workspace


def verify_connection(call: Call) -> Json:
    """Say that the token opens the door."""
    return {"status": True}


def current_user(call: Call) -> Json:
    """Tell who calls, and their workspace."""
    try:
        workspace = call.workspace
    except NotFound as error:  # a 404 would send the client on, into a workspace called “personal”
        raise Conflict(error.detail) from None
    user = call.user
    names = {"username": user.username, "default_workspace_id": str(workspace.pk)}
    return {"user_id": str(user.pk), "email": user.email, "full_name": user.display_name, "verta_info": names}


def workspace_by_id(call: Call) -> Json:
    """Tell the name of a workspace."""
    pk = call.whole("id", required=True)
    workspace = Workspace.objects.visible_to(call.user).filter(pk=pk).first()
    if workspace is None:
        raise NotFound(f"There is no workspace {pk} that you may see. Ask one of its admins to add you.")
    return _workspace(workspace)


def workspace_by_name(call: Call) -> Json:
    """Tell of a workspace by its name in addresses."""
    return _workspace(find_workspace(call.user, call.text("name", required=True)))


def organization_by_name(call: Call) -> Json:
    """Every workspace is a team's, what Verta calls an organisation."""
    workspace = find_workspace(call.user, call.text("org_name", required=True))
    return {"organization": {"id": str(workspace.pk), "name": workspace.slug}}


def _workspace(workspace: Workspace) -> Json:
    return {"id": str(workspace.pk), "org_id": str(workspace.pk), "org_name": workspace.slug}
