"""The stages of a workspace: shown to its members, changed by its admins."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Role, Workspace
from registry.forms import RefusableForm
from registry.lifecycle import free_colour
from registry.lookup import find_stage, find_workspace
from registry.models import Proposal, Stage
from registry.services import add_stage, edit_stage, restore_stage, retire_stage
from registry.views.standing import reader_of, writer_of
from registry.views.submit import form_page, opened, submit
from registry.views.workspace_forms import StageForm
from registry.views.workspaces import workspace_tabs


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lifecycle(request: HttpRequest, ws: str) -> HttpResponse:
    """The stages in order, those that are retired, and a form for another one."""
    workspace = find_workspace(request.user, ws)
    reader = writer_of(request, workspace, Role.ADMIN) if request.method == "POST" else reader_of(request, workspace)
    stages = list(Stage.objects.filter(workspace=workspace).order_by("position", "pk"))
    current = [stage for stage in stages if not stage.retired_at]
    form = opened(StageForm, request, initial={"colour": free_colour("working", (stage.colour for stage in current))})
    if submit(request, form, lambda: add_stage(workspace_id=workspace.pk, by=reader.caller, **form.cleaned_data)):
        messages.success(
            request, f"{form.result.name} is a stage now. Say what a move into it needs, and move it where it belongs."
        )
        return redirect(request.path)
    return form_page(request, "registry/lifecycle.html", form, **_page(workspace, current, stages), editable=reader.is_admin)


def _page(workspace: Workspace, current: list[Stage], stages: list[Stage]) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "stages": current,
        "last": current[-1],
        "retired": [stage for stage in stages if stage.retired_at],
        "crumbs": [("Workspaces", reverse("workspaces"))],
        "tabs": workspace_tabs(workspace, "lifecycle"),
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def stage_edit(request: HttpRequest, ws: str, key: str) -> HttpResponse:
    """Change a stage's name, colour and rules."""
    stage = find_stage(request.user, ws, key)
    writer = writer_of(request, stage.workspace, Role.ADMIN)
    initial = {field: getattr(stage, field) for field in ("name", "kind", "colour", "protected", "exclusive")}
    form = opened(StageForm, request, initial=initial, stage=stage)
    if submit(request, form, lambda: edit_stage(stage_id=stage.pk, changes=form.changes(), by=writer.caller)):
        messages.success(request, _said(form.result) if form.changes() else "Nothing was changed.")
        return redirect("lifecycle", ws)
    crumbs = [("Workspaces", reverse("workspaces")), (stage.workspace.title, reverse("lifecycle", args=[ws]))]
    return form_page(request, "registry/stage_edit.html", form, stage=stage, workspace=stage.workspace, crumbs=crumbs)


def _said(outcome: Stage | Proposal) -> str:
    if isinstance(outcome, Proposal):
        return (
            f"Proposed: {outcome.stage.name} would be protected less, so another admin must confirm it. Nothing has changed yet."
        )
    return f"{outcome.name} is saved."


@login_required
@require_POST
def stage_move(request: HttpRequest, ws: str, key: str) -> HttpResponse:
    """Put a stage one place earlier or later."""
    step = -1 if request.POST.get("to") == "earlier" else 1
    return _turned(request, ws, key, "moved", lambda stage, by: _moved(stage, step, by))


def _moved(stage: Stage, step: int, by: Any) -> Stage | Proposal:
    return edit_stage(stage_id=stage.pk, changes={"position": max(0, stage.position + step)}, by=by)


@login_required
@require_POST
def stage_retire(request: HttpRequest, ws: str, key: str) -> HttpResponse:
    """Take a stage out."""
    return _turned(request, ws, key, "retired", lambda stage, by: retire_stage(stage_id=stage.pk, by=by))


@login_required
@require_POST
def stage_restore(request: HttpRequest, ws: str, key: str) -> HttpResponse:
    """Take a stage in again."""
    return _turned(request, ws, key, "back, as the last one", lambda stage, by: restore_stage(stage_id=stage.pk, by=by))


def _turned(request: HttpRequest, ws: str, key: str, what: str, change: Callable[[Stage, Any], Stage | Proposal]) -> HttpResponse:
    """Do it and lead back; a refusal is told there."""
    stage = find_stage(request.user, ws, key)
    writer = writer_of(request, stage.workspace, Role.ADMIN)
    form = RefusableForm(request.POST)
    if submit(request, form, lambda: change(stage, writer.caller)):
        messages.success(request, f"{stage.name} is {what}.")
    for error in form.non_field_errors():
        messages.error(request, str(error))
    return redirect("lifecycle", ws)
