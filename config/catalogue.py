"""Every kind of refusal, once: its status, its title, and what the page `/problems/{code}` explains."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One kind of refusal."""

    status: int
    title: str
    explanation: str


PROBLEMS = {
    "not-authenticated": Problem(
        401,
        "Not signed in",
        "Send `Authorization: Bearer swd_…` with a token that is neither revoked nor expired.",
    ),
    "forbidden": Problem(403, "Not allowed", "Your role in the workspace, or the scopes of your token, do not reach that far."),
    "own-request": Problem(
        403,
        "Your own request",
        "Every stage change needs a second person. The requester can revoke, never approve or reject: not as an "
        "admin, not through a token or a service account of theirs.",
    ),
    "not-eligible": Problem(403, "Your decision does not count here", "The request says who may decide and what is missing."),
    "not-found": Problem(404, "Not found", "There is nothing here, or nothing that you may see. The two are told alike."),
    "method-not-allowed": Problem(
        405,
        "Method not allowed",
        "This address answers other methods; the `Allow` header names them.",
    ),
    "not-acceptable": Problem(406, "Not acceptable", "The API answers JSON."),
    "unsupported-media-type": Problem(415, "Unsupported media type", "Send JSON with `Content-Type: application/json`."),
    "invalid": Problem(400, "Invalid input", "Something that was sent cannot be taken; `errors` names the fields."),
    "comment-required": Problem(
        400, "A comment is required", "A rejection says why; so does break-glass, and a skip where the policy asks for it."
    ),
    "already-pending": Problem(409, "A request waits already", "A version has at most one pending request; `request` is its id."),
    "not-pending": Problem(409, "The request has ended", "Every end is final. To ask again, make a new request."),
    "stale-request": Problem(409, "The version moved on", "The version is no longer in the stage that the request names."),
    "digest-changed": Problem(
        409,
        "It changed since you looked",
        "You approve what you saw. `digest` is that of what stands there now: read it, then decide.",
    ),
    "version-locked": Problem(409, "The version is locked", "A lock freezes content and stage. An admin lowers it."),
    "same-stage": Problem(409, "Already in that stage", "Nothing to change."),
    "skip-forbidden": Problem(
        409,
        "Stages may not be skipped",
        "The policy of that stage allows no move that jumps over stages; `skipped_stages` names them. Ask for the next stage first.",
    ),
    "second-admin-needed": Problem(
        403,
        "A second admin is needed",
        "To ask for less than before (fewer approvals, a check dropped) takes two admins, where a workspace has two.",
    ),
    "protected": Problem(
        409,
        "Protected",
        "What holds a protected stage, or was ever in production, is kept as it was approved.",
    ),
    "conflict": Problem(409, "Conflict", "The state of things does not allow this; the detail says why."),
    "precondition-failed": Problem(412, "Changed since you read it", "`If-Match` no longer matches. Read the object again."),
    "idempotency-mismatch": Problem(422, "Idempotency key used before", "The same key came with another request."),
    "throttled": Problem(429, "Too many requests", "Wait for the number of seconds in `Retry-After`."),
    "server-error": Problem(
        500,
        "Something broke here",
        "It is our fault, nothing was written, and it is in the server's log under the request id.",
    ),
}
