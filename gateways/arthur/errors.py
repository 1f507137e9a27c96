"""How Arthur's SDK is told of refusals: `{"error"}`, which it shows as it is. A 5xx it would take for a fault to be reported to Arthur."""

from gateways.protocol import Json, Protocol, Refusal
from gateways.sign_in import bare, bearer, passing

STATUSES = {
    "not-authenticated": 401,
    "forbidden": 403,
    "own-request": 403,
    "not-eligible": 403,
    "second-admin-needed": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "unsupported-media-type": 415,
    "invalid": 400,
    "comment-required": 400,
    "name-taken": 409,
    "already-pending": 409,
    "not-pending": 409,
    "stale-request": 409,
    "digest-changed": 409,
    "version-locked": 409,
    "same-stage": 409,
    "skip-forbidden": 409,
    "protected": 409,
    "conflict": 409,
    "precondition-failed": 409,
    "idempotency-mismatch": 409,
    "throttled": 429,
    "server-error": 500,
    "waits": 409,
    "no-address": 404,
}


def _shape(refusal: Refusal) -> Json:
    return {"error": refusal.detail}


ARTHUR = Protocol(
    name="arthur",
    codes={code: (status, "") for code, status in STATUSES.items()},  # it has no codes besides those of HTTP
    shape=_shape,
    hint="Give ArthurAI an access_key, which is a token that you made under Settings, Tokens, or your login and password.",
    workspace_header="Arthur-Organization-ID",
    ways_in=(bearer, passing("Authorization"), bare("Authorization")),
    challenge='Bearer realm="Stageward"',
)
