"""The catalogue: all models of all my workspaces, as tiles or in a table with one column per stage."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Role, Workspace
from activity.pagination import page_of
from approvals.models import StageChangeRequest
from registry.models import RegisteredModel
from registry.views.addresses import with_query
from registry.views.catalogue_filters import Filters
from registry.views.catalogue_rows import columns_of, model_rows
from registry.views.standing import stages_by_workspace

ORDERINGS = {"name": ("name", "id"), "changed": ("-updated_at", "-id")}


@login_required
@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """The catalogue. Everything that is chosen stands in the address."""
    response = render(request, "registry/models.html", _shown(request))
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware
        response["HX-Replace-Url"] = with_query(request)  # the form sends what is empty too
    return response


def _shown(request: HttpRequest) -> dict[str, Any]:
    """The list that is asked for, and what it can be narrowed by."""
    workspaces = list(Workspace.objects.with_role_of(request.user).order_by("title", "pk"))
    filters = Filters(request, workspaces)
    found = filters.applied(
        RegisteredModel.objects.visible_to(request.user).with_rights_of(request.user).select_related("workspace", "owner")
    )
    page = page_of(request, found, ordering=ORDERINGS[filters.sort], size=30)
    stages = stages_by_workspace(workspace.pk for workspace in workspaces)
    as_table = filters.value("view") == "table"
    columns = columns_of(stages, filters.workspaces_shown) if as_table else []
    return {
        "page": page,
        "rows": model_rows(page.rows, stages, _roles(workspaces), several=len(workspaces) > 1, columns=columns),
        "as_table": as_table,
        "columns": columns,
        "filters": filters,
        "chips": filters.chips(stages, _pending(request)),
        "register": _register_items(workspaces),
        "workspaces": workspaces,
        "views": [("tiles", "Tiles", with_query(request, view="")), ("table", "Table", with_query(request, view="table"))],
    }


def _roles(workspaces: list[Workspace]) -> dict[int, Role]:
    return {workspace.pk: Role(workspace.my_role) for workspace in workspaces}  # type: ignore[attr-defined]  # annotated


def _pending(request: HttpRequest) -> int:
    """In how many models something waits."""
    pending = StageChangeRequest.objects.pending().filter(version__model__in=RegisteredModel.objects.visible_to(request.user))
    return pending.values("version__model_id").distinct().count()


def _register_items(workspaces: list[Workspace]) -> list[dict[str, Any]]:
    """Where the reader may register a model: one item per workspace."""
    roles = _roles(workspaces)
    return [
        {"text": workspace.title, "url": reverse("model-register", args=[workspace.slug])}
        for workspace in workspaces
        if roles[workspace.pk].covers(Role.EDITOR)
    ]
