"""Where somebody may decide, and where their approval counts for a group that a policy asks for: as conditions on requests."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from accounts.models import Delegation, GroupMember, Membership, Role, User
from registry.models import Collaborator, RegisteredModel
from registry.querysets import accounts_of

if TYPE_CHECKING:
    from approvals.models import StagePolicy


def may_decide(user: User) -> Q:
    """Return the requests on which the user may decide, if these are not their own: the same rules as `eligibility.rests_on_requester`.

    What does not depend on the request is asked once: where one decides by the role in the workspace, and which models are private.
    """
    condition = _decides_by_others(user)
    return condition & _decides_by_others(User(pk=user.owner_id)) if user.owner_id else condition


def _decides_by_others(user: User) -> Q:
    """Where somebody decides, and not because the requester let them after asking."""
    mine = Membership.objects.filter(user_id=user.pk, workspace_id=OuterRef("to_stage__workspace_id"))
    return _decides(user) & ~Q(Exists(mine.filter(_since())))


def _since(depth: int = 1) -> Q:
    """Power that the requester gave after they asked."""
    giver, asked = OuterRef("requester_principal_id"), OuterRef("created_at")
    for _ in range(depth - 1):
        giver, asked = OuterRef(giver), OuterRef(asked)
    return Q(given_by_principal_id=giver, given_at__gte=asked)


def _decides(user: User) -> Q:
    """By the role in the workspace, where they see the model; or as its collaborator, by rows that count."""
    member = Membership.objects.of_the_active().filter(user_id=user.pk)
    deciding = Q(to_stage__workspace__in=member.exclude(role=Role.VIEWER).values("workspace_id"))
    private = RegisteredModel.objects.filter(private=True, workspace__in=member.exclude(role=Role.ADMIN).values("workspace_id"))
    owned = RegisteredModel.objects.filter(pk=OuterRef("version__model_id"), owner__in=accounts_of(user)).exclude(
        owner_given_by_principal_id=OuterRef("requester_principal_id"), owner_given_at__gte=OuterRef("created_at")
    )
    inside = GroupMember.objects.exclude(_since(depth=2))
    rows = Collaborator.objects.of(user, inside).filter(model=OuterRef("version__model_id")).exclude(_since())
    sees = ~Q(version__model__in=private.values("pk")) | Q(Exists(owned)) | Q(Exists(rows))
    edits = Q(to_stage__workspace__in=member.values("workspace_id")) & Q(Exists(rows.who_edit()))
    return deciding & sees | edits


def seats_for(user: User, policies: Iterable["StagePolicy"]) -> Q:
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
                    member = memberships[policy.stage.workspace_id]
                    open_to_all |= Q(to_stage_id=policy.stage_id) & _asked_by_others(policy, row, member, user)
    return open_to_all


def _people(user: User) -> dict[int, dict[int, Membership]]:
    """Whom the user may count for: themselves and those they stand in for; with their memberships."""
    away = (
        [] if user.owner_id else list(Delegation.objects.in_force().filter(delegate=user).values_list("delegator_id", flat=True))
    )
    people: dict[int, dict[int, Membership]] = {user.principal_id: {}, **{person: {} for person in away}}
    owned = {user.pk: user.principal_id}
    for member in Membership.objects.of_the_active().filter(user_id__in=[user.pk, *away]).select_related("user"):
        people[owned.get(member.user_id, member.user_id)][member.workspace_id] = member
    return people


def _asked_by_others(policy: "StagePolicy", row: GroupMember, member: Membership, user: User) -> Q:
    """Not by this person, nor by whoever gave them that power after asking; and not on content that they edited last.

    Whether the user themselves may decide is asked elsewhere, for all their requests.
    """
    asked = ~Q(requester_principal_id=row.user_id)
    asked &= Q() if member.user_id == user.pk else _decides(member.user)
    for power in (row, member):
        asked &= ~Q(requester_principal_id=power.given_by_principal_id, created_at__lte=power.given_at)
    return asked & ~Q(version__content_edited_by_id=row.user_id) if policy.exclude_last_editor else asked
