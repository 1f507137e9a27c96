"""Models: versions of registered models."""

from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse

from activity.errors import Conflict, Invalid
from gateways.arthur import wire
from gateways.arthur.reading import (
    USUAL_ROWS,
    check_partner_id,
    group_of,
    hold_partner_ids,
    page,
    version_bodies,
    version_body,
    version_of,
    without_archived,
)
from gateways.call import Call
from gateways.protocol import Json
from gateways.stage_changes import change_stage
from registry.errors import Protected
from registry.models import ModelVersion, RegisteredModel, Stage
from registry.services import edit_version, register_model, register_version
from registry.services.versions import held_stages, locked_version

NO_DATA = (
    "Stageward is a registry: it keeps no reference data, so none of this was stored. The model is saved; put its data where it belongs,"
    " and say where among its attributes."
)


def get(call: Call) -> Json:
    """Tell of a model."""
    (body,) = version_bodies([version_of(call)])
    return body


def listed(call: Call) -> Json:
    """List the models of the caller's workspace, the newest first, the archived ones where they are asked for."""
    workspace = call.workspace
    versions: QuerySet[ModelVersion] = ModelVersion.objects.visible_to(call.user).filter(model__workspace=workspace)
    if not wire.flag_asked(call, "include_archived"):
        versions = without_archived(versions, workspace.pk)
    rows, counts = page(call, versions.select_related("model").order_by("-pk"), USUAL_ROWS)
    return {"data": version_bodies(rows), **counts}


def create(call: Call) -> HttpResponse:
    """Register a version: of the group that is named, or the first of a new one."""
    sent = wire.sent(call)
    fields = wire.version_fields(call, sent)
    _check_new(sent)
    group = group_of(call, call.text("model_group_id")) if "model_group_id" in sent else None
    workspace_id = group.workspace_id if group else call.workspace.pk

    def do() -> ModelVersion:
        hold_partner_ids(workspace_id)
        model = group or register_model(workspace_id=workspace_id, name=_free_name(sent, workspace_id), by=call.by)
        made = register_version(model_id=model.pk, by=call.by, **fields)
        check_partner_id(made, workspace_id)
        return made

    return JsonResponse(call.change(do, version_body), status=201)


def _check_new(sent: Json) -> None:
    for field in wire.REQUIRED:
        if not sent.get(field):
            raise Invalid(f"Every model has a {field}, and this one has none. Nothing was saved; send one.", field=field)
    for field in ("archived", "version_sequence_num"):
        if sent.get(field):
            raise Invalid(
                f"“{field}” is told by Stageward, not sent with a new model. Nothing was saved; leave it out.", field=field
            )


def _free_name(sent: Json, workspace_id: int) -> str:
    """The name of a new group: as it is displayed, or where there is one of that name, which Arthur allows, what is always unique."""
    wanted = str(sent.get("display_name", "")).strip()
    taken = RegisteredModel.objects.filter(workspace=workspace_id, name=wanted, deleted_at=None).exists()
    return str(sent[wire.PARTNER_ID]) if taken or not wanted else wanted


def update(call: Call) -> Json:
    """Change what is sent; what is left out stays, and so do group, number, partner_model_id and whether it is archived."""
    version = version_of(call)
    sent = wire.sent(call)
    fields = wire.version_fields(call, sent)
    (told,) = version_bodies([version])
    for field in ("id", "model_group_id", "version_sequence_num", wire.PARTNER_ID, "archived"):
        if sent.get(field, told[field]) != told[field]:
            raise Invalid(
                f"The {field} of a model is not changed by an update, so nothing was done. Archiving has a call of its own; for the rest,"
                " save a new model.",
                field=field,
            )

    def do() -> ModelVersion:
        _, here = locked_version(version.pk)
        changes = fields | {"attributes": here.attributes | fields["attributes"]}
        return edit_version(version_id=version.pk, changes=changes, by=call.by)

    return call.change(do, version_body)


def archive(call: Call) -> HttpResponse:
    """Ask that a version go to Archived, which like every stage change may take a second person. Raises Waits, Protected, Conflict."""
    version = version_of(call)
    for stage in held_stages(version):
        if stage.protected:
            raise Protected(
                f"{version.name} is in {stage.name}, so it is not archived from here. Ask for a stage change in Stageward, where whoever"
                " approves it sees what it leaves."
            )
    change_stage(version, _archived_stage(version).key, call.by)
    return HttpResponse(status=204)


def _archived_stage(version: ModelVersion) -> Stage:
    """The stage of that kind where it is, else the first one. Raises Conflict where there is none."""
    stages = Stage.objects.current().filter(workspace=version.model.workspace_id, kind=Stage.Kind.ARCHIVED)
    stage = stages.filter(key=version.stage).first() or stages.order_by("position").first()
    if stage is None:
        raise Conflict(
            f"This workspace has no stage for what is archived, so {version.name} stays where it is. An admin can add one; or delete the"
            " version in Stageward."
        )
    return stage


def reference_data(call: Call) -> HttpResponse:
    """Keep no data, and say so as the SDK can bear: refused by a status, a model that was just saved would seem not to be."""
    call.reads()
    version_of(call)
    results = [{"message": NO_DATA, "status": 400}]
    counts = {"success": 0, "failure": 1, "total": 1}
    # Some of the SDK's calls read `results`, others `failures`: without these it believes that everything was stored, and closes the set.
    return JsonResponse({"counts": counts, "results": results, "failures": results}, status=207)
