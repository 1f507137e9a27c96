"""Registered models."""

from typing import Any

from accounts.models import Workspace
from activity.errors import NotFound
from gateways.call import Call
from gateways.protocol import Json
from gateways.verta import wire
from gateways.verta.predicates import narrowed, page
from gateways.verta.reading import model_of
from gateways.verta.views.fields import NOT_OF_MODELS, check_kept, union
from registry.lookup import find_model, find_workspace
from registry.models import RegisteredModel
from registry.services import delete_model, edit_model, register_model
from registry.services.models import locked_model


def workspace_in(call: Call) -> Workspace:
    """The workspace that the path names. Raises NotFound."""
    slug = call.path["workspace"]
    if "\x00" in slug:
        raise NotFound("There is no such workspace: no name holds a control character.")
    return find_workspace(call.user, slug)


def _told(model: RegisteredModel) -> Json:
    return {"registered_model": wire.model_body(model)}


def by_name(call: Call) -> Json:
    """Tell of a model by its name; one that is called “find” is asked for like all others."""
    return _told(find_model(call.user, workspace_in(call).slug, call.path.get("name", "find")))


def by_id(call: Call) -> Json:
    """Tell of a model."""
    return _told(model_of(call, call.path["pk"]))


def create(call: Call) -> Json:
    """Register a model: a private one, or one for all of its workspace, which is as wide as models are shared here."""
    workspace, name = workspace_in(call), call.text("name", required=True)
    check_kept(call, NOT_OF_MODELS)
    visibility = wire.enum(call.body.get("resource_visibility", 0), wire.VISIBILITIES, "resource_visibility")
    fields: dict[str, Any] = {
        "description": call.text("description"),
        "readme": call.text("readme_text"),
        "labels": call.texts("labels"),
        "private": visibility == "PRIVATE",
    }
    return call.change(lambda: register_model(workspace_id=workspace.pk, name=name, by=call.by, **fields), _told)


def merge(call: Call) -> Json:
    """Add to a model what is sent: labels to its labels, texts in place of texts. What is empty changes nothing."""
    model = model_of(call, call.path["pk"])
    check_kept(call, NOT_OF_MODELS)
    texts = {
        field: call.text(sent) for field, sent in (("name", "name"), ("description", "description"), ("readme", "readme_text"))
    }
    labels = call.texts("labels")

    def do() -> RegisteredModel:
        changes: dict[str, Any] = {field: text for field, text in texts.items() if text}
        if labels:
            changes["labels"] = union(locked_model(model.pk).labels, labels)
        return edit_model(model_id=model.pk, changes=changes, by=call.by)

    return call.change(do, _told)


def replace(call: Call) -> Json:
    """Let description and labels be what is sent, empty where nothing is. Its client sends what it read earlier: a name is not changed."""
    model = model_of(call, call.path["pk"])
    check_kept(call, NOT_OF_MODELS)
    changes: dict[str, Any] = {"description": call.text("description"), "labels": call.texts("labels")}
    if call.text("readme_text"):
        changes["readme"] = call.text("readme_text")
    return call.change(lambda: edit_model(model_id=model.pk, changes=changes, by=call.by), _told)


def delete(call: Call) -> Json:
    """Delete a model; what is protected stays."""
    model = model_of(call, call.path["pk"])
    return call.change(lambda: delete_model(model_id=model.pk, by=call.by), lambda nothing: {})


def find_in_workspace(call: Call) -> Json:
    """List models of a workspace."""
    return _found(call, RegisteredModel.objects.visible_to(call.user).filter(workspace=workspace_in(call)))


def find(call: Call) -> Json:
    """List all models that the caller may see."""
    return _found(call, RegisteredModel.objects.visible_to(call.user))


def _found(call: Call, models: Any) -> Json:
    rows, total = page(call, narrowed(call, models))
    return {"registered_models": [wire.model_body(model) for model in rows], "total_records": total}
