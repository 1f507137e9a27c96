"""Permissions on a model, which are its collaborators."""

from accounts.caller import Scope
from accounts.models import Role
from activity.errors import Invalid, NotFound
from gateways.call import Call
from gateways.databricks.permissions import MEANING, Entry, entries_sent, permissions_body
from gateways.protocol import Json
from registry.access import authorise_on
from registry.api.collaborators import collaborators_of
from registry.models import Collaborator, RegisteredModel
from registry.rules import check_leads
from registry.services import remove_collaborator, set_collaborator


def _model_of(call: Call) -> RegisteredModel:
    """The model whose id stands in the address. Raises NotFound."""
    text = str(call.path["model_id"])
    models = RegisteredModel.objects.visible_to(call.user).filter(workspace=call.workspace)
    model = models.filter(pk=int(text)).first() if text.isascii() and text.isdecimal() and len(text) < 19 else None
    if model is None:
        raise NotFound(f"There is no registered model {text[:40]} that you may see. Check the id, which get_model tells.")
    return model


def levels(call: Call) -> Json:
    """Tell which levels of permission there are, and what each means."""
    _model_of(call)
    return {"permission_levels": [{"permission_level": level, "description": words} for level, words in MEANING.items()]}


def get(call: Call) -> Json:
    """Tell who may do what with a model."""
    return permissions_body(_model_of(call))


def update(call: Call) -> Json:
    """Let some in, or change what they may; the others stay as they are."""
    return _changed(call, replace=False)


def replace(call: Call) -> Json:
    """Let some in, and nobody else but who comes by the workspace."""
    return _changed(call, replace=True)


def _changed(call: Call, *, replace: bool) -> Json:
    model = _model_of(call)
    if "access_control_list" not in call.body:
        raise Invalid(
            "Missing value for required parameter 'access_control_list'. Nothing was done.", field="access_control_list"
        )
    entries = entries_sent(model, call.objects("access_control_list"))

    def do() -> RegisteredModel:
        rows = list(collaborators_of(model)) if replace else []
        steps: list[Collaborator | Entry] = [*_gone(rows, entries), *entries]
        if not steps:  # to change nothing is for who may change it, too
            check_leads(authorise_on(call.by, model, Role.VIEWER, Scope.ADMIN).leads, model, "say who sees it")
        for step in sorted(steps, key=lambda step: _concerns(step, call.user.pk)):
            if isinstance(step, Collaborator):
                remove_collaborator(collaborator_id=step.pk, by=call.by)
            else:
                set_collaborator(model_id=model.pk, role=step.role, user_id=step.user_id, group_id=step.group_id, by=call.by)
        return model

    return call.change(do, permissions_body)


def _gone(rows: list[Collaborator], entries: list[Entry]) -> list[Collaborator]:
    return [row for row in rows if not any(entry.is_of(row) for entry in entries)]


def _concerns(step: Collaborator | Entry, user_id: int) -> bool:
    """Whether it is about the caller, who goes last: after it they may not say any more who is let in."""
    named = step.user_id if isinstance(step, Entry) else step.membership.user_id if step.membership else None
    return named == user_id
