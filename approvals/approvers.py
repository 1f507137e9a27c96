"""Who can give the approvals that stages ask for: in a workspace, and on one model, as it is or as if it were private."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from accounts.models import ApproverGroup, GroupMember, Membership, User
from approvals.models import StagePolicy
from approvals.policy_content import shortfall
from approvals.quorum import Need
from registry.deciders import read_deciders
from registry.models import RegisteredModel, Stage

NAMED = 6  # so many people are named
People = Mapping[int, frozenset[str]]  # the keys of their groups, by user id


@dataclass(frozen=True)
class Approvers:
    """So many approvals, and who can give them; `group` is empty where anybody who decides can."""

    number: int
    group: str
    names: list[str]
    people: int

    @property
    def others(self) -> int:
        """How many are not named."""
        return self.people - len(self.names)


@dataclass(frozen=True)
class StageApprovers:
    """What a move into a stage takes, who can give it, and why nobody could; `approvers` is empty where nothing is asked for."""

    stage: Stage
    approvers: list[Approvers]
    shortfall: str


def deciding_people(workspace_id: int) -> dict[int, frozenset[str]]:
    """Return each person who decides in a workspace, service accounts as their owners, with the keys of their groups. Two queries."""
    members = Membership.objects.who_decide().filter(workspace_id=workspace_id).select_related("user")
    return _with_groups(members, workspace_id)


def _with_groups(members: Iterable[Membership], workspace_id: int) -> dict[int, frozenset[str]]:
    groups: dict[int, set[str]] = {member.user.principal_id: set() for member in members}
    for user_id, key in GroupMember.objects.filter(group__workspace_id=workspace_id).values_list("user_id", "group__key"):
        if user_id in groups:
            groups[user_id].add(key)
    return {person: frozenset(keys) for person, keys in groups.items()}


def approvers_of(workspace_id: int, needs: Iterable[Need], deciding: People) -> list[list[Approvers]]:
    """Return, for each of these needs, who can give the approvals of each group, then those of anybody. Two queries."""
    titles = dict(ApproverGroup.objects.filter(workspace_id=workspace_id).values_list("key", "name"))
    people = sorted(User.objects.filter(pk__in=deciding), key=lambda user: user.display_name.casefold())
    return [_lines(need, titles, people, deciding) for need in needs]


def _lines(need: Need, titles: Mapping[str, str], people: list[User], deciding: People) -> list[Approvers]:
    lines = []
    for key, number in need.groups.items():
        names = [user.display_name for user in people if key in deciding[user.pk]]
        lines.append(Approvers(number, titles.get(key, key), names[:NAMED], len(names)))
    if need.of_anyone:
        lines.append(Approvers(need.of_anyone, "", [user.display_name for user in people[:NAMED]], len(people)))
    return lines


def approvers_by_stage(model: RegisteredModel, *, private: bool) -> list[StageApprovers]:
    """Return who could approve moves of a model's versions if it were private, or were not; a few queries whatever there is."""
    seen = copy.copy(model)
    seen.private = private
    deciding = _with_groups(read_deciders([seen])[model.pk].members.values(), model.workspace_id)
    current = StagePolicy.objects.filter(stage__workspace=model.workspace_id, stage__retired_at=None).select_related("stage")
    policies = sorted(current, key=lambda policy: (policy.stage.kind == Stage.Kind.ARCHIVED, -policy.stage.position))
    needs = [policy.need(skips=False) for policy in policies]
    told = approvers_of(model.workspace_id, needs, deciding)
    return [
        StageApprovers(policy.stage, approvers, shortfall(need, deciding))
        for policy, need, approvers in zip(policies, needs, told, strict=True)
    ]
