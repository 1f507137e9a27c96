"""The inbox of requests: those that wait for me, those I asked for, those I decided, all."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.caller import Caller
from accounts.models import User
from activity.pagination import Page, page_of
from approvals.context import unread_by
from approvals.forms import InboxFilter
from approvals.models import Review, StageChangeRequest
from approvals.reasons import alone, my_decision
from approvals.rows import RequestRow, request_rows, with_waits, with_why
from approvals.views.proposals import proposals_to_confirm
from registry.presentation import few
from registry.views.addresses import with_query

TABS = {
    "turn": "Your turn",
    "asked": "Waiting on others",
    "review": "To be reviewed",
    "decided": "Decided by me",
    "all": "All",
}
OLDEST_FIRST = ("turn", "asked", "review")
SHOWN = 25


@login_required
@require_safe
def show_inbox(request: HttpRequest) -> HttpResponse:
    """One tab of requests, filtered by the address."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "turn"
    user: Any = request.user
    form = InboxFilter(request.GET or None, user=user)
    oldest_first = tab in OLDEST_FIRST or request.GET.get("status") == "pending"
    page = _page(request, tab, form.narrow(in_tab(tab, user)), "id" if oldest_first else "-id")
    rows = explained(request_rows(page.rows, Caller.of_request(request, "page")), user, tab)
    shown = {
        "tab": tab,
        **_tabs(tab, user),
        "form": form,
        "page": page,
        "rows": rows,
        "proposals": proposals_to_confirm(Caller.of_request(request, "page")) if tab == "turn" else [],
        "pick": "requests" if any(row.decidable for row in rows) else "",
        "back": request.GET.urlencode(),
        "caption": TABS[tab],
        "clear_url": f"{reverse('approvals')}?tab={tab}" if form.narrows else "",
        "state_title": "Needs" if oldest_first and tab != "review" else "What became of it",
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
    """The requests of a tab; of the decided, all that one may see, as their page looks for one's decisions."""
    requests = StageChangeRequest.objects
    if tab == "turn":
        return requests.awaiting(user)
    if tab == "asked":
        return requests.visible_to(user).pending().filter(requester_principal_id=user.principal_id)
    return requests.visible_to(user).to_be_reviewed() if tab == "review" else requests.visible_to(user)


def _page(request: Any, tab: str, requests: Any, ordering: str) -> Page:
    """A page of a tab. What one decided comes in the order of one's last decisions, the newest first."""
    if tab != "decided":
        return page_of(request, requests.with_everything(), ordering=ordering, size=SHOWN)
    mine = Review.objects.filter(principal_id=request.user.principal_id)
    later = mine.filter(change_request=OuterRef("change_request"), pk__gt=OuterRef("pk"))
    decisions = mine.filter(~Exists(later), Exists(requests.filter(pk=OuterRef("change_request_id"))))
    page = page_of(request, decisions.order_by("-pk"), size=SHOWN)
    found = StageChangeRequest.objects.with_everything().in_bulk([review.change_request_id for review in page.rows])
    return replace(page, rows=[found[review.change_request_id] for review in page.rows])


def explained(rows: list[RequestRow], user: User, tab: str) -> list[RequestRow]:
    """The rows of a tab with the reason why each stands in it, and on whom it waits where that is not the reader."""
    if tab == "turn":
        return with_why(rows, user)
    if tab == "decided":
        rows = [replace(row, why=my_decision(row.situation, user)) for row in rows]
    if tab == "review":
        rows = [replace(row, why=alone(row.situation)) for row in rows]
    return with_waits(rows, user)


def _tabs(current: str, user: User) -> dict[str, Any]:
    """The row of tabs: three count, in colour those that wait for the reader, and the first in the navigation too."""
    counts = {tab: in_tab(tab, user).count_up_to_100() for tab in ("turn", "asked")}
    counts["review"] = StageChangeRequest.objects.awaiting_sign_off(user).count_up_to_100()
    tabs = [
        {
            "name": name,
            "url": f"{reverse('approvals')}?tab={tab}",
            "current": tab == current,
            "count": few(counts.get(tab, 0)),
            "hot": tab in ("turn", "review"),
            "live": "waiting" if tab == "turn" else "",
        }
        for tab, name in TABS.items()
    ]
    return {"tabs": tabs, "waiting_count": counts["turn"], "unread_count": unread_by(user)}


def _last_decision(user: Any) -> Review | None:
    """What the person decided last, for an empty inbox."""
    visible = StageChangeRequest.objects.visible_to(user).filter(pk=OuterRef("change_request_id"))
    seen = Review.objects.filter(Exists(visible), principal_id=user.principal_id)
    related = ("change_request__version__model", "change_request__from_stage", "change_request__to_stage")
    return seen.select_related(*related).order_by("-id").first()
