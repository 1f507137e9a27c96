"""How a command ends: what a pipeline can branch on."""

from __future__ import annotations

from stageward.changes import StageChangeRequest
from stageward.errors import NotAllowed, NotApplied, NotFound, StagewardError, StillWaiting, Throttled, Unreachable

OK, FAILED, USAGE, WAITS, ENDED, NOT_ALLOWED, NOT_FOUND, LATER, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 7, 130
MEANINGS = {
    OK: "done; of a request: it took effect",
    FAILED: "refused, or something is wrong; the sentence says what",
    USAGE: "the command was not understood",
    WAITS: "the request is filed and waits for approval or checks",
    ENDED: "the request ended otherwise: rejected, revoked, expired or superseded",
    NOT_ALLOWED: "not allowed: the token, the role, or one's own request",
    NOT_FOUND: "not there, or not to be seen",
    LATER: "nobody answered, or too many requests: try again later",
}


def code_of_request(request: StageChangeRequest) -> int:
    """Return how a command ends that is about a request's outcome."""
    return WAITS if request.is_pending else OK if request.is_applied else ENDED


def code_of_error(error: StagewardError) -> int:
    """Return how a command ends that met this."""
    kinds: tuple[tuple[type[StagewardError], int], ...] = (
        (StillWaiting, WAITS),
        (NotApplied, ENDED),
        (NotAllowed, NOT_ALLOWED),
        (NotFound, NOT_FOUND),
        (Throttled, LATER),
        (Unreachable, LATER),
    )
    return next((code for kind, code in kinds if isinstance(error, kind)), FAILED)
