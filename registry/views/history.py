"""A model's history: who entered and left which stage when, by which request, and who held what at a moment past."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from activity import clock
from activity.errors import Invalid
from activity.moments import moment_of
from activity.pagination import page_of
from approvals.models import StageChangeRequest
from registry.models import RegisteredModel, Stage, StageAssignment
from registry.views.addresses import version_url, with_query
from registry.views.back import WayBack, WaysBack
from registry.views.frame import model_frame

NAMED = 6  # so many holders of a stage are named


@dataclass(frozen=True)
class Entry:
    """A version in a stage, from … until …, with the request that brought it there."""

    assignment: StageAssignment
    request: StageChangeRequest | None
    back: WayBack | None

    @property
    def url(self) -> str:
        """The version's page; nothing when it was deleted."""
        return page_url(self.assignment)

    @property
    def displaced(self) -> bool:
        """Whether the request was for another version, which took its place."""
        return bool(self.request and self.request.version_id != self.assignment.version_id)


@dataclass(frozen=True)
class HeldThen:
    """A stage at a moment past: who held it, the latest entry first, and whether there were more."""

    stage: Stage
    holders: list[tuple[StageAssignment, str]]
    more: bool


@login_required
@require_safe
def history(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """All entries into stages, newest first, or those into one stage; with `at`, who held what then."""
    frame = model_frame(request, ws, name, "model-history")
    model, chosen = frame["model"], frame["stages_by_key"].get(request.GET.get("stage", ""))
    entries = StageAssignment.objects.filter(model=model)  # also of versions deleted since: what was, was
    found = entries.filter(stage=chosen) if chosen else entries
    page = page_of(request, found.select_related("version", "stage", "actor"), ordering=("-entered_at", "-id"), size=50)
    context = {
        "page": page,
        "entries": _entries(frame, page.rows),
        "chosen": chosen,
        "chips": [_chip(request, stage, chosen) for stage in _held_stages(frame)],
        **_then(request, model, _held_stages(frame)),
    }
    return render(request, "registry/model_history.html", frame | context, status=400 if context["at_error"] else 200)


def page_url(assignment: StageAssignment) -> str:
    """The page of a version that held a stage; nothing when it was deleted."""
    return "" if assignment.version.deleted_at else version_url(assignment.version)


def _held_stages(frame: dict[str, Any]) -> list[Stage]:
    """The stages that are held: nobody enters Unassigned, it is where a version is that holds nothing."""
    return [stage for stage in frame["stages"] if stage.kind != Stage.Kind.UNASSIGNED]


def _entries(frame: dict[str, Any], assignments: list[StageAssignment]) -> list[Entry]:
    """The rows of the page; one query for the requests, two for the ways back of who may ask."""
    model = frame["model"]
    for assignment in assignments:
        assignment.version.model = model
    requests = StageChangeRequest.objects.select_related("requester").in_bulk(
        [assignment.opened_by_request_id for assignment in assignments]
    )
    backs = {} if frame["why_not"] else WaysBack(model, frame["stages"], assignments).by_entry()
    return [Entry(entry, requests.get(entry.opened_by_request_id), backs.get(entry.pk)) for entry in assignments]


def _chip(request: HttpRequest, stage: Stage, chosen: Stage | None) -> dict[str, Any]:
    active = stage == chosen
    return {"text": stage.name, "stage": stage, "active": active, "url": with_query(request, stage="" if active else stage.key)}


def _then(request: HttpRequest, model: RegisteredModel, stages: list[Stage]) -> dict[str, Any]:
    """What the address asks of a moment past: the answer for every stage, or what is wrong with the question."""
    asked = request.GET.get("at", "").strip()
    answer: dict[str, Any] = {"at": None, "at_value": asked, "at_error": "", "then": [], "to_come": False}
    if not asked:
        return answer
    try:
        moment = moment_of(asked, "at")
    except Invalid as error:
        return answer | {"at_error": error.detail.replace("at is", "A moment past is", 1)}
    foremost = sorted(stages, key=lambda stage: (stage.kind == Stage.Kind.ARCHIVED, -stage.position))
    held = [_held_then(model, stage, moment) for stage in foremost]
    then = [row for row in held if row.holders or not row.stage.retired_at]
    return answer | {"at": moment, "at_value": f"{moment:%Y-%m-%dT%H:%M}", "then": then, "to_come": moment > clock.now()}


def _held_then(model: RegisteredModel, stage: Stage, moment: datetime) -> HeldThen:
    held = StageAssignment.objects.at(moment).filter(model=model, stage=stage)
    holders = list(held.select_related("version").order_by("-entered_at", "-pk")[: NAMED + 1])
    for holder in holders:
        holder.version.model = model
    return HeldThen(stage, [(holder, page_url(holder)) for holder in holders[:NAMED]], len(holders) > NAMED)
