"""The family of refusals. They know nothing of HTTP: each door translates them into its own kind of answer."""

from typing import Any


class DomainError(Exception):
    """A change that did not happen.

    Args:
        detail: what happened, what state things are in, and the next step, in plain words.
        extras: facts for programs, such as the id of the request that stands in the way.
    """

    code = "conflict"

    def __init__(self, detail: str, **extras: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extras = extras


class Invalid(DomainError):
    """A value that cannot be taken; `field` names it."""

    code = "invalid"

    def __init__(self, detail: str, field: str = "", **extras: Any) -> None:
        super().__init__(detail, **extras)
        self.field = field


class NotFound(DomainError):
    """Nothing there, or nothing that the caller may see: the two are told alike."""

    code = "not-found"


class Conflict(DomainError):
    """The thing changed since the caller looked at it."""

    code = "conflict"


class IdempotencyMismatch(DomainError):
    """The same idempotency key came with another request."""

    code = "idempotency-mismatch"
