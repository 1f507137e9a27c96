"""Registered models."""

from django.http import HttpRequest

from activity.errors import Invalid
from gateways.call import Call
from gateways.mlflow.filters import MODELS, ORDER_OF_MODELS, ordering_of, terms_of
from gateways.mlflow.reading import latest_versions, model_bodies, model_body, model_of, stages_of, version_bodies
from gateways.mlflow.stages import stage_named
from gateways.mlflow.wire import UNTOLD_OF_MODELS, tags_sent
from gateways.paging import page
from gateways.protocol import Json
from registry.models import RegisteredModel
from registry.search import condition_on_models
from registry.services import delete_model, edit_model, register_model

MOST = 1000


def server_info(request: HttpRequest) -> Json:
    """What a client asks before it names a workspace."""
    return {"workspaces_enabled": True}


def create(call: Call) -> Json:
    """Register a model."""
    workspace, name = call.workspace, call.text("name", required=True)
    fields = {"description": call.text("description"), "tags": tags_sent(call.objects("tags"))}
    return call.change(
        lambda: register_model(workspace_id=workspace.pk, name=name, by=call.by, **fields),  # type: ignore[arg-type]
        lambda model: {"registered_model": model_body(call, model)},
    )


def get(call: Call) -> Json:
    """Tell of a model."""
    return {"registered_model": model_body(call, model_of(call))}


def rename(call: Call) -> Json:
    """Give a model another name."""
    return _edited(call, {"name": call.text("new_name", required=True)})


def update(call: Call) -> Json:
    """Describe a model; without a description nothing changes."""
    return _edited(call, {"description": call.text("description")} if call.given("description") else {})


def _edited(call: Call, changes: dict[str, str]) -> Json:
    model = model_of(call)
    return call.change(
        lambda: edit_model(model_id=model.pk, changes=changes, by=call.by),
        lambda edited: {"registered_model": model_body(call, edited)},
    )


def delete(call: Call) -> Json:
    """Delete a model with its versions; what is protected stays."""
    model = model_of(call)
    return call.change(lambda: delete_model(model_id=model.pk, by=call.by), lambda nothing: {})


def search(call: Call) -> Json:
    """List models by MLflow's filter."""
    size, workspace = call.whole("max_results", default=100), call.workspace
    if size > MOST:
        raise Invalid(f"Parameter 'max_results' is at most {MOST}, got {size}. Ask for less at once.", field="max_results")
    text, ordering = call.text("filter"), ordering_of(call.texts("order_by"), ORDER_OF_MODELS, ("name",))
    models = RegisteredModel.objects.visible_to(call.user).defer(*UNTOLD_OF_MODELS)
    models = models.filter(condition_on_models(terms_of(text, MODELS)), workspace=workspace)
    token = call.text("page_token")
    rows, following = page(models, ordering, size, token, about=f"{workspace.pk} {text}") if size > 0 else ([], "")
    return _listed("registered_models", model_bodies(workspace, rows), following)


def _listed(name: str, bodies: list[Json], token: str) -> Json:
    return ({name: bodies} if bodies else {}) | ({"next_page_token": token} if token else {})


def latest(call: Call) -> Json:
    """Tell of the newest version in each of some stages, or in all."""
    call.reads()
    model, workspace, asked = model_of(call), call.workspace, call.texts("stages")
    stages = stages_of(workspace)
    keys = {stage_named(text, stages, workspace) for text in asked}
    held = latest_versions(workspace, [model.pk]).get(model.pk, {})
    chosen = {version.pk: version for key, version in held.items() if key in keys or not asked}
    return _listed("model_versions", list(version_bodies(workspace, chosen.values(), {model.pk: model.name}).values()), "")
