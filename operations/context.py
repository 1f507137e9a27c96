"""What staff must not overlook, on every page."""

from typing import Any

from django.utils.functional import SimpleLazyObject

from operations.state import trouble


def trouble_for_staff(request: Any) -> dict[str, Any]:
    """`trouble`: what keeps the world from hearing. Asked only for who may do something about it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_staff:
        return {"trouble": None}
    return {"trouble": SimpleLazyObject(trouble)}
