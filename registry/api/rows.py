"""How workspaces, models and versions are told: bodies for many rows at once, in a constant number of queries.

Versions are the hot list, so their bodies are made of plain values; the others go through their serializers.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import User, Workspace
from activity.moments import rfc3339
from approvals.models import StageChangeRequest
from registry.counting import Counts, counts_by_model
from registry.links import model_url, version_url
from registry.models import ModelVersion, RegisteredModel, StageAssignment
from registry.serializers import ModelSerializer, ModelSummarySerializer, WorkspaceSerializer

Json = dict[str, Any]

_PLAIN = (
    "number", "name", "stage", "description", "artifact_uri", "artifact_digest", "metrics", "parameters", "attributes", "labels",
    "run_url", "revision",
)  # fmt: skip


def version_values(versions: QuerySet[ModelVersion]) -> QuerySet[ModelVersion, Json]:
    """The columns that bodies of versions are made of: of this one table, since a join would cost the page its index."""
    return versions.values(
        "id",
        "model_id",
        "lock_level",
        "created_by_id",
        "content_edited_by_id",
        "created_at",
        "occurred_at",
        "updated_at",
        *_PLAIN,
    )


def version_bodies(rows: Sequence[Json]) -> list[Json]:
    """Return the bodies of versions from their values; three queries whatever their number."""
    places = {
        pk: (slug, name)
        for pk, slug, name in RegisteredModel.objects.filter(pk__in={row["model_id"] for row in rows}).values_list(
            "pk", "workspace__slug", "name"
        )
    }
    people = {row[column] for row in rows for column in ("created_by_id", "content_edited_by_id")}
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "username"))
    waiting = StageChangeRequest.objects.pending().filter(version__in=[row["id"] for row in rows])
    pending = dict(waiting.values_list("version_id", "pk"))
    return [_version_body(row, *places[row["model_id"]], names, pending.get(row["id"])) for row in rows]


def _version_body(row: Json, workspace: str, model: str, names: dict[int, str], pending_request: int | None) -> Json:
    return {
        "workspace": workspace,
        "model": model,
        **{name: row[name] for name in _PLAIN},
        "lock": row["lock_level"],
        "created_by": names[row["created_by_id"]],
        "created_at": rfc3339(row["created_at"]),
        "occurred_at": rfc3339(row["occurred_at"]) if row["occurred_at"] else None,
        "updated_at": rfc3339(row["updated_at"]),
        "content_edited_by": names[row["content_edited_by_id"]],
        "pending_request": pending_request,
        "url": version_url(workspace, model, row["number"]),
    }


def version_body(version: ModelVersion) -> Json:
    """Return the body of one version, read afresh."""
    (body,) = version_bodies(list(version_values(ModelVersion.objects.filter(pk=version.pk))))
    return body


def model_bodies(
    models: Iterable[RegisteredModel],
    shape: type[ModelSummarySerializer] = ModelSummarySerializer,
    count: Callable[[list[RegisteredModel]], dict[int, Counts]] = counts_by_model,
) -> list[Json]:
    """Return the bodies of models, with what is in production and what waits. They need `workspace` and `owner`."""
    listed = list(models)
    ids = [model.pk for model in listed]
    counts = count(listed)
    holders = _in_production(ids)
    pending = dict(
        StageChangeRequest.objects.pending()
        .filter(version__model__in=ids)
        .values_list("version__model")
        .annotate(count=Count("pk"))
        .order_by()
    )
    for model in listed:
        model.archived = model.archived_at is not None  # type: ignore[attr-defined]
        model.versions_by_stage = counts.get(model.pk, {})  # type: ignore[attr-defined]
        model.in_production = holders.get(model.pk, [])  # type: ignore[attr-defined]
        model.pending_requests = pending.get(model.pk, 0)  # type: ignore[attr-defined]
        model.url = model_url(model.workspace.slug, model.name)  # type: ignore[attr-defined]
    return list(shape(listed, many=True).data)


def model_body(model: RegisteredModel) -> Json:
    """Return the body of one model, with its readme. It needs `workspace` and `owner`."""
    (body,) = model_bodies([model], ModelSerializer)
    return body


def changed_model_body(model: RegisteredModel) -> Json:
    """Return the body of a model that a unit of work just changed: counted, and not remembered, since it may yet roll back."""
    fresh = RegisteredModel.objects.select_related("workspace", "owner").filter(pk=model.pk)
    (body,) = model_bodies(fresh, ModelSerializer, lambda listed: ModelVersion.objects.counts_by_stage([model.pk]))
    return body


def _in_production(model_ids: list[int]) -> dict[int, list[Json]]:
    held = StageAssignment.objects.now().in_production().filter(model__in=model_ids, version__deleted_at=None)
    holders: dict[int, list[Json]] = {}
    for entry in held.select_related("version", "stage").order_by("-entered_at", "-pk"):
        holder = {
            "version": entry.version.number,
            "name": entry.version.name,
            "since": entry.entered_at,
            "stage": entry.stage.key,
        }
        holders.setdefault(entry.model_id, []).append(holder)
    return holders


def workspace_bodies(workspaces: Iterable[Workspace], user: User | Any) -> list[Json]:
    """Return the bodies of workspaces, with totals of what the user may see. They need `my_role` and `stages__policy`."""
    listed = list(workspaces)
    living = ModelVersion.objects.visible_to(user).filter(model__workspace__in=listed)
    counts: dict[int, dict[str, int]] = {}
    for workspace_id, stage, count in living.values_list("model__workspace", "stage").annotate(count=Count("pk")).order_by():
        counts.setdefault(workspace_id, {})[stage] = count
    for workspace in listed:
        held = counts.get(workspace.pk, {})
        workspace.totals = {stage.key: held.get(stage.key, 0) for stage in workspace.stages.all()}  # type: ignore[attr-defined]
    return list(WorkspaceSerializer(listed, many=True).data)
