"""Refusals about who may do what."""

from activity.errors import Conflict, DomainError, Invalid


class Forbidden(DomainError):
    """The caller's role, or their token's scopes, do not reach that far."""

    code = "forbidden"


class LastAdmin(Conflict):
    """A workspace needs somebody who can set its people."""


class InvitationGone(Invalid):
    """The link was used, withdrawn, or is past its date."""
