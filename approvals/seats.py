"""Where somebody's approval counts for a group that a policy asks for, as a condition on requests."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.models import Delegation, GroupMember, Membership

if TYPE_CHECKING:
    from accounts.models import User
    from approvals.models import StagePolicy


def seats_for(user: "User", policies: Iterable["StagePolicy"]) -> Q:
    """Return the requests whose places the user may fill: those of stages where anybody may, and of groups that they count for.

    The same rules as `approvals.eligibility.why_not_counted`. `policies` are those that name groups. Three queries at most, of few
    rows, none where no policy names a group.
    """
    asking = [policy for policy in policies if not policy.need(skips=False).of_anyone]
    if not asking:
        return Q()
    with_extra = [policy.stage_id for policy in asking if policy.need(skips=True).of_anyone]
    open_to_all = ~Q(to_stage_id__in=[policy.stage_id for policy in asking]) | Q(to_stage_id__in=with_extra) & ~Q(
        skipped_stages=[]
    )
    people = _people(user)
    rows = GroupMember.objects.filter(user_id__in=people).select_related("group")
    seats = {(row.group.workspace_id, row.group.key, row.user_id): row for row in rows}
    for policy in asking:
        for key in policy.need(skips=False).groups:
            for person, memberships in people.items():
                row = seats.get((policy.stage.workspace_id, key, person))
                if row and policy.stage.workspace_id in memberships:
                    open_to_all |= Q(to_stage_id=policy.stage_id) & _asked_by_others(
                        policy, row, memberships[policy.stage.workspace_id]
                    )
    return open_to_all


def _people(user: "User") -> dict[int, dict[int, Membership]]:
    """Whom the user may count for: themselves and those they stand in for; with their memberships where they decide."""
    away = (
        [] if user.owner_id else list(Delegation.objects.in_force().filter(delegate=user).values_list("delegator_id", flat=True))
    )
    people: dict[int, dict[int, Membership]] = {user.principal_id: {}, **{person: {} for person in away}}
    owned = {user.pk: user.principal_id}
    for member in Membership.objects.who_decide().filter(user_id__in=[user.pk, *away]):
        people[owned.get(member.user_id, member.user_id)][member.workspace_id] = member
    return people


def _asked_by_others(policy: "StagePolicy", row: GroupMember, member: Membership) -> Q:
    """Not by this person, nor by whoever gave them that power after asking; and not on content that they edited last."""
    asked = ~Q(requester_principal_id=row.user_id)
    for power in (row, member):
        asked &= ~Q(requester_principal_id=power.given_by_principal_id, created_at__lte=power.given_at)
    return asked & ~Q(version__content_edited_by_id=row.user_id) if policy.exclude_last_editor else asked
