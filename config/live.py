"""What pages that are open ask every few seconds: has anything changed for this person?

Nearly every answer is 304 and costs two queries beyond the session. Nothing depends on it: a page that never asks is only
as old as it is, and whoever decides on it is told what changed.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.db.models import Max, OuterRef, Subquery
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts.models import Membership, User
from activity import clock
from activity.models import Activity
from approvals.context import unread_by
from approvals.models import StageChangeRequest
from approvals.views.news import news_of_page, news_of_rows
from registry.models import RegisteredModel
from registry.presentation import few
from registry.views.standing import signed_in


def newest_line(user: User) -> int:
    """The last line of the log in any of a person's workspaces that they may see; an index looked up for each of them.

    Whoever may not see a model does not learn either that something happens to it. Of two lines that are written at one moment, the
    later number may be seen first; the minute in the tag finds the other.
    """
    lines = Activity.objects.filter(workspace_id=OuterRef("workspace_id"))
    seen = lines.exclude(model_id__in=RegisteredModel.objects.hidden_from(user).values("pk"))
    last = seen.order_by("-pk").values("pk")[:1]
    return Membership.objects.filter(user_id=user.pk).aggregate(newest=Max(Subquery(last)))["newest"] or 0


def tag_of(user: User) -> str:
    """The entity tag of what a person would be told now.

    What depends on the time alone shows with the next minute: an end that passed, a delegation that began, a password that was changed.
    """
    minute = int(clock.now().timestamp() // 60)
    return '"' + "-".join(str(part) for part in (user.pk, minute, *(mark(user) for mark in MARKS))) + '"'


# The numbers in the navigation and on tabs, by the name that `components/count.html` gives them; each is asked up to 100 only.
COUNTS: dict[str, Callable[[User], int]] = {
    "waiting": lambda user: StageChangeRequest.objects.awaiting(user).count_up_to_100(),
    "unread": unread_by,
}
# What has to be the same for a 304: whatever moves with the counts, one cheap query each.
MARKS: list[Callable[[User], Any]] = [newest_line, unread_by]


@require_safe
def live(request: HttpRequest) -> HttpResponseBase:
    """The counts, and what is new on the page that asks; 304 when nothing is, 403 when its reader is not signed in any more.

    A session that is there is enough for a 304, which tells nothing; for all else the person is looked up.
    """
    who = request.session.get(SESSION_KEY)
    if who is None or who != request.GET.get("who"):
        return JsonResponse({"signed_in": False}, status=403)
    tag = tag_of(User(pk=int(who)))  # known by number alone
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return unchanged
    if not request.user.is_authenticated:
        return JsonResponse({"signed_in": False}, status=403)
    return JsonResponse(news(request), headers={"ETag": tag})


def news(request: HttpRequest) -> dict[str, Any]:
    """What there is to tell: the counts, and what the page asked about."""
    user = signed_in(request)
    told: dict[str, Any] = {"counts": {name: str(few(count(user)) or "") for name, count in COUNTS.items()}}
    if "rows" in request.GET:
        told |= news_of_rows(user, request.GET)
    if "about" in request.GET:
        told |= news_of_page(user, request.GET["about"], request.GET.get("mark", ""))
    return told
