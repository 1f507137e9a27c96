"""Home: how much there is, what waits for me, what is in production, what happened."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.caller import Caller
from accounts.models import Membership, Role, User, Workspace
from activity.feed import feed_lines
from activity.filters import visible_activities
from approvals.models import StageChangeRequest
from approvals.rows import request_rows, with_waits, with_why
from insights.rows import trend
from notifications.views.webhook_rows import switched_off
from registry.counting import counts_in
from registry.models import RegisteredModel, Stage, StageAssignment
from registry.views.addresses import models_url, version_url
from registry.views.standing import StagesByKey, may_make_workspaces, signed_in, stages_by_workspace, with_effect

SHOWN = 5


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page; on an empty installation, the first steps."""
    workspaces = list(Workspace.objects.with_role_of(request.user).order_by("title", "pk"))
    models = RegisteredModel.objects.visible_to(request.user).filter(archived_at=None).count()
    if not models:
        return render(request, "registry/home_first_steps.html", {"steps": _first_steps(request, workspaces)})
    counts = _counts_by_stage(workspaces, signed_in(request))
    context = {
        "figures": _figures(models, counts),
        "counts": counts,
        "waiting": _waiting(request),
        "mine": _mine(request),
        "in_production": _in_production(request),
        "production_url": models_url(stage=next((stage.key for stage, _ in counts if stage.kind == Stage.Kind.PRODUCTION), "")),
        "several": len(workspaces) > 1,
        "switched_off": switched_off(request.user),
        "trend": trend(RegisteredModel.objects.visible_to(request.user)),
        "lines": feed_lines(list(visible_activities(request.user).order_by("-pk")[:8])),
    }
    return render(request, "registry/home.html", context)


def _counts_by_stage(workspaces: list[Workspace], user: User) -> list[tuple[Stage, int]]:
    """How many versions stand in which stage, over all workspaces; stages with one key are told together."""
    counts = counts_in(workspaces, user)
    merged: StagesByKey = {}
    for by_key in stages_by_workspace(workspace.pk for workspace in workspaces).values():
        merged |= {key: stage for key, stage in by_key.items() if key not in merged}
    return [(stage, counts.get(stage.key, 0)) for stage in sorted(merged.values(), key=lambda stage: stage.position)]


def _figures(models: int, counts: list[tuple[Stage, int]]) -> list[dict[str, Any]]:
    """Models, versions, then the stages from production downwards."""
    versions = sum(count for _, count in counts)
    shown = [row for row in reversed(counts) if row[0].kind in (Stage.Kind.PRODUCTION, Stage.Kind.WORKING)]
    return [
        {"value": f"{models:,}", "label": "model" if models == 1 else "models", "url": models_url()},
        {"value": f"{versions:,}", "label": "version" if versions == 1 else "versions", "url": models_url(view="table")},
        *({"value": f"{count:,}", "stage": stage, "url": models_url(stage=stage.key)} for stage, count in shown),
    ]


def _waiting(request: HttpRequest) -> dict[str, Any]:
    """What waits for the reader's decision, oldest first, and how many there are, up to 100."""
    awaiting = StageChangeRequest.objects.awaiting(signed_in(request))
    rows = request_rows(awaiting.with_everything().order_by("pk")[:SHOWN], Caller.of_request(request, "page"))
    return {"rows": with_why(rows, signed_in(request)), "count": awaiting.count_up_to_100()}


def _mine(request: HttpRequest) -> dict[str, Any]:
    """The reader's own open requests, oldest first, and how many there are, up to 100."""
    user = signed_in(request)
    mine = StageChangeRequest.objects.visible_to(user).pending().filter(requester_principal_id=user.principal_id)
    rows = request_rows(mine.with_everything().order_by("pk")[:SHOWN], Caller.of_request(request, "page"))
    return {"rows": with_waits(rows, user), "count": mine.count_up_to_100()}


def _in_production(request: HttpRequest) -> list[dict[str, Any]]:
    """The versions that entered production last."""
    held = with_effect(StageAssignment.objects.visible_to(request.user).now().in_production())
    newest = held.select_related("version__model__workspace", "stage").order_by("-entered_at", "-pk")[:8]
    return [{"assignment": assignment, "url": version_url(assignment.version)} for assignment in newest]


def _first_steps(request: HttpRequest, workspaces: list[Workspace]) -> list[dict[str, Any]]:
    """What a new installation needs: a workspace, a model, a second person. Each with whether it is done and where to do it."""
    writable = [workspace for workspace in workspaces if Role(workspace.my_role).covers(Role.EDITOR)]  # type: ignore[attr-defined]
    ruled = [workspace for workspace in workspaces if workspace.my_role == Role.ADMIN]  # type: ignore[attr-defined]
    deciding = Membership.objects.who_decide().filter(workspace__in=[workspace.pk for workspace in workspaces])
    second = deciding.exclude(user=signed_in(request)).exists()
    may_make = may_make_workspaces(request)
    return [
        {"name": "workspace", "done": bool(workspaces), "url": reverse("workspaces") if may_make else ""},
        {"name": "model", "done": False, "url": reverse("model-register", args=[writable[0].slug]) if writable else ""},
        {"name": "reviewer", "done": second, "url": reverse("members", args=[ruled[0].slug]) if ruled else ""},
    ]
