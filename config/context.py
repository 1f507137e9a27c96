"""What every page knows of the settings."""

from typing import Any

from django.conf import settings


def live(request: Any) -> dict[str, Any]:
    """`live_seconds`: how often the page asks what is new; 0 for never."""
    return {"live_seconds": settings.LIVE_SECONDS}
