"""Who may decide on models at all: read for a page of requests, or for the few people that one decision concerns."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Q

from accounts.models import GroupMember, Membership, Role
from accounts.querysets import MembershipQuerySet
from activity.prepared import prepared
from registry.access import Share, decides_on
from registry.models import Collaborator, RegisteredModel
from registry.querysets import accounts_of

SharesByUser = Mapping[int, tuple[Share, ...]]


@dataclass(frozen=True)
class Deciders:
    """Who may decide on a model at all, by user id; and what lets them in, where that matters."""

    members: dict[int, Membership]
    shares: SharesByUser = field(default_factory=dict)


def read_deciders(models: Iterable[RegisteredModel], people: Iterable[int] | None = None) -> dict[int, Deciders]:
    """Return who may decide on each of these models, by its id; of `people` alone, when given.

    One query. One or two more where a model is private, or somebody edits one as its collaborator alone.
    """
    listed = {model.pk: model for model in models}
    workspaces = {model.workspace_id for model in listed.values()}
    members: dict[int, dict[int, Membership]] = {workspace_id: {} for workspace_id in workspaces}
    for member in _deciding(sorted(listed), sorted(workspaces), None if people is None else sorted(set(people))):
        members[member.workspace_id][member.user_id] = member
    if not any(model.private for model in listed.values()) and not any(
        member.role == Role.VIEWER for row in members.values() for member in row.values()
    ):
        return {model.pk: Deciders(members[model.workspace_id]) for model in listed.values()}
    return _by_model(listed, members)


def deciding_on(models: Collection[RegisteredModel]) -> MembershipQuerySet:
    """Memberships of those who may decide in the workspaces of these models, or whom a row of one of them lets edit."""
    return _who_decide([model.pk for model in models], {model.workspace_id for model in models})


def _who_decide(model_ids: Iterable[int], workspace_ids: Iterable[int]) -> MembershipQuerySet:
    return Membership.objects.who_decide(_edit_as_collaborators(model_ids)).filter(workspace_id__in=workspace_ids)


@prepared
def _deciding(model_ids: list[int], workspace_ids: list[int], people: list[int] | None) -> MembershipQuerySet:
    found = _who_decide(model_ids, workspace_ids).select_related("user")
    return found if people is None else found.filter(user_id__in=people)


def _edit_as_collaborators(model_ids: Iterable[int]) -> Q:
    """Memberships of those whom a row of these models lets edit, as a condition."""
    rows = Collaborator.objects.who_edit().filter(model__in=list(model_ids))
    inside = GroupMember.objects.filter(group__in=rows.filter(membership=None).values("group_id"))
    return Q(pk__in=rows.filter(group=None).values("membership_id")) | Q(user_id__in=inside.values("user_id"))


def _by_model(listed: Mapping[int, RegisteredModel], members: dict[int, dict[int, Membership]]) -> dict[int, Deciders]:
    """The same where it is not the workspace alone that says who decides."""
    shares, principals = read_shares(listed), _principals(members)
    deciders = {}
    for model in listed.values():
        here = members[model.workspace_id]
        people = principals[model.workspace_id] | here
        mine = {pk: (*shares[model.pk].get(pk, ()), *_ownership(model, member)) for pk, member in people.items()}
        able = {pk for pk, member in people.items() if decides_on(model, member, mine[pk])}
        deciding = {pk: member for pk, member in here.items() if {pk, member.user.principal_id} <= able}
        deciders[model.pk] = Deciders(deciding, mine)
    return deciders


def read_shares(model_ids: Iterable[int]) -> dict[int, dict[int, tuple[Share, ...]]]:
    """Return what lets whom in to these models, by model and user id: rows by name and of groups. One query.

    A row that reaches no further than the role in the workspace lets somebody see.
    """
    shares: dict[int, dict[int, tuple[Share, ...]]] = {model_id: {} for model_id in model_ids}
    columns = ("model_id", "role", "beyond", "given_by_principal_id", "given_at", "membership__user_id")
    inside = tuple(f"group__members__{column}" for column in ("user_id", "given_by_principal_id", "given_at"))
    rows = Collaborator.objects.filter(model__in=list(shares)).order_by("pk").values_list(*columns, *inside)
    for model_id, role, beyond, giver, given_at, user_id, one_of_group, group_giver, group_given_at in rows:
        hands = ((giver, given_at),) if user_id else ((giver, given_at), (group_giver, group_given_at))
        if who := user_id or one_of_group:
            shares[model_id][who] = (*shares[model_id].get(who, ()), Share(Role(role) if beyond else Role.VIEWER, hands))
    return shares


def _ownership(model: RegisteredModel, member: Membership) -> tuple[Share, ...]:
    """What lets the owner of a model in: to see it, whatever their role."""
    given = ((model.owner_given_by_principal_id, model.owner_given_at),)
    return (Share(Role.VIEWER, given),) if model.owner_id in accounts_of(member.user) else ()


def _principals(members: dict[int, dict[int, Membership]]) -> dict[int, dict[int, Membership]]:
    """The people behind the service accounts among these members, by workspace; one query, none where there are none."""
    behind = {member.user.owner_id for row in members.values() for member in row.values() if member.user.owner_id}
    found: dict[int, dict[int, Membership]] = {workspace_id: {} for workspace_id in members}
    if behind:
        rows = Membership.objects.of_the_active().filter(workspace_id__in=members, user_id__in=behind).select_related("user")
        for member in rows:
            found[member.workspace_id][member.user_id] = member
    return found
