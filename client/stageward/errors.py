"""What did not happen, and why: every error is a sentence with the next step, and carries the facts for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stageward.changes import StageChangeRequest


class StagewardError(Exception):
    """Something did not happen; its text says what, and what to do next."""


class NotConfigured(StagewardError):
    """Nobody said where Stageward is, with which token to ask, or in which workspace."""


class NotStageward(StagewardError):
    """Something else answered: a wrong host, or a proxy that stands in front."""


class Unreachable(StagewardError):
    """Nobody answered in time, however often it was asked: the network, or the server. Try again later."""


class StillWaiting(StagewardError):
    """A request waits for approvals or checks. It is filed and stays; `request` is it."""

    def __init__(self, sentence: str, request: StageChangeRequest) -> None:
        super().__init__(sentence)
        self.request = request


class NotApplied(StagewardError):
    """A request ended without effect: rejected, revoked, expired or superseded. `request` is it."""

    def __init__(self, sentence: str, request: StageChangeRequest) -> None:
        super().__init__(sentence)
        self.request = request


class Refusal(StagewardError):
    """Stageward refused, and nothing was done.

    `detail` is the sentence, `code` is for programs, `extras` are the facts beside them, `errors` blames fields, and `request_id` finds
    it in the server's log.
    """

    def __init__(self, problem: dict[str, Any], status: int, request_id: str = "") -> None:
        self.detail = str(problem.get("detail") or problem.get("title") or f"The server answered {status}.")
        super().__init__(self.detail)
        self.code = str(problem.get("code", ""))
        self.title = str(problem.get("title", ""))
        self.status = status
        self.errors: list[dict[str, str]] = list(problem.get("errors", []))
        named = ("type", "title", "status", "detail", "code", "errors")
        self.extras = {name: fact for name, fact in problem.items() if name not in named}
        self.request_id = request_id


class Invalid(Refusal):
    """Something that was sent cannot be taken; `errors` names the fields."""


class CommentRequired(Invalid):
    """A rejection says why."""


class NotAllowed(Refusal):
    """Who asks may not do this."""


class NotAuthenticated(NotAllowed):
    """The token is unknown, revoked or expired."""


class Forbidden(NotAllowed):
    """The role, or the token's scopes, do not reach that far."""


class OwnRequest(NotAllowed):
    """Nobody decides on their own request."""


class NotEligible(NotAllowed):
    """This person's decision does not count here."""


class NotFound(Refusal):
    """Nothing there, or nothing that you may see."""


class Conflict(Refusal):
    """The state of things does not allow this."""


class AlreadyPending(Conflict):
    """A version has at most one pending request; `request` is the one that waits."""

    request: StageChangeRequest | None = None


class NotPending(Conflict):
    """The request has ended; every end is final."""


class StaleRequest(Conflict):
    """The version is no longer where the request says."""


class DigestChanged(Conflict):
    """You decide on what you saw, and it changed since."""


class VersionLocked(Conflict):
    """A lock freezes content and stage."""


class SameStage(Conflict):
    """The version is there already."""


class SkipForbidden(Conflict):
    """The policy allows no move that jumps over stages."""


class Protected(Conflict):
    """What holds a protected stage, or was in production, is kept."""


class PreconditionFailed(Refusal):
    """Somebody changed it since it was read."""


class Throttled(Refusal):
    """Too many requests; `retry_after` says for how many seconds to wait."""

    retry_after: float | None = None


class ServerError(Refusal):
    """Something broke on the server; nothing was written."""


_BY_CODE: dict[str, type[Refusal]] = {
    "invalid": Invalid,
    "comment-required": CommentRequired,
    "not-authenticated": NotAuthenticated,
    "forbidden": Forbidden,
    "own-request": OwnRequest,
    "not-eligible": NotEligible,
    "not-found": NotFound,
    "already-pending": AlreadyPending,
    "not-pending": NotPending,
    "stale-request": StaleRequest,
    "digest-changed": DigestChanged,
    "version-locked": VersionLocked,
    "same-stage": SameStage,
    "skip-forbidden": SkipForbidden,
    "protected": Protected,
    "conflict": Conflict,
    "precondition-failed": PreconditionFailed,
    "throttled": Throttled,
    "server-error": ServerError,
}
_BY_STATUS: dict[int, type[Refusal]] = {
    400: Invalid,
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
    429: Throttled,
}


def refusal_of(problem: dict[str, Any], status: int, request_id: str = "") -> Refusal:
    """Return a problem document as the error to raise; a code that is newer than this client, by its status."""
    fallback = _BY_STATUS.get(status, ServerError if status >= 500 else Refusal)
    return _BY_CODE.get(str(problem.get("code")), fallback)(problem, status, request_id)
