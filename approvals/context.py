"""What every page's navigation shows."""

from typing import Any

from django.utils.functional import SimpleLazyObject

from approvals.models import StageChangeRequest


def waiting_for_me(request: Any) -> dict[str, Any]:
    """`waiting_count`: how many requests wait for the signed-in user, up to 100. Asked only when a template shows it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"waiting_count": 0}
    return {"waiting_count": SimpleLazyObject(lambda: StageChangeRequest.objects.awaiting(user).count_up_to_100())}
