"""The rows of the catalogue: what a tile or a table row shows of each model, read for the whole page at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q

from accounts.models import Role, Workspace
from approvals.models import StageChangeRequest
from registry.counting import counts_by_model
from registry.models import ModelVersion, RegisteredModel, Stage, StageAssignment
from registry.views.addresses import find_url, model_url, version_url
from registry.views.standing import StagesByKey, held_besides, with_effect

NAMED = 3  # so many versions of a stage are named in a cell; more are a number


@dataclass(frozen=True)
class Holder:
    """A version that stands somewhere."""

    name: str
    url: str
    stage: Stage
    since: datetime | None = None
    effect: str | None = None


@dataclass(frozen=True)
class Cell:
    """What stands in one stage: the versions where they are few, else their number."""

    stage: Stage
    count: int
    url: str
    versions: list[Holder]


@dataclass(frozen=True)
class ModelRow:
    """One model, as the tile and the table show it."""

    model: RegisteredModel
    url: str
    workspace: str
    counts: list[tuple[Stage, int]]
    production: list[Holder]
    pending: int
    menu: list[dict[str, Any]]
    cells: list[Cell] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def description(self) -> str:
        """What it is for."""
        return self.model.description

    @property
    def updated_at(self) -> datetime:
        """When it was changed last."""
        return self.model.updated_at

    @property
    def archived(self) -> bool:
        """Whether it is put away."""
        return self.model.archived_at is not None

    @property
    def private(self) -> bool:
        """Whether only those who are let in see it."""
        return self.model.private

    @property
    def version_count(self) -> int:
        """How many versions it has."""
        return sum(count for _, count in self.counts)

    @property
    def pending_url(self) -> str:
        """Where its requests wait."""
        return model_url(self.model, "model-approvals")


def columns_of(stages: dict[int, StagesByKey], workspaces: list[Workspace]) -> list[Stage]:
    """Return the stages that the table has columns for: those of all workspaces shown, when they are the same; else none."""
    lifecycles = [stages.get(workspace.pk, {}) for workspace in workspaces]
    same = lifecycles and all(list(lifecycle) == list(lifecycles[0]) for lifecycle in lifecycles)
    return list(lifecycles[0].values()) if same else []


def model_rows(
    models: list[RegisteredModel], stages: dict[int, StagesByKey], roles: dict[int, Role], *, several: bool, columns: list[Stage]
) -> list[ModelRow]:
    """Return a row per model: four queries for all of them, one more for a table, two where versions may hold several stages.

    `several`: name the workspace.
    """
    counts = counts_by_model(models)
    production = _production(models)
    pending = _pending([model.pk for model in models])
    named = _named(models, counts, columns)
    besides: dict[tuple[int, str], list[ModelVersion]] = {}
    for holding in held_besides(models) if columns else []:
        besides.setdefault((holding.model_id, holding.stage.key), []).append(holding.version)
    rows = []
    for model in models:
        lifecycle = stages.get(model.workspace_id, {})
        counted = [(stage, counts[model.pk].get(stage.key, 0)) for stage in lifecycle.values()]
        rows.append(
            ModelRow(
                model=model,
                url=model_url(model),
                workspace=model.workspace.title if several else "",
                counts=counted,
                production=production[model.pk],
                pending=pending.get(model.pk, 0),
                menu=_menu(model, roles[model.workspace_id].covers(Role.EDITOR) or model.edits),  # type: ignore[attr-defined]
                cells=[_cell(model, stage, count, named, besides) for stage, count in counted] if columns else [],
            )
        )
    return rows


def _production(models: list[RegisteredModel]) -> dict[int, list[Holder]]:
    """Per model, the versions in production, newest first; beyond `NAMED` one link to the rest."""
    ids = [model.pk for model in models]
    held = with_effect(StageAssignment.objects.now().in_production().filter(model__in=ids, version__deleted_at=None))
    by_model: dict[int, list[StageAssignment]] = {model.pk: [] for model in models}
    for assignment in held.select_related("version", "stage").order_by("-entered_at", "-pk"):
        by_model[assignment.model_id].append(assignment)
    return {model.pk: _holders(model, by_model[model.pk]) for model in models}


def _holders(model: RegisteredModel, assignments: list[StageAssignment]) -> list[Holder]:
    holders = []
    for assignment in assignments[:NAMED]:
        assignment.version.model = model
        url, effect = version_url(assignment.version), assignment.effect  # type: ignore[attr-defined]  # annotated
        holders.append(Holder(assignment.version.name, url, assignment.stage, assignment.entered_at, effect))
    if rest := assignments[NAMED:]:
        holders.append(Holder(f"{len(rest)} more", find_url(model, rest[0].stage.key), rest[0].stage))
    return holders


def _pending(ids: list[int]) -> dict[int, int]:
    """Per model, how many requests wait."""
    rows = StageChangeRequest.objects.pending().filter(version__model_id__in=ids)
    return dict(rows.order_by().values_list("version__model_id").annotate(Count("pk")))


def _named(
    models: list[RegisteredModel], counts: dict[int, dict[str, int]], columns: Iterable[Stage]
) -> dict[tuple[int, str], list[ModelVersion]]:
    """Per model and stage, the versions there, where they are few enough to be named; one query, none without columns."""
    few = {
        stage.key: [model_id for model_id, by_stage in counts.items() if 0 < by_stage.get(stage.key, 0) <= NAMED]
        for stage in columns
        if stage.kind in (Stage.Kind.WORKING, Stage.Kind.PRODUCTION)  # what waits or is put away is counted
    }
    if not few:
        return {}
    wanted = reduce(or_, (Q(stage=key, model_id__in=ids) for key, ids in few.items()))
    by_id = {model.pk: model for model in models}
    found: dict[tuple[int, str], list[ModelVersion]] = {}
    there = ModelVersion.objects.alive().filter(wanted).only("name", "number", "stage", "model_id")
    for version in sorted(there, key=lambda version: -version.pk):  # sorted here: the database would read its whole index for it
        version.model = by_id[version.model_id]
        found.setdefault((version.model_id, version.stage), []).append(version)
    return found


Named = dict[tuple[int, str], list[ModelVersion]]


def _cell(model: RegisteredModel, stage: Stage, count: int, named: Named, besides: Named) -> Cell:
    """What stands in a stage of a model, those included that stand elsewhere and hold it too."""
    there, more = named.get((model.pk, stage.key), []), besides.get((model.pk, stage.key), [])
    for version in more:
        version.model = model
    few = len(there) == count and count + len(more) <= NAMED
    versions = [Holder(version.name, version_url(version), stage) for version in ([*there, *more] if few else there)]
    return Cell(stage, count + len(more), find_url(model, stage.key), versions)


def _menu(model: RegisteredModel, may_write: bool) -> list[dict[str, Any]]:
    """What can be done with a model; nothing for viewers, and an archived one can only be taken out again."""
    if not may_write:
        return []
    settings = {"text": "Settings", "icon": "cog-6-tooth", "url": model_url(model, "model-settings")}
    if model.archived_at:
        return [settings]
    return [
        {
            "text": "Change stage…",
            "icon": "arrows-right-left",
            "url": model_url(model, "model-change-stage"),
            "dialog": f"Change the stage of a version of {model.name}",
        },
        {"text": "Register a version", "icon": "plus", "url": model_url(model, "version-register")},
        settings,
    ]
