"""Refusals of the registry."""

from activity.errors import Conflict, DomainError


class Protected(DomainError):
    """It holds a protected stage, or was in production, so it stays as it is."""

    code = "protected"


class VersionLocked(DomainError):
    """A lock keeps the version as it is."""

    code = "version-locked"


class NameTaken(Conflict):
    """Something living has that name."""


class ModelArchived(Conflict):
    """An archived model takes nothing new."""


class PreconditionFailed(DomainError):
    """The object changed since the caller read it (If-Match)."""

    code = "precondition-failed"


class SecondAdminNeeded(DomainError):
    """Asking for less takes a second admin (decision 28)."""

    code = "second-admin-needed"
