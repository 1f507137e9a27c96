"""What a page that is open has to be told: what became of its model since it was drawn, and of the requests that it lists."""

from html import unescape
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from accounts.models import User
from activity.feed import feed_lines
from activity.models import Activity
from approvals.forms import InboxFilter
from approvals.models import StageChangeRequest
from approvals.querysets import COUNTED
from approvals.views.inbox import in_tab
from registry.marks import mark_of
from registry.models import RegisteredModel

# What a page may be about: how its model is found, and which lines of the model's chain speak of it.
ABOUT = {
    "request": ("versions__change_requests__pk", "request_id"),
    "version": ("versions__pk", "version_id"),
    "model": ("pk", "model_id"),
}
SAID = 3  # sentences at most, the newest
SHOWN = 100  # rows of a list


def news_of_page(user: User, about: str, mark: str) -> dict[str, Any]:
    """`mark` as it is now, and in `said` the sentences written about this since the page's; nothing for what one may not see."""
    kind, _, number = about.partition(":")
    if kind not in ABOUT or not _ids(number):
        return {}
    lookup, field = ABOUT[kind]
    model = RegisteredModel.objects.visible_to(user).filter(**{lookup: number})
    now = mark_of(model)
    if now in ("", mark):
        return {"mark": now} if now else {}
    (seen,) = _ids(mark.partition(".")[0]) or [0]
    chain = [f"model:{pk}" for pk in model.values_list("pk", flat=True)]
    lines = Activity.objects.filter(**{field: number}, chain__key__in=chain, seq__gt=seen).order_by("-seq")[:SAID]
    return {"mark": now, "said": sentences(lines)}


def sentences(lines: QuerySet[Activity]) -> list[str]:
    """Lines of the log as plain words, in the order they were written."""
    told = feed_lines(reversed(lines))
    return [unescape(strip_tags(f"{line.actor.display_name if line.actor else line.actor_name} {line.text}")) for line in told]


def news_of_rows(user: User, asked: QueryDict) -> dict[str, Any]:
    """Of a list of requests: the numbers of those that belong to it and are not shown, and what became of those that left it.

    `rows` names the list, `shown` the numbers in it and `waits` those shown as waiting; the rest are the filters of the page.
    """
    shown, waits = set(_ids(asked.get("shown", ""))), set(_ids(asked.get("waits", "")))
    listed = _listed(user, asked)
    if listed is None:
        return {}
    still = set(listed.pending().filter(pk__in=waits).values_list("pk", flat=True))
    left = StageChangeRequest.objects.visible_to(user).filter(pk__in=waits - still)
    left = left.select_related("version__model", "to_stage", "decided_by", "sign_off")
    return {
        "others": list(listed.exclude(pk__in=shown).order_by("pk").values_list("pk", flat=True)[:COUNTED]),
        "settled": {change_request.pk: _settled(change_request) for change_request in left},
    }


def _listed(user: User, asked: QueryDict) -> Any:
    """The requests of a list; None for one that is not kept up to date."""
    name, _, number = asked.get("rows", "").partition(":")
    if name == "model" and _ids(number):
        return StageChangeRequest.objects.visible_to(user).pending().of_model(int(number))
    if name in ("turn", "asked", "all"):
        return InboxFilter(asked, user=user).narrow(in_tab(name, user))
    return None


def _settled(change_request: StageChangeRequest) -> dict[str, str]:
    """What became of a request, as the row shows it and as it is read out."""
    html = render_to_string("approvals/_settled.html", {"change_request": change_request})
    name = f"{change_request.version.model.name} {change_request.version.name}"
    return {"html": html, "said": f"{name}: {' '.join(unescape(strip_tags(html)).split())}"}


def _ids(text: str) -> list[int]:
    """The numbers in `1,2,3`, no more than a page shows; none when anything else stands there."""
    words = text.split(",")[: SHOWN + 1]
    return [int(word) for word in words] if all(word.isascii() and word.isdigit() and len(word) < 19 for word in words) else []
