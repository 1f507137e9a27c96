"""What is told of models and versions, read in a constant number of queries."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from accounts.models import Workspace
from approvals.models import StageChangeRequest
from gateways.call import Call
from gateways.mlflow import wire
from gateways.mlflow.stages import shown
from gateways.protocol import Json
from gateways.stage_changes import waits_for_each
from registry.lookup import find_model, find_version
from registry.models import Alias, ModelVersion, RegisteredModel, Stage, Tag


def model_of(call: Call) -> RegisteredModel:
    """The model that a call names. Raises NotFound, Invalid."""
    return find_model(call.user, call.workspace.slug, call.text("name", required=True))


def version_of(call: Call) -> ModelVersion:
    """The version that a call names. Raises NotFound, Invalid."""
    name, number = call.text("name", required=True), call.whole("version", required=True)
    return find_version(call.user, call.workspace.slug, name, number)


def stages_of(workspace: Workspace) -> list[Stage]:
    """The stages of a workspace, in order."""
    return list(Stage.objects.current().filter(workspace=workspace).order_by("position"))


def latest_versions(workspace: Workspace, model_ids: Sequence[int]) -> dict[int, dict[str, ModelVersion]]:
    """The newest version in each stage, by model and the stage's key, in the stages' order; two queries, however many versions."""
    places = Stage.objects.current().filter(workspace=workspace, workspace__models__in=model_ids)
    newest = places.annotate(model_id=F("workspace__models"), newest=Subquery(_newest(multi_hold=workspace.multi_hold)))
    rows = list(newest.order_by("position").values_list("model_id", "key", "newest"))
    versions = ModelVersion.objects.in_bulk([pk for _, _, pk in rows if pk])
    found: dict[int, dict[str, ModelVersion]] = {}
    for model_id, key, pk in rows:
        if pk in versions:
            found.setdefault(model_id, {})[key] = versions[pk]
    return found


def _newest(*, multi_hold: bool) -> QuerySet[ModelVersion, Any]:
    """Of a model and a stage. Where a version may hold several stages, the one that it stands in is only the foremost."""
    versions = ModelVersion.objects.alive().filter(model=OuterRef("workspace__models"))
    if multi_hold:
        versions = versions.filter(assignments__left_at=None, assignments__stage=OuterRef("pk"))
    else:
        versions = versions.filter(stage=OuterRef("key"))
    return versions.order_by("-number").values("pk")[:1]


def version_bodies(
    workspace: Workspace, versions: Iterable[ModelVersion], names: dict[int, str], tagged: dict[int, dict[str, str]] | None = None
) -> dict[int, Json]:
    """Return the bodies of versions, by id; `names` are those of their models, by id, and `tagged` their tags where they were read."""
    listed = list(versions)
    tagged = _tags(Tag.objects.filter(version__in=[version.pk for version in listed])) if tagged is None else tagged
    stages = {stage.key: shown(stage) for stage in Stage.objects.filter(workspace=workspace)}
    waiting = waits_for_each(StageChangeRequest.objects.pending().filter(version__in=[version.pk for version in listed]))
    bodies = {}
    for version in listed:
        request_id, sentence = waiting.get(version.pk, (None, ""))
        own = tagged.get(version.pk, {}) | ({wire.PENDING: str(request_id)} if request_id else {})
        bodies[version.pk] = wire.version_body(version, names[version.model_id], stages[version.stage], own, sentence)
    return bodies


def _tags(rows: QuerySet[Tag]) -> dict[int, dict[str, str]]:
    """Tags by the id of what they are on; those of models by their negative id."""
    found: dict[int, dict[str, str]] = {}
    for version_id, model_id, key, value in rows.order_by().values_list("version_id", "model_id", "key", "value"):
        found.setdefault(version_id or -model_id, {})[key] = value
    return found


def version_body(call: Call, version: ModelVersion) -> Json:
    """Return the body of one version with its aliases. It needs its `model`."""
    body = version_bodies(call.workspace, [version], {version.model_id: version.model.name})[version.pk]
    aliases = list(Alias.objects.filter(version=version).values_list("name", flat=True))
    return body | ({"aliases": aliases} if aliases else {})


def model_bodies(workspace: Workspace, models: Iterable[RegisteredModel]) -> list[Json]:
    """Return the bodies of models, each with its newest version in each stage; aliases are told of one model alone, as MLflow does."""
    listed = list(models)
    names = {model.pk: model.name for model in listed}
    latest = latest_versions(workspace, list(names))
    versions = {version.pk: version for held in latest.values() for version in held.values()}
    tagged = _tags(Tag.objects.filter(Q(version=None, model__in=list(names)) | Q(version__in=list(versions))))
    bodies = version_bodies(workspace, versions.values(), names, tagged)
    return [
        wire.model_body(model, [bodies[version.pk] for version in latest.get(model.pk, {}).values()], tagged.get(-model.pk, {}))
        for model in listed
    ]


def model_body(call: Call, model: RegisteredModel) -> Json:
    """Return the body of one model with its aliases."""
    (body,) = model_bodies(call.workspace, [model])
    aliases = Alias.objects.filter(model=model).values_list("name", "version__number")
    named = [{"alias": alias, "version": str(number)} for alias, number in aliases]
    return body | ({"aliases": named} if named else {})
