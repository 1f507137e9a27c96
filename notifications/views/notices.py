"""The page of notices: what one was told, one row for each thing, and what was read."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from activity.errors import NotFound
from activity.feed import FeedLine, feed_lines
from activity.pagination import page_of
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from notifications.models import Notice
from notifications.notices import read_all, read_subject
from notifications.targets import path_to

SHOWN = 25


@dataclass(frozen=True)
class NoticeRow:
    """What one was told of one thing: the last line, how many came before it, how many of all are unread; the request, if it is one."""

    notice: Notice
    line: FeedLine
    change_request: StageChangeRequest | None
    earlier: int
    unread: int


@login_required
@require_safe
def show_notices(request: HttpRequest) -> HttpResponse:
    """What was told and is not read yet, or all of it; the newest first."""
    user: Any = request.user
    unread = request.GET.get("show") != "all"
    found = Notice.objects.visible_to(user).rows(unread=unread).select_related("activity__chain")
    page = page_of(request, found, size=SHOWN)
    tabs = [
        {"name": "Unread", "url": reverse("notices"), "current": unread},
        {"name": "All", "url": f"{reverse('notices')}?show=all", "current": not unread},
    ]
    context = {
        "page": page,
        "rows": notice_rows(page.rows, user),
        "tabs": tabs,
        "unread": unread,
        "back": request.get_full_path(),
    }
    return render(request, "notifications/notices.html", context)


def notice_rows(notices: list[Notice], user: User) -> list[NoticeRow]:
    """Return the rows of a page; as many queries whatever their number."""
    mine = Notice.objects.visible_to(user).filter(subject__in=[notice.subject for notice in notices]).order_by()
    counted = mine.values("subject").annotate(told=Count("pk"), unread=Count("pk", filter=Q(read_at=None)))
    counts = {row["subject"]: (row["told"], row["unread"]) for row in counted}
    asked = {notice.activity.request_id for notice in notices} - {None}
    requests = StageChangeRequest.objects.select_related("version__model", "from_stage", "to_stage").in_bulk(asked)
    lines = feed_lines(notice.activity for notice in notices)
    return [
        NoticeRow(notice, line, requests.get(notice.activity.request_id or 0), told - 1, unread)
        for notice, line in zip(notices, lines, strict=True)
        for told, unread in [counts[notice.subject]]
    ]


@login_required
@require_safe
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about; that reads all that was told of it. Raises NotFound."""
    notice = _find(request, pk)
    read_subject(notice.person, notice.subject)
    return redirect(path_to(notice.activity))


@login_required
@require_POST
def mark_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark what was told of one thing as read. Raises NotFound."""
    notice = _find(request, pk)
    with unit_of_work():
        read_subject(notice.person, notice.subject)
    return _back(request)


@login_required
@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    with unit_of_work():
        count = read_all(request.user)  # type: ignore[arg-type]  # signed in
    messages.success(request, "All is read." if count else "There was nothing to read.")
    return _back(request)


def _find(request: HttpRequest, pk: int) -> Notice:
    notice = Notice.objects.visible_to(request.user).select_related("activity", "person").filter(pk=pk).first()
    if notice is None:
        raise NotFound(f"There is no notice {pk} of yours. What was read is forgotten after 90 days.")
    return notice


def _back(request: HttpRequest) -> HttpResponse:
    there = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(there, allowed_hosts=None)
    return redirect(there if safe and there.startswith(reverse("notices")) else "notices")
