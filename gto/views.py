"""The page of a workspace's repository of tags."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Role, Workspace
from gto.forms import RepositoryForm
from gto.git import is_there
from gto.models import TagRepository
from gto.services import keep_tag_repository, push_tags, stop_tag_repository
from gto.writing import folder_of
from registry.forms import RefusableForm
from registry.lookup import find_workspace
from registry.views.standing import Reader, writer_of
from registry.views.submit import form_page, opened, submit
from registry.views.workspaces import workspace_tabs


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tag_repository(request: HttpRequest, ws: str) -> HttpResponse:
    """Whether a workspace's changes are written as Git tags, where to, and how that goes; for admins alone."""
    workspace = find_workspace(request.user, ws)
    writer = writer_of(request, workspace, Role.ADMIN)
    repository = TagRepository.objects.filter(workspace=workspace).select_related("workspace").first()
    initial = {"remote": repository.remote, "user": repository.user} if repository else {}
    form = opened(RepositoryForm, request, initial=initial)
    if submit(request, form, lambda: _keep(workspace, writer, form)):
        messages.success(request, "Saved. The worker writes the tags within seconds.")
        return redirect("tag-repository", ws)
    shown = repository if repository and repository.enabled else None
    context = {
        "workspace": workspace,
        "repository": shown,
        "folder": folder_of(shown) if shown else "",
        "git_missing": not is_there(),
        "crumbs": [("Workspaces", reverse("workspaces"))],
        "tabs": workspace_tabs(workspace, "tag-repository"),
    }
    return form_page(request, "gto/tag_repository.html", form, **context)


def _keep(workspace: Workspace, writer: Reader, form: RepositoryForm) -> TagRepository:
    sent = form.cleaned_data
    token = sent["token"] or None
    return keep_tag_repository(workspace_id=workspace.pk, by=writer.caller, remote=sent["remote"], user=sent["user"], token=token)


@login_required
@require_POST
def stop(request: HttpRequest, ws: str) -> HttpResponse:
    """Switch it off."""
    return _done(request, ws, stop_tag_repository, "No more tags are written. Those that are there stay.")


@login_required
@require_POST
def push(request: HttpRequest, ws: str) -> HttpResponse:
    """Try now."""
    return _done(request, ws, push_tags, "The worker tries within seconds.")


def _done(request: HttpRequest, ws: str, change: Any, words: str) -> HttpResponse:
    """Do it and lead back; a refusal is told there."""
    workspace = find_workspace(request.user, ws)
    writer = writer_of(request, workspace, Role.ADMIN)
    form = RefusableForm(request.POST)
    if submit(request, form, lambda: change(workspace_id=workspace.pk, by=writer.caller)):
        messages.success(request, words)
    for error in form.non_field_errors():
        messages.error(request, str(error))
    return redirect("tag-repository", ws)
