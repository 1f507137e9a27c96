"""The inbox of requests: those that wait for me, those I asked for, those I decided, all."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.caller import Caller
from accounts.models import User
from activity.pagination import page_of
from approvals.forms import InboxFilter
from approvals.models import Review, StageChangeRequest
from approvals.reasons import my_decision
from approvals.rows import RequestRow, request_rows, with_waits, with_why
from registry.presentation import few
from registry.views.addresses import with_query

TABS = {"turn": "Your turn", "asked": "Waiting on others", "decided": "Decided by me", "all": "All"}
OLDEST_FIRST = ("turn", "asked")
SHOWN = 25

Requests = QuerySet[StageChangeRequest]


@login_required
@require_safe
def show_inbox(request: HttpRequest) -> HttpResponse:
    """One tab of requests, filtered by the address."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "turn"
    user: Any = request.user
    form = InboxFilter(request.GET or None, user=user)
    requests = form.narrow(in_tab(tab, user)).with_everything()
    oldest_first = tab in OLDEST_FIRST or request.GET.get("status") == "pending"
    page = page_of(request, requests, ordering="id" if oldest_first else "-id", size=SHOWN)
    rows = explained(request_rows(page.rows, Caller.of_request(request, "page")), user, tab)
    shown = {
        "tab": tab,
        "tabs": _tabs(tab, user),
        "form": form,
        "page": page,
        "rows": rows,
        "pick": "requests" if any(row.decidable for row in rows) else "",
        "back": request.GET.urlencode(),
        "caption": TABS[tab],
        "clear_url": f"{reverse('approvals')}?tab={tab}" if form.narrows else "",
        "state_title": "Needs" if oldest_first else "What became of it",
    }
    return render(request, "approvals/inbox.html", shown if rows else shown | _next_step(request, tab, form))


def _next_step(request: HttpRequest, tab: str, form: InboxFilter) -> dict[str, Any]:
    """What a tab without rows offers instead."""
    return {
        "last": _last_decision(request.user) if tab == "turn" and not form.narrows else None,
        "turn_url": reverse("approvals"),
        "everywhere": with_query(request, tab="all"),
    }


def in_tab(tab: str, user: User) -> Any:
    """The requests of a tab."""
    requests = StageChangeRequest.objects
    if tab == "turn":
        return requests.awaiting(user)
    if tab == "asked":
        return requests.visible_to(user).pending().filter(requester_principal_id=user.principal_id)
    if tab == "decided":
        return requests.visible_to(user).filter(pk__in=_decided(user))
    return requests.visible_to(user)


def _decided(user: User) -> Any:
    return Review.objects.filter(principal_id=user.principal_id).values("change_request_id")


def explained(rows: list[RequestRow], user: User, tab: str) -> list[RequestRow]:
    """The rows of a tab with the reason why each stands in it, and on whom it waits where that is not the reader."""
    if tab == "turn":
        return with_why(rows, user)
    if tab == "decided":
        rows = [replace(row, why=my_decision(row.situation, user)) for row in rows]
    return with_waits(rows, user)


def _tabs(current: str, user: User) -> list[dict[str, Any]]:
    """The row of tabs; two count, the first in colour because it waits for the reader."""
    counts = {tab: few(in_tab(tab, user).count_up_to_100()) for tab in ("turn", "asked")}
    return [
        {
            "name": name,
            "url": f"{reverse('approvals')}?tab={tab}",
            "current": tab == current,
            "count": counts.get(tab, 0),
            "hot": tab == "turn",
        }
        for tab, name in TABS.items()
    ]


def _last_decision(user: Any) -> Review | None:
    """What the person decided last, for an empty inbox."""
    visible = StageChangeRequest.objects.visible_to(user).filter(pk=OuterRef("change_request_id"))
    seen = Review.objects.filter(Exists(visible), principal_id=user.principal_id)
    related = ("change_request__version__model", "change_request__from_stage", "change_request__to_stage")
    return seen.select_related(*related).order_by("-id").first()
