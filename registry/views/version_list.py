"""The list of a model's versions: narrowed by the find language, with the figures that most of them have."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from activity.pagination import Page, page_of
from approvals.models import StageChangeRequest
from registry.models import ModelVersion, RegisteredModel, Stage
from registry.querysets import NEWEST_FIRST, VersionQuerySet
from registry.search import SearchError
from registry.search import find as compile_find
from registry.views.addresses import version_url, with_query
from registry.views.frame import no_versions_yet
from registry.views.standing import Reader, held_besides

METRICS = 3  # so many have a column


@dataclass(frozen=True)
class VersionRow:
    """One version in the list."""

    version: ModelVersion
    url: str
    stage: Stage | None
    besides: list[Stage]
    pending: StageChangeRequest | None
    figures: list[tuple[str, float | None]]
    menu: list[dict[str, Any]]


def version_list(request: HttpRequest, frame: dict[str, Any]) -> dict[str, Any]:
    """Return what the list shows; three queries whatever it holds. A wrong question finds nothing, and says where it is wrong."""
    model, find = frame["model"], request.GET.get("find", "").strip()
    found, error = _asked(model, find, frame["stages"])
    found = found.select_related("created_by")
    page = Page([], None, None) if error else page_of(request, found, ordering=NEWEST_FIRST, size=50)
    metrics = common_metrics(version.metrics for version in page.rows)
    return {
        "page": page,
        "find": find,
        "error": error,
        "metrics": metrics,
        "rows": _rows(page.rows, metrics, frame),
        "empty": no_versions_yet(frame),
        "chips": [_chip(request, find, stage) for stage in frame["stages"]],
        "clear_url": request.path if find else "",
        "total": sum(count for _, count in frame["counts"]),
    }


def _asked(model: RegisteredModel, find: str, stages: list[Stage]) -> tuple[VersionQuerySet, dict[str, Any] | None]:
    """The versions that a question of the find language asks for, or where it went wrong."""
    versions = ModelVersion.objects.alive().filter(model=model)
    try:
        return versions.filter(compile_find(find, stages)), None
    except SearchError as refused:
        return versions.none(), {"detail": refused.detail, "column": refused.extras["column"]}


def common_metrics(metrics: Iterable[dict[str, float]]) -> list[str]:
    """The names of the metrics that most of these versions have, by name among equals."""
    counted = Counter(name for measured in metrics for name in measured)
    return sorted(sorted(counted), key=lambda name: -counted[name])[:METRICS]


def _rows(versions: list[ModelVersion], metrics: list[str], frame: dict[str, Any]) -> list[VersionRow]:
    pending = {
        change_request.version_id: change_request
        for change_request in StageChangeRequest.objects.pending()
        .filter(version__in=[version.pk for version in versions])
        .select_related("from_stage", "to_stage")
    }
    besides: dict[int, list[Stage]] = {}
    for holding in held_besides([frame["model"]], [version.pk for version in versions]):
        besides.setdefault(holding.version_id, []).append(holding.stage)
    rows = []
    for version in versions:
        version.model = frame["model"]
        rows.append(
            VersionRow(
                version=version,
                url=version_url(version),
                stage=frame["stages_by_key"].get(version.stage),
                besides=besides.get(version.pk, []),
                pending=pending.get(version.pk),
                figures=[(name, version.metrics.get(name)) for name in metrics],
                menu=_menu(version, pending.get(version.pk), frame["reader"]),
            )
        )
    return rows


def _menu(version: ModelVersion, pending: StageChangeRequest | None, reader: Reader) -> list[dict[str, Any]]:
    """What can be done with a version; nothing for viewers."""
    if not reader.may_write or version.model.archived_at:
        return []
    if not pending and version.lock_level == ModelVersion.Lock.OPEN:
        change = {
            "text": "Change stage…",
            "icon": "arrows-right-left",
            "url": version_url(version, "change-stage"),
            "dialog": f"Change the stage of {version.name}",
        }
    else:
        change = {"text": "See why it stays", "icon": "information-circle", "url": version_url(version)}
    return [change, {"text": "Edit", "icon": "pencil-square", "url": version_url(version, "version-edit")}]


def _chip(request: HttpRequest, find: str, stage: Stage) -> dict[str, Any]:
    question = f"stage == {stage.key}"
    active = find == question
    return {"text": stage.name, "stage": stage, "active": active, "url": with_query(request, find="" if active else question)}
