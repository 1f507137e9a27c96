"""Approver groups: made, renamed, and who is in them. Removing one is for `approvals`, which knows the policies that name it."""

from django.core.exceptions import ValidationError

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.models import ApproverGroup, GroupMember, Membership, Role, User, Workspace
from activity import clock
from activity.errors import Conflict, Invalid, NotFound
from activity.log import Subject, record


def create_group(*, workspace_id: int, key: str, by: Caller, name: str = "") -> ApproverGroup:
    """Make a group without people. Its key stays, because policies name it.

    Effects, in order: the group, activity `group.created`. Raises NotFound, Forbidden, Invalid, Conflict.
    """
    _lead(by, workspace_id)
    group = ApproverGroup(workspace_id=workspace_id, key=key, name=name.strip() or key, created_at=clock.now())
    try:
        group.clean_fields(exclude=["workspace"])
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=next(iter(error.message_dict))) from error
    if ApproverGroup.objects.filter(workspace_id=workspace_id, key=key).exists():
        raise Conflict(f"There is a group “{key}” already, so none was made. Choose another name.", field="key")
    group.save()
    record("group.created", by=by.actor, on=Subject(workspace_id=workspace_id), data={"group": key, "name": group.name})
    return group


def rename_group(*, group_id: int, name: str, by: Caller) -> ApproverGroup:
    """Change what a group is called; its key stays. Effects: the row, activity `group.renamed`. Raises NotFound, Forbidden, Invalid."""
    group = locked_group(group_id, by)
    before, after = group.name, name.strip()
    if not after or len(after) > 120:
        raise Invalid("A group's name has 1 to 120 characters, so nothing was changed.", field="name")
    if after != before:
        group.name = after
        group.save(update_fields=["name"])
        record(
            "group.renamed",
            by=by.actor,
            on=Subject(workspace_id=group.workspace_id),
            data={"group": group.key, "from": before, "to": after},
        )
    return group


def add_to_group(*, group_id: int, user_id: int, by: Caller) -> GroupMember:
    """Put a member of the workspace into a group. Somebody who is in it stays in it, and nothing is written.

    Effects, in order: the row (who gave it, when), activity `group.member_added`. Raises NotFound, Forbidden, Invalid.
    """
    group = locked_group(group_id, by)
    known = GroupMember.objects.filter(group=group, user_id=user_id).first()
    if known:
        return known
    member = Membership.objects.of_the_active().filter(workspace_id=group.workspace_id, user_id=user_id).first()
    if member is None:
        raise NotFound("There is no such member of this workspace, so nobody was added. Add them to the workspace first.")
    if member.user.kind == User.Kind.SERVICE:
        raise Invalid(
            f"{member.user.display_name} is a service account and counts as its owner, so it was not added. Add the owner.",
            field="username",
        )
    row = GroupMember.objects.create(group=group, user_id=user_id, given_by_principal_id=by.principal_id, given_at=clock.now())
    record(
        "group.member_added",
        by=by.actor,
        on=Subject(workspace_id=group.workspace_id, person_id=user_id),
        data={"group": group.key},
    )
    return row


def remove_from_group(*, group_id: int, user_id: int, by: Caller) -> None:
    """Take somebody out of a group; their votes stop counting for it.

    Effects, in order: the row, activity `group.member_removed`. Raises NotFound, Forbidden.
    """
    group = locked_group(group_id, by)
    gone, _ = GroupMember.objects.filter(group=group, user_id=user_id).delete()
    if not gone:
        raise NotFound(f"There is no such member of {group.name}, so nothing was changed.")
    record(
        "group.member_removed",
        by=by.actor,
        on=Subject(workspace_id=group.workspace_id, person_id=user_id),
        data={"group": group.key},
    )


def locked_group(group_id: int, by: Caller) -> ApproverGroup:
    """Return a group that the caller may change; the workspace's row is the lock for its people. Raises NotFound, Forbidden."""
    found = ApproverGroup.objects.filter(pk=group_id).first()
    if found is None:
        raise NotFound("There is no such group.")
    _lead(by, found.workspace_id)
    return ApproverGroup.objects.get(pk=group_id)


def _lead(by: Caller, workspace_id: int) -> None:
    Workspace.objects.select_for_update().filter(pk=workspace_id).first()
    authorise(by, workspace_id, Role.ADMIN, Scope.ADMIN)
