"""Refusals of the approval cycle: each says what happened, how things stand, and the next step."""

from activity.errors import Conflict, DomainError, Invalid


class OwnRequest(DomainError):
    """All stage changes need a second person (rule 8)."""

    code = "own-request"


class NotEligible(DomainError):
    """This person's decision does not count for this request."""

    code = "not-eligible"


class AlreadyPending(DomainError):
    """One pending request per version (rule 9)."""

    code = "already-pending"


class NotPending(DomainError):
    """The request has ended; every end is final (rule 12)."""

    code = "not-pending"


class StaleRequest(DomainError):
    """The version is no longer where the request says."""

    code = "stale-request"


class DigestChanged(DomainError):
    """You approve what you saw, and this is no longer it (rule 13)."""

    code = "digest-changed"


class SameStage(Conflict):
    """The version is there already."""

    code = "same-stage"


class CommentRequired(Invalid):
    """A rejection says why."""

    code = "comment-required"


class SkipForbidden(Conflict):
    """The policy allows no move that jumps over stages."""

    code = "skip-forbidden"
