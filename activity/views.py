"""The log's own pages: all lines that one may see, filtered and exported; and each line for good."""

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Workspace
from activity import clock
from activity.errors import Invalid, NotFound
from activity.export import CONTENT_TYPES, STREAMS, iter_rows
from activity.feed import feed_lines
from activity.filters import FILTERS, filtered, visible_activities
from activity.forms import ActivityFilter
from activity.models import Activity, Seal
from activity.pagination import Page, page_of
from registry.views.addresses import with_query

SHOWN = 50


@login_required
@require_safe
def show_activity(request: HttpRequest) -> HttpResponseBase:
    """The lines that match the address, newest first; `format=csv` or `jsonl` sends all of them as a file."""
    form = ActivityFilter(request.GET or None, user=request.user)
    context: dict[str, Any] = {"form": form, "clear_url": reverse("activity") if any(map(request.GET.get, FILTERS)) else ""}
    try:
        lines = filtered(visible_activities(request.user), request.GET)
        if request.GET.get("format"):
            return _export(request.GET["format"], lines)
        page = page_of(request, lines.select_related("chain__sealedhead"), size=SHOWN)
    except Invalid as error:
        context |= {"page": Page([], None, None), "wrong": error.detail}
        return render(request, "activity/activity.html", context, status=400)
    exports = {kind: with_query(request, format=kind) for kind in STREAMS}
    context |= {"page": page, "lines": feed_lines(page.rows), "exports": exports, "seal": newest_seal()}
    return render(request, "activity/activity.html", context)


def _export(kind: str, lines: Any) -> StreamingHttpResponse:
    """Send lines as a file, row by row. Raises Invalid for a format that there is not."""
    if kind not in STREAMS:
        raise Invalid(f"There is no export as “{kind}”. Choose one of: {', '.join(STREAMS)}.", field="format")
    response = StreamingHttpResponse(STREAMS[kind](iter_rows(lines)), content_type=CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="activity-{clock.now():%Y-%m-%d}.{kind}"'
    return response


def newest_seal() -> dict[str, Any] | None:
    """The newest seal, and the newest line that it covers; None while nothing was sealed."""
    seal = Seal.objects.order_by("-number").first()
    if seal is None:
        return None
    covered = Activity.objects.filter(created_at__lte=seal.created_at).order_by("-created_at", "-id")
    return {"number": seal.number, "at": seal.created_at, "line": covered.values_list("pk", flat=True).first()}


@login_required
@require_safe
def show_line(request: HttpRequest, pk: int) -> HttpResponse:
    """One line of the log with everything that its hash covers. Raises NotFound."""
    activity = visible_activities(request.user).select_related("chain__sealedhead").filter(pk=pk).first()
    if activity is None:
        raise NotFound(f"There is no line {pk} in the log that you may see. Check the number.")
    (line,) = feed_lines([activity])
    data = json.dumps(json.loads(activity.data), indent=2, ensure_ascii=False)
    workspace = Workspace.objects.filter(pk=activity.workspace_id or 0).first()
    return render(request, "activity/line.html", {"line": line, "activity": activity, "data": data, "workspace": workspace})
