"""Asking for a stage change: choose where to, see what it means, then ask."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from accounts.caller import Caller, Scope
from accounts.models import Role
from activity.errors import DomainError
from approvals.forms import ChangeStageForm
from approvals.models import StageChangeRequest
from approvals.obstacles import check_not_locked
from approvals.previews import Preview, preview_of
from approvals.requirements import still_missing
from approvals.rows import RequestRow, request_rows
from approvals.services import request_stage_change
from approvals.situations import load_situations
from registry.access import check_standing, standing_on
from registry.lookup import find_version
from registry.models import ModelVersion, Stage
from registry.rules import check_not_archived
from registry.services.versions import held_stages
from registry.views.addresses import version_crumbs, version_url
from registry.views.submit import submit


class HtmxHttpRequest(HttpRequest):
    """A request that went through `HtmxMiddleware`."""

    htmx: HtmxDetails


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_stage(request: HtmxHttpRequest, ws: str, name: str, number: int) -> HttpResponse:
    """GET shows the stages and, with `to_stage`, what that move would mean; POST asks, once that has been seen."""
    asking = Asking.of(request, find_version(request.user, ws, name, number))
    data = request.POST if request.method == "POST" else request.GET
    preview = asking.preview(data.get("to_stage", ""), bool(data.get("archive_incumbents")))
    if request.htmx.target == "move-preview" and request.method == "GET":
        return render(request, "approvals/_preview_chosen.html", asking.context | {"preview": preview})
    form = ChangeStageForm(data or None, stages=asking.stages, says_why=bool(preview and preview.needs_comment))
    seen = preview is None or data.get("seen") == preview.digest
    if request.method == "POST" and seen:
        if submit(request, form, lambda: request_stage_change(version_id=asking.version.pk, by=asking.by, **form.cleaned_data)):
            return _filed(request, form.result)
        asking = Asking.of(request, asking.version)  # what stands in the way may have come meanwhile
    context = asking.context | {
        "form": form,
        "preview": preview,
        "chosen": data.get("to_stage", ""),
        "comment": data.get("comment", ""),
    }
    return render(request, "approvals/change_stage.html", context, status=form.status)


def _filed(request: HttpRequest, filed: StageChangeRequest) -> HttpResponse:
    """Lead to the request, and say what came of asking."""
    if filed.is_pending:
        (situation,) = load_situations([filed])
        messages.success(request, f"Asked. The change waits for {still_missing(situation)}.")
    else:
        messages.success(request, f"{filed.version.name} is now in {filed.to_stage.name}.")
    return redirect("request", filed.pk)


@dataclass(frozen=True)
class Asking:
    """A version, where it may go, and what stands in the way of asking."""

    by: Caller
    version: ModelVersion
    stages: list[Stage]
    held: list[str]
    pending: RequestRow | None
    obstacle: str

    @classmethod
    def of(cls, request: HttpRequest, version: ModelVersion) -> "Asking":
        """Read all of it for a version found by the address."""
        by = Caller.of_request(request, "page")
        stages = list(
            Stage.objects.current().filter(workspace_id=version.model.workspace_id).select_related("policy", "workspace")
        )
        rows = request_rows(StageChangeRequest.objects.open().with_everything().filter(version=version), by)
        held = [stage.key for stage in held_stages(version)]
        return cls(by, version, stages, held, rows[0] if rows else None, _obstacle(version, by))

    @property
    def here(self) -> Stage:
        """Where the version is."""
        return next(stage for stage in self.stages if stage.key == self.version.stage)

    def preview(self, to: str, archive_incumbents: bool) -> Preview | None:
        """What the move to that stage would mean; nothing for a stage that is not one, or where the version is."""
        stage = next((stage for stage in self.stages if stage.key == to and stage != self.here and to not in self.held), None)
        if stage is None or self.obstacle or self.pending:
            return None
        return preview_of(self.version, self.stages, stage, self.by.person, self.held, archive_incumbents)

    @property
    def context(self) -> dict[str, Any]:
        """What the page shows besides the form."""
        return {
            "version": self.version,
            "stages": self.stages,
            "here": self.here,
            "held": [stage for stage in self.stages if stage.key in self.held and stage != self.here],
            "pending": self.pending,
            "obstacle": self.obstacle,
            "crumbs": version_crumbs(self.version),
            "version_url": version_url(self.version),
        }


def _obstacle(version: ModelVersion, by: Caller) -> str:
    """Why nobody in this role can ask for any move of this version now; nothing when they can."""
    try:
        check_standing(by, standing_on(by, version.model), Role.EDITOR, Scope.WRITE)
        check_not_archived(version.model)
        check_not_locked(version)
    except DomainError as error:
        return error.detail.replace(", so nothing was done", "")
    return ""
