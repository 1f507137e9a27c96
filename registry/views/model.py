"""A model's pages: overview, versions, pending approvals, activity."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from activity.feed import feed_lines
from activity.models import Activity
from activity.pagination import page_of
from approvals.models import StageChangeRequest
from approvals.rows import request_rows, with_waits
from insights.rows import trend_of
from registry.models import ModelVersion, RegisteredModel, Stage, StageAssignment, Tag
from registry.querysets import NEWEST_FIRST
from registry.views.addresses import find_url, model_url, version_url
from registry.views.frame import model_frame, no_versions_yet
from registry.views.standing import held_besides, with_effect
from registry.views.tag_forms import AliasForm, TagForm
from registry.views.version_list import version_list

LANE = 4  # so many versions of a stage are named on the overview
LATELY = 20  # so many stage changes say how long approving takes


@dataclass(frozen=True)
class Standing:
    """A version in a lane, since when it stands there, and why the change took effect that brought it there."""

    version: ModelVersion
    url: str
    since: datetime
    effect: str | None


@dataclass(frozen=True)
class Lane:
    """One stage of a model: the newest versions there, how many more, and where they are listed."""

    stage: Stage
    count: int
    versions: list[Standing]
    url: str

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.versions)


@login_required
@require_safe
def overview(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """What stands where, what the model is for, who held production."""
    return model_page(request, ws, name)


def model_page(request: HttpRequest, ws: str, name: str, status: int = 200, **told: Any) -> HttpResponse:
    """The overview of a model, also with what was refused there: `tag_form` or `alias_form` as sent, `refused` above all."""
    frame = model_frame(request, ws, name, "model")
    model = frame["model"]
    shown = {
        "lanes": _lanes(model, frame["counts"]),
        "history": _production_history(model, frame["stages"]),
        "waits": _waits(model),
        "trend": trend_of(model),
        "tags": list(Tag.objects.filter(model=model, version=None)),
        "aliases": list(model.aliases.select_related("version")),
        "tag_url": model_url(model, "model-tag"),
        "tags_editable": not frame["why_not"],
        "tag_form": TagForm(),
        "alias_form": AliasForm(),
        "empty": no_versions_yet(frame),
    }
    return render(request, "registry/model.html", frame | shown | told, status=status)


def _lanes(model: RegisteredModel, counts: list[tuple[Stage, int]]) -> list[Lane]:
    """One lane per stage, the foremost first: an indexed query for each, and one for since when.

    Where versions may hold several stages, they stand in each lane: one query more.
    """
    newest = {
        stage.key: list(ModelVersion.objects.alive().filter(model=model, stage=stage.key).order_by(NEWEST_FIRST)[:LANE])
        for stage, _ in counts
    }
    besides: dict[str, list[StageAssignment]] = {}
    for holding in held_besides([model]):
        besides.setdefault(holding.stage.key, []).append(holding)
    shown = [version.pk for versions in newest.values() for version in versions]
    held = with_effect(StageAssignment.objects.now().filter(version__in=shown)).select_related("stage")
    entered = {(holding.version_id, holding.stage.key): holding for holding in held}
    lanes = []
    for stage, count in counts:
        here = [(version, entered.get((version.pk, stage.key))) for version in newest[stage.key]]
        here += [(holding.version, holding) for holding in besides.get(stage.key, [])]
        lanes.append(Lane(stage, count + len(besides.get(stage.key, [])), _standing(model, here), find_url(model, stage.key)))
    return lanes


def _standing(model: RegisteredModel, here: list[tuple[ModelVersion, StageAssignment | None]]) -> list[Standing]:
    """What stands in a lane; what is unassigned holds nothing, and stands there since it was registered."""
    found = []
    for version, held in here:
        version.model = model
        since = held.entered_at if held else version.created_at
        found.append(Standing(version, version_url(version), since, getattr(held, "effect", None)))
    return found


def _production_history(model: RegisteredModel, stages: list[Stage]) -> list[dict[str, Any]]:
    """Who held production, newest first."""
    production = [stage.pk for stage in stages if stage.kind == Stage.Kind.PRODUCTION]
    held = with_effect(StageAssignment.objects.filter(model=model, stage__in=production))
    rows = []
    for assignment in held.select_related("version", "stage", "actor").order_by("-entered_at", "-pk")[:10]:
        assignment.version.model = model
        rows.append({"assignment": assignment, "url": version_url(assignment.version)})
    return rows


def _waits(model: RegisteredModel) -> dict[str, Any]:
    """How long the last approved changes waited, and how many these were; two queries."""
    entered = StageAssignment.objects.filter(model=model, imported_activity_id=None).order_by("-entered_at", "-pk")
    opened = entered.values_list("opened_by_request_id", flat=True)[:LATELY]
    approved = StageChangeRequest.objects.filter(pk__in=list(opened), effect="approved")
    waits = [(end - start).total_seconds() for start, end in approved.values_list("created_at", "decided_at") if end]
    return {"count": len(waits), "median": timedelta(seconds=median(waits)) if waits else None}


@login_required
@require_safe
def versions(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """All versions, narrowed by the find language."""
    frame = model_frame(request, ws, name, "model-versions")
    context = version_list(request, frame)
    return render(request, "registry/model_versions.html", frame | context, status=400 if context["error"] else 200)


@login_required
@require_safe
def approvals(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """The requests that wait, of this model only; several can be ticked and decided at once, as in the inbox."""
    frame = model_frame(request, ws, name, "model-approvals")
    requests = StageChangeRequest.objects.of_model(frame["model"].pk).with_everything()
    page = page_of(request, requests.pending(), ordering="id", size=50)
    caller = frame["reader"].caller
    rows = with_waits(request_rows(page.rows, caller), caller.person)
    context = {
        "page": page,
        "rows": rows,
        "pick": "requests" if any(row.decidable for row in rows) else "",
        "back": urlencode({"model": frame["model"].name}),
    }
    return render(request, "registry/model_approvals.html", frame | context)


@login_required
@require_safe
def activity(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """What happened to the model and its versions."""
    frame = model_frame(request, ws, name, "model-activity")
    page = page_of(request, Activity.objects.filter(model_id=frame["model"].pk), size=30)
    return render(request, "registry/model_activity.html", frame | {"page": page, "lines": feed_lines(page.rows)})
