"""What every page's navigation shows."""

from typing import Any

from django.db.models import IntegerField, Subquery
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from approvals.models import StageChangeRequest
from notifications.models import Notice


class CountOf(Subquery):
    """How many rows a query has, as a column of another one."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def waiting_for_me(request: Any) -> dict[str, Any]:
    """`waiting_count`: how many requests wait for the signed-in user, `unread_count`: of how many things they have unread notices.

    Both up to 100, in one query, asked only when a template shows one of them.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"waiting_count": 0, "unread_count": 0}
    counts = SimpleLazyObject(lambda: counts_of(user))
    return {name: SimpleLazyObject(lambda name=name: counts[name]) for name in ("waiting_count", "unread_count")}  # type: ignore[misc]


def counts_of(user: User) -> dict[str, int]:
    """Return both counts; one query, and those few that the policies' groups take."""
    waiting = StageChangeRequest.objects.awaiting(user).up_to_100().values("pk")
    unread = Notice.objects.visible_to(user).unread().subjects()
    return User.objects.filter(pk=user.pk).values(waiting_count=CountOf(waiting), unread_count=CountOf(unread)).get()  # type: ignore[return-value]


def unread_by(user: User) -> int:
    """Of how many things somebody has unread notices, up to 100; one query, where the other count is known already."""
    return Notice.objects.visible_to(user).unread().subjects().count()
