"""What is told of models and versions, read in a constant number of queries."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from accounts.models import Workspace
from activity.prepared import prepared
from gateways.call import Call
from gateways.mlflow import wire
from gateways.mlflow.stages import NONE, shown
from gateways.protocol import Json
from gateways.stage_changes import waits_for_each
from registry.lookup import find_model, find_version
from registry.models import Alias, ModelVersion, RegisteredModel, Stage, Tag
from registry.querysets import StageQuerySet, VersionQuerySet


def model_of(call: Call) -> RegisteredModel:
    """The model that a call names. Raises NotFound, Invalid."""
    return find_model(call.user, call.workspace.slug, call.text("name", required=True))


def version_of(call: Call) -> ModelVersion:
    """The version that a call names. Raises NotFound, Invalid."""
    name, number = call.text("name", required=True), call.whole("version", required=True)
    return find_version(call.user, call.workspace.slug, name, number)


def stages_of(workspace: Workspace) -> list[Stage]:
    """The stages of a workspace, in order."""
    return [stage for stage in _stages_in(workspace.pk) if stage.retired_at is None]


@prepared
def _stages_in(workspace_id: int) -> StageQuerySet:
    return Stage.objects.filter(workspace=workspace_id).order_by("position")


def latest_versions(workspace: Workspace, model_ids: Sequence[int]) -> dict[int, dict[str, ModelVersion]]:
    """The newest version in each stage, by model and the stage's key, in the stages' order; two queries, however many versions."""
    rows = _newest_in_each(workspace.pk, list(model_ids), workspace.multi_hold)
    versions = {version.pk: version for version in _versions_by_id(sorted({pk for _, _, pk in rows if pk}))}
    found: dict[int, dict[str, ModelVersion]] = {}
    for model_id, key, pk in rows:
        if pk in versions:
            found.setdefault(model_id, {})[key] = versions[pk]
    return found


@prepared
def _newest_in_each(workspace_id: int, model_ids: list[int], multi_hold: bool) -> QuerySet[Stage, tuple[int, str, int | None]]:
    places = Stage.objects.current().filter(workspace=workspace_id, workspace__models__in=model_ids)
    newest = places.annotate(model_id=F("workspace__models"), newest=Subquery(_newest(multi_hold=multi_hold)))
    return newest.order_by("position").values_list("model_id", "key", "newest")


@prepared
def _versions_by_id(ids: list[int]) -> VersionQuerySet:
    return ModelVersion.objects.filter(pk__in=ids).defer(*wire.UNTOLD_OF_VERSIONS)


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
    ids = [version.pk for version in listed]
    tagged = _tags(_tags_of_versions(ids)) if tagged is None else tagged
    stages = {stage.key: shown(stage) for stage in _stages_in(workspace.pk)}
    waiting = waits_for_each(ids)
    bodies = {}
    for version in listed:
        request_id, sentence = waiting.get(version.pk, (None, ""))
        own = tagged.get(version.pk, {}) | ({wire.PENDING: str(request_id)} if request_id else {})
        bodies[version.pk] = wire.version_body(version, names[version.model_id], stages[version.stage], own, sentence)
    return bodies


TAG = ("version_id", "model_id", "key", "value")
TagRow = tuple[int | None, int, str, str]


@prepared
def _tags_of_versions(ids: list[int]) -> QuerySet[Tag, TagRow]:
    return Tag.objects.filter(version__in=ids).order_by().values_list(*TAG)


@prepared
def _tags_of(model_ids: list[int], version_ids: list[int]) -> QuerySet[Tag, TagRow]:
    mine = Q(version=None, model__in=model_ids) | Q(version__in=version_ids)
    return Tag.objects.filter(mine).order_by().values_list(*TAG)


def _tags(rows: Iterable[TagRow]) -> dict[int, dict[str, str]]:
    """Tags by the id of what they are on; those of models by their negative id."""
    found: dict[int, dict[str, str]] = {}
    for version_id, model_id, key, value in rows:
        found.setdefault(version_id or -model_id, {})[key] = value
    return found


def new_version_body(version: ModelVersion, *, tagged: bool) -> Json:
    """Return the body of a version just registered: it waits for nothing and has no alias, and perhaps no tag, so none is asked for."""
    tags = _tags(_tags_of_versions([version.pk])) if tagged else {}
    return wire.version_body(version, version.model.name, NONE, tags.get(version.pk, {}), "")


def version_body(call: Call, version: ModelVersion) -> Json:
    """Return the body of one version with its aliases. It needs its `model`."""
    body = version_bodies(call.workspace, [version], {version.model_id: version.model.name})[version.pk]
    aliases = _aliases_of_version(version.pk)
    return body | ({"aliases": aliases} if aliases else {})


@prepared
def _aliases_of_version(version_id: int) -> QuerySet[Alias, str]:
    return Alias.objects.filter(version=version_id).values_list("name", flat=True)


@prepared
def _aliases_of_model(model_id: int) -> QuerySet[Alias, tuple[str, int]]:
    return Alias.objects.filter(model=model_id).values_list("name", "version__number")


def model_bodies(workspace: Workspace, models: Iterable[RegisteredModel]) -> list[Json]:
    """Return the bodies of models, each with its newest version in each stage; aliases are told of one model alone, as MLflow does."""
    listed = list(models)
    names = {model.pk: model.name for model in listed}
    latest = latest_versions(workspace, list(names))
    versions = {version.pk: version for held in latest.values() for version in held.values()}
    tagged = _tags(_tags_of(list(names), list(versions)))
    bodies = version_bodies(workspace, versions.values(), names, tagged)
    return [
        wire.model_body(model, [bodies[version.pk] for version in latest.get(model.pk, {}).values()], tagged.get(-model.pk, {}))
        for model in listed
    ]


def model_body(call: Call, model: RegisteredModel) -> Json:
    """Return the body of one model with its aliases."""
    (body,) = model_bodies(call.workspace, [model])
    named = [{"alias": alias, "version": str(number)} for alias, number in _aliases_of_model(model.pk)]
    return body | ({"aliases": named} if named else {})
