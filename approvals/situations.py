"""Reading situations: for one request under lock, or for a page of them, in a constant number of queries."""

from collections.abc import Iterable

from accounts.models import Membership
from approvals.models import StageChangeRequest, StagePolicy
from approvals.rules import Situation
from approvals.snapshot import digest_of, snapshot


def policy_of(change_request: StageChangeRequest) -> StagePolicy:
    """The policy of the stage that the request asks for."""
    return change_request.to_stage.policy


def current_digest(change_request: StageChangeRequest) -> str:
    """The digest of what an approval would now put into effect."""
    content = snapshot(
        change_request.version, change_request.from_stage.key, change_request.to_stage.key, policy_of(change_request)
    )
    return digest_of(content)


def load_situations(change_requests: Iterable[StageChangeRequest], people: Iterable[int] | None = None) -> list[Situation]:
    """Return the situation of each request; they must come from `with_everything()`.

    One query more than theirs, for the members who may review: all, as a page names them, or of `people` alone, so that a decision in
    a large workspace costs what it costs in a small one. A request that has ended keeps the digest that it ended with.
    """
    listed = list(change_requests)
    workspaces = {change_request.version.model.workspace_id for change_request in listed}
    members: dict[int, dict[int, Membership]] = {workspace_id: {} for workspace_id in workspaces}
    deciding = Membership.objects.who_decide().filter(workspace_id__in=workspaces).select_related("user")
    for member in deciding if people is None else deciding.filter(user_id__in=people):
        members[member.workspace_id][member.user_id] = member
    return [
        Situation(
            change_request=change_request,
            policy=policy_of(change_request),
            digest=current_digest(change_request) if change_request.is_pending else change_request.digest,
            reviews=tuple(change_request.reviews.all()),
            members=members[change_request.version.model.workspace_id],
        )
        for change_request in listed
    ]
