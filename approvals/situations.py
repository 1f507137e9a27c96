"""Reading situations: for one request under lock, or for a page of them, in a constant number of queries."""

from collections.abc import Iterable

from accounts.models import Membership
from approvals.models import StageChangeRequest, StagePolicy
from approvals.rules import Situation
from approvals.snapshot import digest_of, snapshot
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

    One query more than theirs (three where somebody must make room), for the members who may review: all, as a page names them, or of
    `people` alone, so that a decision in a large workspace costs what it costs in a small one. A request that has ended keeps the
    digest that it ended with.
    """
    listed = list(change_requests)
    workspaces = {change_request.version.model.workspace_id for change_request in listed}
    members: dict[int, dict[int, Membership]] = {workspace_id: {} for workspace_id in workspaces}
    deciding = Membership.objects.who_decide().filter(workspace_id__in=workspaces).select_related("user")
    for member in deciding if people is None else deciding.filter(user_id__in=people):
        members[member.workspace_id][member.user_id] = member
    pending = [change_request for change_request in listed if change_request.is_pending]
    makes_room = dict(zip((change_request.pk for change_request in pending), incumbents_for(pending), strict=True))
    return [
        Situation(
            change_request=change_request,
            policy=policy_of(change_request),
            digest=current_digest(change_request, makes_room[change_request.pk])
            if change_request.is_pending
            else change_request.digest,
            incumbents=makes_room.get(change_request.pk, ()),
            reviews=tuple(change_request.reviews.all()),
            members=members[change_request.version.model.workspace_id],
        )
        for change_request in listed
    ]
