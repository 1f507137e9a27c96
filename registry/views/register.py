"""Registering a model, and a version of one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from registry.forms import NewModelForm, VersionForm
from registry.lookup import find_model, find_workspace
from registry.models import ModelVersion, RegisteredModel
from registry.rules import check_not_archived
from registry.services import register_model, register_version
from registry.views.addresses import model_crumbs, model_url, version_url, workspace_crumbs
from registry.views.standing import writer_of, writer_on
from registry.views.submit import form_page, opened, submit


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_model(request: HttpRequest, ws: str) -> HttpResponse:
    """Register a modelling task; the reader will own it."""
    workspace = find_workspace(request.user, ws)
    caller = writer_of(request, workspace).caller
    form = opened(NewModelForm, request)
    if submit(request, form, lambda: register_model(workspace_id=workspace.pk, by=caller, **form.cleaned_data)):
        model: RegisteredModel = form.result
        model.workspace = workspace
        messages.success(request, f"{model.name} is registered. Its first version can follow.")
        return redirect(model_url(model))
    return form_page(request, "registry/model_register.html", form, workspace=workspace, crumbs=workspace_crumbs(workspace))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_version(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """Register a candidate; it starts unassigned."""
    model = find_model(request.user, ws, name)
    caller = writer_on(request, model).caller
    check_not_archived(model)
    form = opened(VersionForm, request)
    if submit(request, form, lambda: register_version(model_id=model.pk, by=caller, **form.cleaned_data)):
        return redirect(_told(request, form.result, model))
    context: dict[str, Any] = {"model": model, "crumbs": model_crumbs(model), "next_name": f"v{model.last_number + 1}"}
    return form_page(request, "registry/version_register.html", form, **context)


def _told(request: HttpRequest, version: ModelVersion, model: RegisteredModel) -> str:
    version.model = model
    messages.success(request, f"{version.name} is registered. It is unassigned until somebody asks for a stage.")
    return version_url(version)
