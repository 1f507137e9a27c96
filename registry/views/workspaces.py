"""Workspaces: mine, a new one, and the settings of one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.caller import Caller
from accounts.models import Membership, Role, Workspace
from approvals.views.policies import policy_rows
from approvals.views.proposals import proposals_waiting
from notifications.views.webhook_rows import switched_off
from registry.lookup import find_workspace
from registry.models import RegisteredModel
from registry.services import create_workspace, rename_workspace
from registry.views.standing import may_make_workspaces, reader_of, writer_of
from registry.views.submit import form_page, opened, submit
from registry.views.workspace_forms import NewWorkspaceForm, WorkspaceForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def workspaces(request: HttpRequest) -> HttpResponse:
    """The reader's workspaces, and a form for a new one where they may make it."""
    form = opened(NewWorkspaceForm, request)
    if submit(request, form, lambda: create_workspace(by=Caller.of_request(request, "page"), **form.cleaned_data)):
        messages.success(request, f"{form.result.title} is made, and you are its admin. Invite the others.")
        return redirect(reverse("members", args=[form.result.slug]))
    return form_page(request, "registry/workspaces.html", form, rows=_rows(request), may_make=may_make_workspaces(request))


def _rows(request: HttpRequest) -> list[dict[str, Any]]:
    """The reader's workspaces with their role and how many models and members there are; three queries."""
    mine = list(Workspace.objects.with_role_of(request.user).order_by("title", "pk"))
    ids = [workspace.pk for workspace in mine]
    models = RegisteredModel.objects.visible_to(request.user).filter(archived_at=None)
    members = Membership.objects.filter(workspace__in=ids, user__is_active=True)
    model_counts = dict(models.order_by().values_list("workspace_id").annotate(Count("pk")))
    member_counts = dict(members.order_by().values_list("workspace_id").annotate(Count("pk")))
    return [
        {"workspace": workspace, "models": model_counts.get(workspace.pk, 0), "members": member_counts.get(workspace.pk, 0)}
        for workspace in mine
    ]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def workspace_settings(request: HttpRequest, ws: str) -> HttpResponse:
    """A workspace's title, its stages, and what a move into each demands."""
    workspace = find_workspace(request.user, ws)
    reader = writer_of(request, workspace, Role.ADMIN) if request.method == "POST" else reader_of(request, workspace)
    form = opened(WorkspaceForm, request, initial={"title": workspace.title})
    if submit(request, form, lambda: rename_workspace(workspace_id=workspace.pk, by=reader.caller, **form.cleaned_data)):
        messages.success(request, f"The workspace is called {form.result.title}.")
        return redirect(request.path)
    context = {
        "workspace": workspace,
        "reader": reader,
        "editable": reader.is_admin,
        "policies": policy_rows(workspace),
        "proposals": proposals_waiting(workspace, reader.caller),
        "switched_off": switched_off(request.user, workspace) if reader.is_admin else [],
        "crumbs": [("Workspaces", reverse("workspaces"))],
        "tabs": workspace_tabs(workspace, "workspace-settings"),
    }
    return form_page(request, "registry/workspace_settings.html", form, **context)


def workspace_tabs(workspace: Workspace, tab: str) -> list[dict[str, Any]]:
    """The pages of a workspace; where it talks to others is for admins alone, because addresses may be secrets."""
    pages = [("workspace-settings", "Settings"), ("lifecycle", "Stages"), ("members", "Members"), ("groups", "Groups")]
    if workspace.my_role == Role.ADMIN:  # type: ignore[attr-defined]  # found by `find_workspace`
        pages += [("webhooks", "Webhooks"), ("imports", "Import"), ("tag-repository", "Git tags")]
    return [{"name": label, "url": reverse(name, args=[workspace.slug]), "current": name == tab} for name, label in pages]
