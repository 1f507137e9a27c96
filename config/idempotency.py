"""A client's promise that two sendings are one wish, read from its header."""

import hashlib
import json
from typing import Any

from activity.errors import Invalid
from activity.unit import IdempotencyKey


def key_of(text: str, user_id: int, method: str, path: str, data: Any, part: str = "") -> IdempotencyKey:
    """Return the key, scoped to caller, method, path, and a part of the body where it asks for several things. Raises Invalid."""
    if not (1 <= len(text) <= 255 and text.isascii() and text.isprintable()):
        raise Invalid("Idempotency-Key has 1 to 255 printable ASCII characters. Nothing was done.", field="Idempotency-Key")
    route = hashlib.sha256(_spelled([method, path, part])).hexdigest()
    return IdempotencyKey(user_id, route, text, _spelled(data))


def _spelled(data: Any) -> bytes:
    """Return one spelling for equal content."""
    return json.dumps(data, sort_keys=True).encode()
