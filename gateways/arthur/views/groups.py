"""Model groups: registered models, and the versions of each."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse

from activity.errors import Invalid, NotFound
from gateways.arthur import wire
from gateways.arthur.reading import USUAL_ROWS, group_of, page, version_bodies, without_archived
from gateways.call import Call
from gateways.protocol import Json
from registry.models import ModelVersion, RegisteredModel
from registry.services import archive_model, edit_model

EDITABLE = ("name", "description")


def _group(call: Call) -> RegisteredModel:
    return group_of(call, call.path["given"])


def get(call: Call) -> Json:
    """Tell of a group."""
    return wire.group_body(_group(call))


def listed(call: Call) -> Json:
    """List the groups of the caller's workspace, the archived ones where they are asked for."""
    models = RegisteredModel.objects.visible_to(call.user).filter(workspace=call.workspace).order_by("pk")
    if not wire.flag_asked(call, "include_archived"):
        models = models.filter(archived_at=None)
    rows, counts = page(call, models, USUAL_ROWS)
    return {"data": [wire.group_body(model) for model in rows], **counts}


def edit(call: Call) -> Json:
    """Change name or description, of which the SDK sends one at a time."""
    model = _group(call)
    if lost := sorted(call.body.keys() - {*EDITABLE}):
        raise Invalid(
            f"Only name and description of a group are changed here, not {lost[0][:60]}. Nothing was done.", field=lost[0]
        )
    changes = {field: call.text(field) for field in EDITABLE if field in call.body}
    return call.change(lambda: edit_model(model_id=model.pk, changes=changes, by=call.by), wire.group_body)


def archive(call: Call) -> HttpResponse:
    """Put a group away; not while a version of it holds a protected stage."""
    model = _group(call)
    told = call.change(lambda: archive_model(model_id=model.pk, by=call.by), wire.group_body)
    return JsonResponse(told, status=202)  # the one status that the SDK takes for success


def versions(call: Call) -> Json:
    """List the versions of a group, the newest first; or the one of a number or a label, which must be there. Raises NotFound."""
    model = _group(call)
    wanted: dict[str, Any] = {}
    if call.given("sequence_num"):
        wanted["number"] = call.whole("sequence_num")
    if call.given("label"):
        wanted["name"] = call.text("label")
    found, counts = page(call, _versions(call, model).filter(**wanted))
    if wanted and not found:
        raise NotFound(_not_found(model, " with that number or label"))
    return {"data": version_bodies(found), **counts}


def latest(call: Call) -> Json:
    """Tell of the version with the highest number. Raises NotFound where there is none."""
    model = _group(call)
    version = _versions(call, model).first()
    if version is None:
        raise NotFound(_not_found(model))
    (body,) = version_bodies([version])
    return body


def _versions(call: Call, model: RegisteredModel) -> QuerySet[ModelVersion]:
    rows = ModelVersion.objects.alive().filter(model=model).select_related("model").order_by("-number")
    return rows if wire.flag_asked(call, "include_archived") else without_archived(rows, model.workspace_id)


def _not_found(model: RegisteredModel, which: str = "") -> str:
    return f"{model.name} has no version{which}. Ask with include_archived=True where it may be archived."
