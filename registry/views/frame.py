"""What all pages of one model show above their own part: crumbs, figures, tabs, and what the reader may do."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from approvals.models import StageChangeRequest
from registry.counting import counts_by_model
from registry.lookup import find_model
from registry.models import RegisteredModel, Stage, StageAssignment
from registry.presentation import few
from registry.templatetags.stageward import ago
from registry.views.addresses import model_url, version_url, workspace_crumbs
from registry.views.standing import reader_on, stages_of

TABS = (
    ("model", "Overview"),
    ("model-versions", "Versions"),
    ("model-approvals", "Pending approvals"),
    ("model-history", "History"),
    ("model-activity", "Activity"),
    ("model-collaborators", "Collaborators"),
    ("model-settings", "Settings"),
)


def model_frame(request: HttpRequest, ws: str, name: str, tab: str) -> dict[str, Any]:
    """Return the context that the model's pages share; as many queries as its workspace has protected stages, and five. Raises NotFound."""
    model = find_model(request.user, ws, name)
    reader, stages = reader_on(request, model), stages_of(model.workspace)
    counted = counts_by_model([model])[model.pk]
    counts = [(stage, counted.get(stage.key, 0)) for stage in stages.values()]
    pending = StageChangeRequest.objects.pending().of_model(model.pk).count_up_to_100()
    return {
        "model": model,
        "reader": reader,
        "why_not": reader.why_not_write(model),
        "stages": list(stages.values()),
        "stages_by_key": stages,
        "counts": counts,
        "crumbs": workspace_crumbs(model.workspace),
        "tabs": _tabs(model, tab, sum(counted.values()), pending),
        "figures": _figures(model, counts),
        "pending": pending,
    }


def _tabs(model: RegisteredModel, tab: str, versions: int, pending: int) -> list[dict[str, Any]]:
    count = {"model-versions": versions, "model-approvals": few(pending)}
    return [
        {
            "name": label,
            "url": model_url(model, name),
            "current": name == tab,
            "count": count.get(name),
            "hot": name == "model-approvals",
        }
        for name, label in TABS
    ]


def _figures(model: RegisteredModel, counts: list[tuple[Stage, int]]) -> list[dict[str, Any]]:
    """How many versions there are, and who holds each protected stage, production first."""
    versions = sum(count for _, count in counts)
    shown = [(stage, count) for stage, count in reversed(counts) if stage.protected or stage.kind == Stage.Kind.PRODUCTION]
    counted = {"value": versions, "label": "version" if versions == 1 else "versions", "url": model_url(model, "model-versions")}
    return [counted, *(_figure(model, stage, count) for stage, count in shown)]


def _figure(model: RegisteredModel, stage: Stage, count: int) -> dict[str, Any]:
    """The newest holder of a stage with a quick link, and how many others there are."""
    newest = holders_of(model).filter(stage=stage).first()
    if not newest:
        return {"value": "–", "stage": stage, "note": "nothing there"}
    newest.version.model = model
    note = since(newest) if count < 2 else format_html("{} · {} more", since(newest), count - 1)
    return {"value": newest.version.name, "stage": stage, "note": note, "url": version_url(newest.version)}


def holders_of(model: RegisteredModel) -> QuerySet[StageAssignment]:
    """Who holds a stage of a model now, the newest first."""
    held = StageAssignment.objects.now().filter(model=model, version__deleted_at=None)
    return held.select_related("version").order_by("-entered_at", "-pk")


def since(assignment: StageAssignment) -> SafeString:
    """Say since when a stage is held."""
    return format_html("since {}", ago(assignment.entered_at))


def no_versions_yet(frame: dict[str, Any]) -> dict[str, str]:
    """What an empty list of versions says, with the next step for who may take it."""
    model = frame["model"]
    empty = {
        "icon": "cube",
        "title": "No versions yet",
        "text": f"Register the first candidate of {model.name}, from a notebook, a pipeline or here.",
    }
    if not frame["why_not"]:
        empty |= {
            "action": "Register a version",
            "action_url": reverse("version-register", args=[model.workspace.slug, model.name]),
        }
    return empty
