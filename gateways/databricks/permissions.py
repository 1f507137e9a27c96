"""Who may do what with a model, as Databricks has it: a list of people and groups, each with levels, their own or inherited."""

from dataclasses import dataclass

from django.db.models import Q

from accounts.models import ApproverGroup, Membership, Role, User
from activity.errors import Invalid, NotFound
from gateways.databricks.wire import Level
from gateways.protocol import Json
from registry.api.collaborators import collaborators_of
from registry.models import Collaborator, RegisteredModel
from registry.querysets import accounts_of

ROLES = {Level.READ: Role.VIEWER, Level.EDIT: Role.EDITOR, Level.MANAGE: Role.ADMIN}
LEVELS = {role: level for level, role in ROLES.items()}
MEANING = {
    Level.READ: "Sees the model, also where it is private.",
    Level.EDIT: "Registers and edits versions, asks for stage changes, and approves or rejects what others ask.",
    Level.MANAGE: "All of that, and says who sees the model.",
}
# What Databricks knows between those: nobody here edits without being able to approve what others ask.
BETWEEN = ("CAN_EDIT", "CAN_MANAGE_STAGING_VERSIONS")
NAMES = ("user_name", "service_principal_name", "group_name")


@dataclass(frozen=True)
class Entry:
    """A person or a group of the workspace, by id, and the role that they are to have on the model."""

    role: Role
    user_id: int | None = None
    group_id: int | None = None

    def is_of(self, row: Collaborator) -> bool:
        """Whether a collaborator is whom this names."""
        return (row.membership.user_id if row.membership else None, row.group_id) == (self.user_id, self.group_id)


def entries_sent(model: RegisteredModel, sent: list[Json]) -> list[Entry]:
    """Read a list of permissions. Raises Invalid, NotFound."""
    entries = [_entry(model, each) for each in sent]
    if len({(entry.user_id, entry.group_id) for entry in entries}) != len(entries):
        raise Invalid("The list names somebody twice, so nothing was done. Name each once.", field="access_control_list")
    return entries


def _entry(model: RegisteredModel, sent: Json) -> Entry:
    named = {kind: name for kind in NAMES if (name := sent.get(kind))}
    if len(named) != 1 or not all(isinstance(name, str) and "\x00" not in name for name in named.values()):
        raise Invalid(f"Each permission names one of {', '.join(NAMES)}. Nothing was done.", field="access_control_list")
    ((kind, name),) = named.items()
    role = _role(sent.get("permission_level"))
    if kind == "group_name":
        groups = ApproverGroup.objects.filter(workspace=model.workspace_id, key=name)
        return Entry(role, group_id=_found(groups.values_list("pk", flat=True).first(), kind, name))
    members = Membership.objects.filter(Q(user__username=name) | Q(user__email__iexact=name), workspace=model.workspace_id)
    service = Q(user__kind=User.Kind.SERVICE)
    members = members.filter(service if kind == "service_principal_name" else ~service)
    found = list(members.values_list("user_id", flat=True)[:2])
    if len(found) > 1:
        raise Invalid(
            f"“{name[:200]}” is somebody's user name and another one's address, so nothing was done. Name them in another way.",
            field="access_control_list",
        )
    return Entry(role, user_id=_found(next(iter(found), None), kind, name))


def _found(pk: int | None, kind: str, name: str) -> int:
    if pk is None:
        raise NotFound(f"There is no {kind} “{name[:200]}” in this workspace, so nothing was done. An admin of it can add them.")
    return pk


def _role(level: object) -> Role:
    if level in list(Level):
        return ROLES[Level(str(level))]
    known = ", ".join(Level)
    if level in BETWEEN:
        raise Invalid(
            f"Whoever edits here may also approve what others ask, so there is no {level}, and nothing was done. Choose one of: {known}.",
            field="permission_level",
        )
    raise Invalid(f"Parameter 'permission_level' is one of {known}. Nothing was done.", field="permission_level")


def permissions_body(model: RegisteredModel) -> Json:
    """Who may do what with a model: by their role in the workspace, inherited, and by what was given them here; three queries."""
    found: dict[str, tuple[Json, list[Json]]] = {}
    for member in Membership.objects.of_the_active().filter(workspace=model.workspace_id).select_related("user").order_by("pk"):
        if level := _inherited(model, member):
            found[member.user.username] = (_person(member.user), [_permission(level, inherited=True)])
    for row in collaborators_of(model).order_by("pk"):
        user = row.membership.user if row.membership else None
        who = _person(user) if user else {"group_name": row.group.key if row.group else ""}
        key = user.username if user else f"group {who['group_name']}"
        found.setdefault(key, (who, []))[1].append(_permission(LEVELS[_given(row)], inherited=False))
    return {
        "object_id": f"/registered-models/{model.pk}",
        "object_type": "registered-model",
        "access_control_list": [who | {"all_permissions": held} for who, held in found.values()],
    }


def _inherited(model: RegisteredModel, member: Membership) -> Level | None:
    """What somebody may do by their role in the workspace, and as the model's owner; None where it is hidden from them."""
    role, owns = Role(member.role), model.owner_id in accounts_of(member.user)
    if role == Role.ADMIN or (owns and role.covers(Role.EDITOR)):
        return Level.MANAGE
    return None if model.private and not owns else LEVELS[role]


def _given(row: Collaborator) -> Role:
    """What a collaborator may do by it now: what came from who leads the model ends with their own role in the workspace."""
    ended = row.membership and not row.beyond and not Role(row.membership.role).covers(Role.EDITOR)
    return Role.VIEWER if ended else Role(row.role)


def _person(user: User) -> Json:
    kind = "service_principal_name" if user.kind == User.Kind.SERVICE else "user_name"
    return {kind: user.username, "display_name": user.display_name}


def _permission(level: Level, *, inherited: bool) -> Json:
    whence = {"inherited_from_object": ["/registered-models/"]} if inherited else {}
    return {"permission_level": level, "inherited": inherited} | whence
