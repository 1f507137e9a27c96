"""The pages of imports: begin one, watch it, read its report."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role, Workspace
from activity.errors import NotFound
from activity.pagination import page_of
from imports.forms import CredentialsForm, ImportForm
from imports.models import Import
from imports.services import resume_import, start_import
from registry.lookup import find_workspace
from registry.views.standing import Reader, reader_of, writer_of
from registry.views.submit import form_page, opened, submit
from registry.views.workspaces import workspace_tabs

WORDS = (
    ("models", "new models"),
    ("versions", "new versions"),
    ("stages", "stages held"),
    ("aliases", "new aliases"),
    ("requests", "requests filed"),
    ("unchanged", "known before"),
    ("skipped", "skipped"),
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest, ws: str) -> HttpResponse:
    """The imports of a workspace, and a form for another one; for admins alone."""
    workspace = find_workspace(request.user, ws)
    reader = writer_of(request, workspace, Role.ADMIN) if request.method == "POST" else reader_of(request, workspace)
    form = opened(ImportForm, request)
    if submit(request, form, lambda: _start(workspace, reader, form)):
        messages.success(request, "The import has begun. This page shows how far it is.")
        return redirect("import", ws, form.result.pk)
    runs = Import.objects.filter(workspace=workspace).select_related("started_by")
    page = page_of(request, runs if reader.is_admin else runs.none(), ordering="-id", size=25)
    return form_page(request, "imports/imports.html", form, page=page, **_frame(workspace, reader))


def _start(workspace: Workspace, reader: Reader, form: ImportForm) -> Import:
    kind, source = form.cleaned_data["kind"], form.cleaned_data["source"]
    return start_import(workspace_id=workspace.pk, kind=kind, source=source, options=form.options(), by=reader.caller)


def _frame(workspace: Workspace, reader: Reader) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "editable": reader.is_admin,
        "crumbs": [("Workspaces", reverse("workspaces"))],
        "tabs": workspace_tabs(workspace, "imports"),
    }


@login_required
@require_safe
def one_import(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """How far an import is, what came of it, and what it skipped and why."""
    workspace, run = _find(request, ws, pk)
    report = page_of(request, run.report.all(), ordering="id", size=100)
    crumbs = [("Workspaces", reverse("workspaces")), (f"Imports of {workspace.title}", reverse("imports", args=[ws]))]
    figures = [{"value": run.counts[name], "label": words} for name, words in WORDS if run.counts.get(name)]
    context = {"workspace": workspace, "run": run, "report": report, "crumbs": crumbs, "figures": figures}
    context["form"] = CredentialsForm()
    return render(request, "imports/import.html", context)


def _find(request: HttpRequest, ws: str, pk: int) -> tuple[Workspace, Import]:
    """An import of a workspace that the person is an admin of. Raises NotFound."""
    workspace = find_workspace(request.user, ws)
    run = Import.objects.visible_to(request.user).filter(workspace=workspace, pk=pk).select_related("started_by").first()
    if run is None:
        raise NotFound("There is no such import in this workspace, or it is not for you: imports are for admins.")
    return workspace, run


@login_required
@require_POST
def resume(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """Let an import that failed go on."""
    workspace, run = _find(request, ws, pk)
    writer = writer_of(request, workspace, Role.ADMIN)
    form = CredentialsForm(request.POST)
    if submit(request, form, lambda: resume_import(import_id=run.pk, by=writer.caller, options=form.options())):
        messages.success(request, "The import goes on.")
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, str(error))
    return redirect("import", ws, pk)
