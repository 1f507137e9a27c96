"""What a webhook was sent: its messages with every try, sent again, and a test."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.caller import Caller
from accounts.models import Workspace
from activity import clock
from activity.errors import NotFound
from activity.feed import feed_lines
from activity.models import Activity
from activity.pagination import page_of
from notifications.events import TESTED
from notifications.models import Delivery, Webhook
from notifications.occasions import in_words
from notifications.services import redeliver, redeliver_range, send_test
from notifications.views.forms import RedeliverForm
from notifications.views.webhooks import crumbs_of, webhook_of
from registry.forms import RefusableForm
from registry.models import Stage
from registry.views.addresses import with_query
from registry.views.submit import form_page, opened, submit

SHOWN = 25
STATES = (("", "All"), ("waiting", "Waiting"), ("failed", "Given up"), ("delivered", "Delivered"))


@login_required
@require_safe
def show_webhook(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """How it stands, what it was sent, and what can be done; with `test`, what came of that test."""
    workspace, _, webhook = webhook_of(request, ws, pk)
    stages = list(Stage.objects.current().filter(workspace=workspace).order_by("position"))
    state = request.GET.get("state", "")
    found = Delivery.objects.filter(webhook=webhook).select_related("activity__chain").defer("body")
    page = page_of(request, found.filter(state=state) if state else found, size=SHOWN)
    lines = feed_lines([delivery.activity for delivery in page.rows])
    context = {
        "workspace": workspace,
        "webhook": webhook,
        "words": in_words(webhook, stages),
        "two_secrets": bool(webhook.old_secret_until and webhook.old_secret_until > clock.now()),
        "page": page,
        "rows": list(zip(page.rows, lines, strict=True)),
        "chips": [{"text": text, "url": with_query(request, state=key, test=""), "active": key == state} for key, text in STATES],
        "test": _test(request, webhook),
        "crumbs": crumbs_of(workspace),
    }
    return render(request, "notifications/webhook.html", context)


def _test(request: HttpRequest, webhook: Webhook) -> dict[str, Any] | None:
    """How the test stands that the address names; None where it names none."""
    asked = request.GET.get("test", "")
    line = (
        Activity.objects.filter(pk=int(asked), verb=TESTED) if asked.isdecimal() and len(asked) < 19 else Activity.objects.none()
    )
    found = line.filter(workspace_id=webhook.workspace_id).first()
    if found is None:
        return None
    delivery = Delivery.objects.filter(webhook=webhook, activity=found).first()
    return {"line": found, "delivery": delivery, "attempt": delivery.attempts.last() if delivery else None}


@login_required
@require_POST
def test(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """Send a test, and lead to what comes of it; a refusal is told there."""
    _, by, _ = webhook_of(request, ws, pk)
    form = RefusableForm(request.POST)
    if submit(request, form, lambda: send_test(webhook_id=pk, by=by)):
        return redirect(f"{reverse('webhook', args=[ws, pk])}?test={form.result.pk}")
    return _refused(request, form, ws, pk)


def _refused(request: HttpRequest, form: RefusableForm, ws: str, pk: int) -> HttpResponse:
    for error in form.non_field_errors():
        messages.error(request, str(error))
    return redirect("webhook", ws, pk)


def _delivery_of(request: HttpRequest, ws: str, pk: int, delivery: int) -> tuple[Workspace, Caller, Delivery]:
    """Return a message of a webhook with its line. Raises NotFound, Forbidden."""
    workspace, by, webhook = webhook_of(request, ws, pk)
    found = Delivery.objects.filter(webhook=webhook, pk=delivery).select_related("activity__chain").first()
    if found is None:
        raise NotFound("There is no such message of this webhook; it may have been forgotten after 30 days.")
    found.webhook = webhook
    return workspace, by, found


@login_required
@require_safe
def show_message(request: HttpRequest, ws: str, pk: int, delivery: int) -> HttpResponse:
    """A message: what was sent, and what every try came to."""
    workspace, _, found = _delivery_of(request, ws, pk, delivery)
    (line,) = feed_lines([found.activity])
    body = json.dumps(json.loads(found.body), indent=2, ensure_ascii=False) if found.body else ""
    context = {
        "workspace": workspace,
        "delivery": found,
        "webhook": found.webhook,
        "line": line,
        "body": body,
        "attempts": list(found.attempts.order_by("-pk")),
        "crumbs": crumbs_of(workspace, found.webhook),
    }
    return render(request, "notifications/message.html", context)


@login_required
@require_POST
def send_again(request: HttpRequest, ws: str, pk: int, delivery: int) -> HttpResponse:
    """Send a message once more."""
    _, by, found = _delivery_of(request, ws, pk, delivery)
    form = RefusableForm(request.POST)
    if not submit(request, form, lambda: redeliver(delivery_id=found.pk, by=by)):
        return _refused(request, form, ws, pk)
    messages.success(request, "The message is sent again, with the same id and body.")
    return redirect("webhook-message", ws, pk, delivery)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def send_range_again(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """Asks from when to when, then sends what the log has for it."""
    workspace, by, webhook = webhook_of(request, ws, pk)
    form = opened(RedeliverForm, request)
    if submit(request, form, lambda: redeliver_range(webhook_id=pk, by=by, **form.cleaned_data)):
        count = form.result
        said = f"{count:,} message{'s are' if count != 1 else ' is'} sent, those of before with their ids." if count else ""
        messages.success(request, said or "The log has nothing for this webhook in that time, so nothing was sent.")
        return redirect("webhook", ws, pk)
    context = {"workspace": workspace, "webhook": webhook, "crumbs": crumbs_of(workspace, webhook)}
    return form_page(request, "notifications/webhook_redeliver.html", form, **context)
