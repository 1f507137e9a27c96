"""Who must make room when a version enters a stage, and where they go: asked by what is shown beforehand and by what is done."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from registry.lifecycle import ACTIVE, foremost
from registry.models import ModelVersion, Stage, StageAssignment


@dataclass(frozen=True)
class Incumbent:
    """A version that holds the stage which another one enters: it leaves that stage, and then stands in `becomes`.

    `keeps` are the stages that it goes on holding; without any, `becomes` is Archived or Unassigned.
    """

    version: ModelVersion
    leaves: Stage
    becomes: Stage
    keeps: tuple[Stage, ...]

    @property
    def told(self) -> dict[str, object]:
        """What of it is part of what a reviewer approves."""
        return {"version": self.version.number, "becomes": self.becomes.key}


@dataclass(frozen=True)
class Entry:
    """A version that would enter a stage; `archive`: who holds it is to be archived, also where the stage takes several."""

    version: ModelVersion
    to: Stage
    archive: bool = False

    @property
    def displaces(self) -> bool:
        """Whether holders must make room."""
        return self.to.kind in ACTIVE and (self.to.exclusive or self.archive)


def incumbents_of(entries: Iterable[Entry]) -> list[tuple[Incumbent, ...]]:
    """Return, for each entry, who makes room for it, by number; two queries for all of them, none where nobody has to."""
    listed = list(entries)
    asked = [entry for entry in listed if entry.displaces]
    if not asked:
        return [() for _ in listed]
    held = _holdings(asked)
    ends = _ends({entry.to.workspace_id for entry in asked})
    return [tuple(_incumbents(entry, held, ends)) if entry.displaces else () for entry in listed]


Holdings = dict[int, list[StageAssignment]]
Ends = dict[tuple[int, str], Stage]


def _holdings(entries: list[Entry]) -> Holdings:
    """What every version holds that is in one of these stages of these models, by version."""
    there = Q()
    for stage_id in {entry.to.pk for entry in entries}:
        models = {entry.version.model_id for entry in entries if entry.to.pk == stage_id}
        there |= Q(stage_id=stage_id, model_id__in=models)
    holders = StageAssignment.objects.now().filter(there, version__deleted_at=None).values("version_id")
    produced = StageAssignment.objects.filter(version_id=OuterRef("version_id"), stage__kind=Stage.Kind.PRODUCTION)
    held = StageAssignment.objects.now().filter(version_id__in=holders).annotate(was_in_production=Exists(produced))
    found: Holdings = {}
    for holding in held.select_related("version", "stage").order_by("version__number", "stage__position"):
        found.setdefault(holding.version_id, []).append(holding)
    return found


def _ends(workspace_ids: set[int]) -> Ends:
    """Where versions go that hold nothing more: the first archived stage and the unassigned one of each workspace."""
    kinds = (Stage.Kind.ARCHIVED, Stage.Kind.UNASSIGNED)
    stages = Stage.objects.current().filter(workspace_id__in=workspace_ids, kind__in=kinds).order_by("-position")
    return {(stage.workspace_id, stage.kind): stage for stage in stages}


def _incumbents(entry: Entry, held: Holdings, ends: Ends) -> Iterable[Incumbent]:
    for version_id, holdings in held.items():
        leaving = [holding for holding in holdings if holding.stage_id == entry.to.pk]
        if version_id == entry.version.pk or not leaving or holdings[0].model_id != entry.version.model_id:
            continue
        keeps = tuple(holding.stage for holding in holdings if holding.stage_id != entry.to.pk)
        to_archive = entry.archive or leaving[0].was_in_production  # type: ignore[attr-defined]  # annotated
        archived = ends.get((entry.to.workspace_id, Stage.Kind.ARCHIVED)) if to_archive else None
        end = archived or ends[entry.to.workspace_id, Stage.Kind.UNASSIGNED]
        yield Incumbent(leaving[0].version, entry.to, foremost(keeps) if keeps else end, keeps)
