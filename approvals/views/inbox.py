"""The inbox of requests: those that wait for me, those I asked for, those I decided, all."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.caller import Caller
from accounts.models import User
from accounts.rules import ARTICLE
from activity.pagination import page_of
from approvals.forms import InboxFilter
from approvals.models import Review, StageChangeRequest
from approvals.rows import RequestRow, request_rows
from registry.views.addresses import with_query

TABS = {"turn": "Your turn", "asked": "Asked by me", "decided": "Decided by me", "all": "All"}
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
    rows = [replace(row, why=why(row, user, tab)) for row in request_rows(page.rows, Caller.of_request(request, "page"))]
    context = {
        "tab": tab,
        "tabs": _tabs(tab, user),
        "form": form,
        "page": page,
        "rows": rows,
        "pick": "requests" if any(row.decidable for row in rows) else "",
        "caption": TABS[tab],
        "clear_url": f"{reverse('approvals')}?tab={tab}" if form.narrows else "",
        "last": _last_decision(user) if tab == "turn" and not rows else None,
        "everywhere": with_query(request, tab="all"),
    }
    return render(request, "approvals/inbox.html", context)


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


def why(row: RequestRow, user: User, tab: str) -> str:
    """Why a row stands in that tab."""
    mine = [review for review in row.situation.reviews if review.principal_id == user.principal_id]
    if tab == "turn" and mine:
        return (
            "your approval no longer counts: the content changed" if not mine[-1].withdrawn_at else "you withdrew your approval"
        )
    if tab == "turn":
        return f"as {ARTICLE[row.situation.members[user.pk].role]} of {row.change_request.version.model.workspace.title}"  # type: ignore[index]
    if tab == "decided" and mine:
        return f"you {'approved' if mine[-1].decision == 'approve' else 'rejected'}{' and withdrew' if mine[-1].withdrawn_at else ''}"
    return ""


def _tabs(current: str, user: User) -> list[dict[str, Any]]:
    """The row of tabs; two count, the first in colour because it waits for the reader."""
    counts = {"turn": in_tab("turn", user).count(), "asked": in_tab("asked", user).count()}
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


def _last_decision(user: User) -> StageChangeRequest | None:
    """What the person decided last, for an empty inbox."""
    decided = StageChangeRequest.objects.visible_to(user).filter(pk__in=_decided(user))
    return decided.with_everything().order_by("-id").first()
