"""Reading situations: for one request under lock, or for a page of them, in a constant number of queries."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import Delegation, GroupMember
from accounts.querysets import DelegationQuerySet
from activity import clock
from activity.prepared import prepared
from approvals.eligibility import Situation
from approvals.models import StageChangeRequest, StagePolicy
from approvals.snapshot import digest_of, snapshot
from registry.deciders import read_deciders
from registry.incumbents import Entry, Incumbent, incumbents_of


def policy_of(change_request: StageChangeRequest) -> StagePolicy:
    """The policy of the stage that the request asks for."""
    return change_request.to_stage.policy


def incumbents_for(change_requests: Iterable[StageChangeRequest]) -> list[tuple[Incumbent, ...]]:
    """Who would make room for each of these, in their order; two queries, none where nobody has to."""
    return incumbents_of(
        Entry(change_request.version, change_request.to_stage, change_request.archive_incumbents)
        for change_request in change_requests
    )


def current_digest(change_request: StageChangeRequest, incumbents: tuple[Incumbent, ...]) -> str:
    """The digest of what an approval would now put into effect."""
    origin, target = change_request.from_stage.key, change_request.to_stage.key
    return digest_of(snapshot(change_request.version, origin, target, policy_of(change_request), incumbents))


def load_situations(change_requests: Iterable[StageChangeRequest], people: Iterable[int] | None = None) -> list[Situation]:
    """Return the situation of each request; they must come from `with_everything()`.

    Two queries more than theirs, for the members who may review and the delegations in force: all, as a page names them, or of `people`
    alone, so that a decision in a large workspace costs what it costs in a small one. One more where a policy names groups, two where
    somebody must make room, those of `read_deciders` where a model is private. A request that has ended keeps the digest that it ended
    with.
    """
    listed, moment = list(change_requests), clock.now()
    if not listed:  # as after most moves: to build queries that ask for nothing took a sixth of a move
        return []
    policies = {change_request.to_stage_id: policy_of(change_request) for change_request in listed}
    deciders = read_deciders((change_request.version.model for change_request in listed), people)
    groups = read_groups(policies.values())
    delegations = read_delegations(people)
    pending = [change_request for change_request in listed if change_request.is_pending]
    makes_room = dict(zip((change_request.pk for change_request in pending), incumbents_for(pending), strict=True))
    return [
        Situation(
            change_request=change_request,
            policy=policies[change_request.to_stage_id],
            digest=_digest(change_request, makes_room),
            incumbents=makes_room.get(change_request.pk, ()),
            reviews=tuple(change_request.reviews.all()),
            members=deciders[change_request.version.model_id].members,
            shares=deciders[change_request.version.model_id].shares,
            checks=tuple(change_request.checks.all()),
            groups=groups.get(_workspace_id(change_request), {}),
            delegations=delegations,
            now=moment,
        )
        for change_request in listed
    ]


def _digest(change_request: StageChangeRequest, makes_room: dict[int, tuple[Incumbent, ...]]) -> str:
    return current_digest(change_request, makes_room[change_request.pk]) if change_request.is_pending else change_request.digest


def _workspace_id(change_request: StageChangeRequest) -> int:
    return change_request.version.model.workspace_id


def read_groups(policies: Iterable[StagePolicy]) -> dict[int, dict[str, dict[int, GroupMember]]]:
    """Return who is in the groups that these policies name, by workspace and key. One query, none where no group is named."""
    naming = [policy for policy in policies if policy.groups]
    keys = {line["group"] for policy in naming for line in policy.groups}
    found: dict[int, dict[str, dict[int, GroupMember]]] = {}
    if keys:
        for row in _in_groups(keys, {policy.stage.workspace_id for policy in naming}):
            found.setdefault(row.group.workspace_id, {}).setdefault(row.group.key, {})[row.user_id] = row
    return found


def _in_groups(keys: set[str], workspace_ids: set[int]) -> Iterable[GroupMember]:
    return GroupMember.objects.filter(group__key__in=keys, group__workspace_id__in=workspace_ids).select_related("group")


@prepared
def _delegations(at: datetime, people: list[int] | None) -> DelegationQuerySet:
    rows = Delegation.objects.in_force(at).select_related("delegator").order_by("id")
    return rows if people is None else rows.filter(delegate_id__in=people)


def read_delegations(people: Iterable[int] | None = None) -> dict[int, tuple[Delegation, ...]]:
    """Return the delegations in force by the delegate's id; of `people` alone, when given. One query."""
    held: dict[int, list[Delegation]] = {}
    for row in _delegations(clock.now(), None if people is None else sorted(set(people))):
        held.setdefault(row.delegate_id, []).append(row)
    return {delegate_id: tuple(rows) for delegate_id, rows in held.items()}
