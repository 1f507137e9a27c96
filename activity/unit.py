"""The one place that opens a transaction for a change."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from activity import clock
from activity.errors import Conflict, IdempotencyMismatch
from activity.models import StoredAnswer


@dataclass(frozen=True)
class IdempotencyKey:
    """A client's promise that two sendings are one wish. Scoped to the caller and the route."""

    user_id: int
    route: str
    key: str
    body: bytes

    @property
    def fingerprint(self) -> str:
        """What the body was, so that the same key with another body can be refused; by our key, as a body may hold a short secret."""
        return salted_hmac("activity.unit", self.body, algorithm="sha256").hexdigest()


class Unit:
    """One unit of work. `stored` is the answer given the first time, when the key has been used before."""

    def __init__(self, row: StoredAnswer | None) -> None:
        self._row = row
        self.stored = row if row and row.status else None

    def remember(self, status: int, body: Any) -> None:
        """Keep this answer for whoever sends the same key again. Never called for answers that carry a secret."""
        if self._row:
            self._row.status, self._row.body = status, json.dumps(body, default=str)
            self._row.save(update_fields=["status", "body"])


def require_unit() -> None:
    """What a service asks before it writes anything. Raises RuntimeError outside a unit of work."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A change and its line in the log are one transaction: open a unit_of_work.")


@contextmanager
def unit_of_work(key: IdempotencyKey | None = None) -> Iterator[Unit]:
    """Open the durable transaction that every service needs; commit at the end, roll back on any error.

    With a key, its row is written first: a second sending waits for the first to commit and then finds its answer. Raises
    IdempotencyMismatch when the key was used with another body, Conflict when somebody else made the same at the same moment. Raises
    RuntimeError inside another unit.
    """
    try:
        with transaction.atomic(durable=True):
            yield Unit(_claim(key) if key else None)
    except IntegrityError as error:
        if not _is_double(error):
            raise
        raise Conflict(
            "Somebody else made the same at the same moment, so nothing was done here. Look at what is there, then try again."
        ) from error


def _is_double(error: IntegrityError) -> bool:
    """Tell whether a unique constraint refused, and not a trigger or a check: those speak of a fault of ours."""
    cause = error.__cause__
    return getattr(cause, "sqlstate", "") == "23505" or getattr(cause, "sqlite_errorname", "") == "SQLITE_CONSTRAINT_UNIQUE"


def _claim(key: IdempotencyKey) -> StoredAnswer:
    """Insert the key's row, or wait for and return the one that is there."""
    row = StoredAnswer(user_id=key.user_id, route=key.route, key=key.key, fingerprint=key.fingerprint, created_at=clock.now())
    StoredAnswer.objects.bulk_create([row], ignore_conflicts=True)
    row = StoredAnswer.objects.select_for_update().get(user_id=key.user_id, route=key.route, key=key.key)
    if row.fingerprint != key.fingerprint:
        raise IdempotencyMismatch(
            "This idempotency key was used with another request, so nothing was done. Send a new key for a new request."
        )
    return row
