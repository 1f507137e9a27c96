"""Webhooks of a workspace, for its admins: the list, each with what it was sent, and the forms."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.caller import Caller
from accounts.models import Workspace
from accounts.views.members import led_by
from activity.errors import NotFound
from notifications.events import is_foreign
from notifications.models import Webhook
from notifications.occasions import in_words
from notifications.services import (
    create_webhook,
    delete_webhook,
    disable_webhook,
    edit_webhook,
    enable_webhook,
    end_old_secret,
    rotate_webhook_secret,
)
from notifications.views.forms import ReplaceForm, RotateForm
from notifications.views.webhook_form import WebhookForm
from notifications.views.webhook_rows import webhook_rows
from registry.forms import RefusableForm
from registry.models import RegisteredModel, Stage
from registry.views.submit import form_page, opened, submit
from registry.views.workspaces import workspace_tabs


@login_required
@require_safe
def show_webhooks(request: HttpRequest, ws: str) -> HttpResponse:
    """The webhooks of a workspace, or of one model of it."""
    workspace, _ = led_by(request, ws)
    name = request.GET.get("model", "")
    context = {
        "workspace": workspace,
        "model_name": name,
        "rows": webhook_rows(workspace, model_name=name),
        "crumbs": [("Workspaces", reverse("workspaces"))],
        "tabs": workspace_tabs(workspace, "webhooks"),
    }
    return render(request, "notifications/webhooks.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_webhook(request: HttpRequest, ws: str) -> HttpResponse:
    """A form for another one. Its secret stands in this one answer: no address and no session ever holds it."""
    workspace, by = led_by(request, ws)
    models, stages = _models(workspace), _stages(workspace)
    form = WebhookForm(request.POST if request.method == "POST" else None, stages=stages, models=models)
    if request.method != "POST":
        form.initial["model"] = request.GET.get("model", "")
    if submit(request, form, lambda: create_webhook(workspace_id=workspace.pk, by=by, **form.wanted(models))):
        webhook, secret = form.result
        return _with_secret(request, workspace, webhook, secret, made=True)
    return form_page(request, "notifications/webhook_form.html", form, workspace=workspace, crumbs=crumbs_of(workspace))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_webhook(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """Change where it goes and when it is called."""
    workspace, by, webhook = webhook_of(request, ws, pk)
    models, stages = _models(workspace), _stages(workspace)
    form = WebhookForm(request.POST if request.method == "POST" else None, stages=stages, models=models, webhook=webhook)
    if submit(request, form, lambda: edit_webhook(webhook_id=pk, changes=form.wanted(models), by=by)):
        messages.success(request, f"{form.result.name} is saved.")
        return redirect("webhook", ws, pk)
    context = {"workspace": workspace, "webhook": webhook, "crumbs": crumbs_of(workspace, webhook)}
    return form_page(request, "notifications/webhook_form.html", form, **context)


def _models(workspace: Workspace) -> list[RegisteredModel]:
    return list(RegisteredModel.objects.filter(workspace=workspace, deleted_at=None).order_by("name"))


def _stages(workspace: Workspace) -> list[Stage]:
    return list(Stage.objects.current().filter(workspace=workspace).order_by("position"))


def webhook_of(request: HttpRequest, ws: str, pk: int) -> tuple[Workspace, Caller, Webhook]:
    """Return a webhook with its workspace, and who asks: an admin. Raises NotFound, Forbidden."""
    workspace, by = led_by(request, ws)
    there = Webhook.objects.living().filter(workspace=workspace, pk=pk).select_related("model", "created_by")
    webhook = there.first()
    if webhook is None:
        raise NotFound("There is no such webhook in this workspace. Look at the list; it may have been removed.")
    return workspace, by, webhook


def crumbs_of(workspace: Workspace, webhook: Webhook | None = None) -> list[tuple[str, str]]:
    """From the workspaces down to a webhook."""
    above = [
        ("Workspaces", reverse("workspaces")),
        (f"Webhooks of {workspace.title}", reverse("webhooks", args=[workspace.slug])),
    ]
    return above if webhook is None else [*above, (webhook.name, reverse("webhook", args=[workspace.slug, webhook.pk]))]


def _with_secret(request: HttpRequest, workspace: Workspace, webhook: Webhook, secret: str, *, made: bool) -> HttpResponse:
    context = {
        "workspace": workspace,
        "webhook": webhook,
        "secret": secret,
        "made": made,
        "words": in_words(webhook, _stages(workspace)),
        "crumbs": crumbs_of(workspace),
    }
    return render(request, "notifications/webhook_secret.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rotate(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """Asks for how long both secrets are good; the new one stands in this one answer."""
    workspace, by, webhook = webhook_of(request, ws, pk)
    form = opened(ReplaceForm if is_foreign(webhook.format) else RotateForm, request)
    if submit(request, form, lambda: rotate_webhook_secret(webhook_id=pk, by=by, **form.cleaned_data)):
        rotated, secret = form.result
        return _with_secret(request, workspace, rotated, secret, made=False)
    context = {"workspace": workspace, "webhook": webhook, "crumbs": crumbs_of(workspace, webhook)}
    return form_page(request, "notifications/webhook_rotate.html", form, **context)


@login_required
@require_POST
def end_secret(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """End the secret before."""
    _, by, webhook = webhook_of(request, ws, pk)
    form = RefusableForm(request.POST)
    if submit(request, form, lambda: end_old_secret(webhook_id=pk, by=by)):
        messages.success(request, f"The old secret of {webhook.name} has ended: only the new one signs.")
    return redirect("webhook", ws, pk)


@login_required
@require_POST
def switch(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """Switch it on or off."""
    _, by, webhook = webhook_of(request, ws, pk)
    on = request.POST.get("to") == "on"
    form = RefusableForm(request.POST)
    if submit(request, form, lambda: (enable_webhook if on else disable_webhook)(webhook_id=pk, by=by)):
        off = "is off. What is queued waits, and what happens meanwhile is not queued."
        messages.success(request, f"{webhook.name} {'is on. What waited for it is sent.' if on else off}")
    return redirect("webhook", ws, pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """Asks once more, then removes it."""
    workspace, by, webhook = webhook_of(request, ws, pk)
    form = opened(RefusableForm, request)
    if submit(request, form, lambda: delete_webhook(webhook_id=pk, by=by)):
        messages.success(request, f"{webhook.name} is removed. Nothing is sent there any more.")
        return redirect("webhooks", ws)
    context: dict[str, Any] = {"workspace": workspace, "webhook": webhook, "crumbs": crumbs_of(workspace, webhook)}
    return form_page(request, "notifications/webhook_delete.html", form, **context)
