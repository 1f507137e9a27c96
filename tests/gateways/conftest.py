"""The team, each with a token, at the doors of foreign clients."""

from tests.api.conftest import Callers, api, team

__all__ = ["Callers", "api", "team"]
