"""Who is let in to a model: its collaborators, and whether it is private. The model's row is the lock."""

from accounts.caller import Caller, Scope
from accounts.models import ApproverGroup, Membership, Role
from activity import clock
from activity.errors import Invalid, NotFound
from activity.log import Subject, record
from registry.access import Standing, authorise_on
from registry.models import Collaborator, RegisteredModel
from registry.rules import check_leads, check_may_give, check_revision
from registry.services.models import locked_model, touch


def set_collaborator(
    *, model_id: int, role: Role, by: Caller, user_id: int | None = None, group_id: int | None = None
) -> Collaborator:
    """Make a member of the workspace, or one of its approver groups, a collaborator of a model, or change their role on it.

    What comes from who leads the model ends with somebody's own role in the workspace; what comes from an admin of that goes beyond it.
    The same role again changes nothing, but where it goes beyond from now on. Effects, in order: the row (who gave it, when), activity
    `model.collaborator_added` or `model.collaborator_changed`. Raises NotFound, Forbidden, Invalid.
    """
    model, standing = _led(model_id, by)
    membership, group = _member(model, user_id), _group(model, group_id)
    if (membership is None) == (group is None):
        raise Invalid("A collaborator is a member or a group: name one of the two. Nothing was done.", field="collaborator")
    row = Collaborator.objects.filter(model=model, membership=membership, group=group).first()
    beyond = standing.role == Role.ADMIN
    if row and row.role == role and (row.beyond or role == Role.VIEWER or not beyond):
        return row
    check_may_give(standing, role, Role(membership.role) if membership else None)
    verb, before = ("model.collaborator_changed", row.role) if row else ("model.collaborator_added", "")
    row = row or Collaborator(model=model, membership=membership, group=group)
    row.role, row.beyond, row.given_by_principal_id, row.given_at = role, beyond, by.principal_id, clock.now()
    row.save()
    _tell(verb, row, by, role=str(role), before=before)
    return row


def remove_collaborator(*, collaborator_id: int, by: Caller) -> None:
    """Take a collaborator off a model; their votes on open requests stop counting where they see or edit it no more.

    One may also leave by oneself. Effects, in order: the row, activity `model.collaborator_removed`. Raises NotFound, Forbidden.
    """
    found = Collaborator.objects.filter(pk=collaborator_id).values_list("model_id", "membership__user_id").first()
    model_id, user_id = found or (0, None)
    leaving = by.user is not None and by.user.pk == user_id
    _led(model_id, by, leaving=leaving)
    row = Collaborator.objects.filter(pk=collaborator_id).select_related("membership", "group", "model").first()
    if row is None:
        raise NotFound("There is no such collaborator any more, so nothing was changed.")
    row.delete()
    _tell("model.collaborator_removed", row, by, role=row.role)


def set_privacy(*, model_id: int, private: bool, by: Caller, revision: int | None = None) -> RegisteredModel:
    """Hide a model from the members of its workspace who are neither its owner, nor its collaborators, nor admins; or show it to all.

    As it was already, nothing is written. Effects, in order: the row, activity `model.made_private` or `model.made_public`. Raises
    NotFound, Forbidden, PreconditionFailed.
    """
    model, _ = _led(model_id, by)
    check_revision(model.revision, revision)
    if model.private != private:
        model.private = private
        touch(model, "private")
        verb = "model.made_private" if private else "model.made_public"
        record(verb, by=by.actor, on=Subject(workspace_id=model.workspace_id, model_id=model.pk))
    return model


def _led(model_id: int, by: Caller, *, leaving: bool = False) -> tuple[RegisteredModel, Standing]:
    """The model, locked, for somebody who leads it, or who takes themselves off it. Raises NotFound, Forbidden."""
    model = locked_model(model_id)
    standing = authorise_on(by, model, Role.VIEWER, Scope.ADMIN)
    if not leaving:
        check_leads(standing.leads, model, "say who sees it")
    return model, standing


def _member(model: RegisteredModel, user_id: int | None) -> Membership | None:
    if user_id is None:
        return None
    member = Membership.objects.of_the_active().filter(workspace_id=model.workspace_id, user_id=user_id).first()
    if member is None:
        raise NotFound("There is no such member of this workspace, so nobody was added. Add them to the workspace first.")
    return member


def _group(model: RegisteredModel, group_id: int | None) -> ApproverGroup | None:
    if group_id is None:
        return None
    group = ApproverGroup.objects.filter(workspace_id=model.workspace_id, pk=group_id).first()
    if group is None:
        raise NotFound("There is no such group in this workspace, so none was added. Make it first.")
    return group


def _tell(verb: str, row: Collaborator, by: Caller, **data: str) -> None:
    """Write a line: about a person, or naming the group."""
    person_id = row.membership.user_id if row.membership else None
    told = data | ({"group": row.group.key} if row.group else {})
    on = Subject(workspace_id=row.model.workspace_id, model_id=row.model_id, person_id=person_id)
    record(verb, by=by.actor, on=on, data={name: value for name, value in told.items() if value})
