"""Refusals that only these doors know."""

from activity.errors import DomainError


class Waits(DomainError):
    """A direct stage change was asked for, and waits: no refusal in the API, where asking is what one does."""

    code = "waits"


class NoAddress(DomainError):
    """The protocol has no such address, or it is not answered here."""

    code = "no-address"
