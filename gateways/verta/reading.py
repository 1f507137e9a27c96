"""From ids to rows that the caller may see, and what is told of them, in a constant number of queries."""

from collections.abc import Iterable, Mapping

from django.http import HttpResponse

from activity.errors import Invalid, NotFound
from activity.models import Activity
from approvals.models import StageChangeRequest
from gateways.call import Call
from gateways.protocol import Json
from gateways.routes import View
from gateways.verta import wire
from registry.models import ModelVersion, RegisteredModel, Stage

MOST = 1_000  # activities or transitions in one answer, the newest
_BY_KIND = {
    Stage.Kind.UNASSIGNED: "UNASSIGNED",
    Stage.Kind.PRODUCTION: "PRODUCTION",
    Stage.Kind.ARCHIVED: "ARCHIVED",
}


def reads(view: View) -> View:
    """A call by POST that only reads: its token needs the scope for that, and for nothing more."""

    def reading(call: Call) -> Json | HttpResponse:
        call.reads()
        return view(call)

    return reading


def model_of(call: Call, pk: int) -> RegisteredModel:
    """The model of an id. Raises NotFound."""
    model = RegisteredModel.objects.visible_to(call.user).filter(pk=pk).select_related("workspace").first()
    if model is None:
        raise NotFound(f"There is no registered model {pk} that you may see. Check the id; it may have been deleted.")
    return model


def version_of(call: Call, pk: int, model_id: int | None = None) -> ModelVersion:
    """The version of an id, of that model where one is named. Raises NotFound."""
    versions = ModelVersion.objects.visible_to(call.user).filter(pk=pk)
    if model_id is not None:
        versions = versions.filter(model=model_id)
    version = versions.select_related("model__workspace").first()
    if version is None:
        raise NotFound(f"There is no model version {pk} that you may see. Check the id; it may have been deleted.")
    return version


def sent_version(call: Call) -> ModelVersion:
    """The version that a body names. Raises NotFound, Invalid."""
    return version_of(call, call.whole("model_version_id", required=True))


def stage_name(stage: Stage) -> str:
    """How Verta calls a stage; one that it has no word for is unknown to its client."""
    return stage.key.upper() if stage.key.upper() in wire.STAGES else _BY_KIND.get(Stage.Kind(stage.kind), "UNKNOWN")


def stage_key(name: str, stages: Iterable[Stage]) -> str | None:
    """The key of the stage that Verta calls so; None where no stage, or more than one, is called so."""
    listed = list(stages)
    if any(stage.key == name.lower() for stage in listed):
        return name.lower()
    called = {stage.key for stage in listed if stage_name(stage) == name}
    return called.pop() if len(called) == 1 else None


def stage_sent(call: Call, field: str, workspace_id: int) -> str:
    """The key of the stage that a body names. Raises Invalid."""
    name = wire.enum(call.body.get(field, 0), wire.STAGES, field)
    stages = list(Stage.objects.current().filter(workspace=workspace_id))
    key = stage_key(name, stages)
    if key is None or name == "UNKNOWN":
        known = ", ".join(stage_name(stage) for stage in stages)
        raise Invalid(
            f"No one stage of this workspace is called {name}, so nothing was done. Choose one of: {known}.", field=field
        )
    return key


def version_bodies(versions: Iterable[ModelVersion]) -> list[Json]:
    """Return the bodies of versions, which come with their models; one query."""
    listed = list(versions)
    stages = Stage.objects.filter(workspace__in={version.model.workspace_id for version in listed})
    names = {(stage.workspace_id, stage.key): stage_name(stage) for stage in stages}
    return [wire.version_body(version, names[version.model.workspace_id, version.stage]) for version in listed]


def version_body(version: ModelVersion) -> Json:
    """Return the body of one version, read afresh."""
    (body,) = version_bodies([ModelVersion.objects.select_related("model").get(pk=version.pk)])
    return body


def activity_bodies(lines: Iterable[Activity]) -> list[Json]:
    """Return the bodies of lines of the log; two queries."""
    listed = list(lines)
    requests = StageChangeRequest.objects.in_bulk({line.request_id for line in listed if line.request_id})
    stages = list(Stage.objects.filter(workspace__in={line.workspace_id for line in listed}))
    by_key = {(stage.workspace_id or 0, stage.key): stage_name(stage) for stage in stages}
    by_id = {stage.pk: stage_name(stage) for stage in stages}
    return [_activity_body(line, requests.get(line.request_id or 0), by_key, by_id) for line in listed]


def _activity_body(
    line: Activity, change_request: StageChangeRequest | None, by_key: Mapping[tuple[int, str], str], by_id: Mapping[int, str]
) -> Json:
    kind = wire.KINDS[line.verb]
    about: Json = {kind: {}} if kind else {}
    if kind == "update":
        about = {"update": {"stage": by_key.get((line.workspace_id or 0, line.to_stage), "UNKNOWN")}}
    if kind == "transition" and change_request:
        about = {"transition": wire.transition(change_request, by_id)}
    said = change_request.comment if change_request and kind == "update" else ""
    return wire.activity_body(line, about, said)
