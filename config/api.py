"""What the settings of Django REST framework name: the rate limit and the reading of bodies."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.cache import caches
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.throttling import SimpleRateThrottle


class BurstThrottle(SimpleRateThrottle):
    """So many requests a minute for each user, or for each address that has none."""

    scope = "user"
    cache = caches["rates"]

    def get_cache_key(self, request: Any, view: Any) -> str:
        """One counter per user, else per address."""
        if request.user and request.user.pk:
            return self.cache_format % {"scope": "user", "ident": request.user.pk}
        self.rate = self.THROTTLE_RATES["anon"]
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return self.cache_format % {"scope": "anon", "ident": self.get_ident(request)}


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 and I-JSON have it: UTF-8, finite numbers, no name twice, nothing that cannot be written back."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return what the body says. Raises ParseError."""
        try:
            data = json.loads(stream.read().decode("utf-8"), object_pairs_hook=_object)
            json.dumps(
                data, ensure_ascii=False, allow_nan=False
            ).encode()  # NaN and 1e999 are no numbers, \ud800 is half a character
        except (ValueError, RecursionError) as error:
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            raise ParseError(f"The body is not JSON that can be read ({reason}). Nothing was done.") from error
        return data


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("an object has the same name twice")
    return data
