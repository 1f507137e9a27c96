"""The team, each with a token, at the doors of foreign clients, and a receiver of webhooks."""

from tests.api.conftest import Callers, api, team
from tests.notifications.conftest import there

__all__ = ["Callers", "api", "team", "there"]
