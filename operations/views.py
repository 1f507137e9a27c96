"""Queues, workers and the clock, for staff: how everything stands, and a button to try again what failed."""

import platform
from typing import Any

import django
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.views.people import staff_at
from activity.models import Outbox
from activity.outbox import kick
from notifications import deliveries, outbox
from notifications.models import Delivery, Preference, Webhook
from operations import state
from operations.models import Run

SHOWN = 25


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """How everything stands."""
    staff_at(request)
    failing = list(state.failing_lines().select_related("activity")[:SHOWN])
    context = {
        "figures": _figures(),
        "failing": failing,
        "webhooks": _webhooks(request.user),
        "refused": Preference.objects.exclude(refused_address="").count(),
        "workers": state.workers(),
        "broker_up": state.broker_answers(),
        "broker": _kind_of_broker(),
        "schedule": state.schedule(),
        "sealed": state.last_seal(),
        "verified": Run.objects.filter(task="verify_activity").first(),
        "facts": _facts(),
    }
    return render(request, "operations/operations.html", context)


def _figures() -> list[dict[str, Any]]:
    """What waits, and since when."""
    lines = Outbox.objects.filter(done_at=None).count()
    due, workers = state.due_deliveries().count(), state.workers().count()
    return [
        {"value": f"{lines:,}", "label": "line waits" if lines == 1 else "lines wait", "note": _since(state.outbox_age())},
        {"value": f"{due:,}", "label": "message due" if due == 1 else "messages due", "note": _since(state.delivery_age())},
        {"value": workers, "label": "worker" if workers == 1 else "workers", "note": "seen within a minute"},
    ]


def _since(seconds: int) -> str:
    return f"the oldest for {seconds // 60} min" if seconds >= 60 else f"the oldest for {seconds} s" if seconds else ""


def _webhooks(user: Any) -> list[dict[str, Any]]:
    """Webhooks with messages that failed, or that were switched off; named for who may see them, else by number."""
    named = set(Webhook.objects.visible_to(user).values_list("pk", flat=True))
    waiting = Delivery.objects.filter(state="waiting", tries__gt=0, webhook__deleted_at=None).order_by()
    counts = dict(waiting.values_list("webhook").annotate(count=Count("*")))
    rows = Webhook.objects.living().filter(pk__in=counts) | Webhook.objects.living().filter(enabled=False)
    return [
        {"webhook": row, "named": row.pk in named, "count": counts.get(row.pk, 0)}
        for row in rows.select_related("workspace").order_by("pk")[:SHOWN]
    ]


def _kind_of_broker() -> str:
    """What carries the hints, without its address, which may hold a password."""
    scheme = settings.CELERY_BROKER_URL.partition(":")[0]
    return {"filesystem": "a folder", "redis": "Redis", "rediss": "Redis", "memory": "memory"}.get(scheme, scheme)


def _facts() -> list[tuple[str, str]]:
    """What an operator is asked for."""
    return [
        ("Database", connection.display_name),
        ("Mail", settings.EMAIL_BACKEND.split(".")[-2]),
        ("Django", django.get_version()),
        ("Python", platform.python_version()),
    ]


@login_required
@require_POST
def try_lines(request: HttpRequest) -> HttpResponse:
    """Try again now: one line, or all that failed."""
    staff_at(request)
    pk = request.POST.get("line", "")
    count = outbox.hurry(int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 19 else None)
    return _told(request, count, "line")


@login_required
@require_POST
def try_messages(request: HttpRequest) -> HttpResponse:
    """Try all messages to webhooks that failed before again now."""
    staff_at(request)
    return _told(request, deliveries.hurry(), "message")


def _told(request: HttpRequest, count: int, what: str) -> HttpResponse:
    kick()
    messages.success(request, f"{count} {what}{'' if count == 1 else 's'} will be tried again within seconds.")
    return redirect("operations")
