"""How Verta's client is told of refusals: `{"code", "message", "details"}`, the codes those of gRPC, never 5xx (it would send again)."""

from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import ApiToken
from gateways.protocol import Json, Protocol, Refusal
from gateways.sign_in import bare, basic, bearer

CODES = {
    "not-authenticated": (401, "16"),
    "forbidden": (403, "7"),
    "own-request": (403, "7"),
    "not-eligible": (403, "7"),
    "second-admin-needed": (403, "7"),
    "version-locked": (403, "7"),
    "not-found": (404, "5"),
    "method-not-allowed": (405, "12"),
    "not-acceptable": (406, "3"),
    "unsupported-media-type": (415, "3"),
    "invalid": (400, "3"),
    "comment-required": (400, "3"),
    "name-taken": (409, "6"),
    "already-pending": (409, "9"),
    "not-pending": (409, "9"),
    "stale-request": (409, "9"),
    "digest-changed": (409, "9"),
    "same-stage": (409, "9"),
    "skip-forbidden": (409, "9"),
    "protected": (409, "9"),
    "conflict": (409, "9"),
    "precondition-failed": (409, "9"),
    "idempotency-mismatch": (409, "9"),
    "throttled": (429, "8"),
    "server-error": (500, "13"),
    "waits": (409, "9"),
    "no-address": (404, "12"),  # not 5, which the client takes for a model that does not exist
}
# Words that programs look for in the message.
_LOOKED_FOR = {"name-taken": "It already exists. ", "version-locked": "It is locked for changes. "}


def _shape(refusal: Refusal) -> Json:
    message = _LOOKED_FOR.get(refusal.code, "") + refusal.detail
    return {"code": int(refusal.name), "message": message, "details": []}


def developer_key(request: HttpRequest) -> ApiToken | None:
    """The token by the header of Verta's client, and whose it is beside it. Raises AuthenticationFailed."""
    token = bare("Grpc-Metadata-developer-key")(request)
    named = request.headers.get("Grpc-Metadata-email", "").strip().casefold()
    if token and named and named not in (token.user.email.casefold(), token.user.username.casefold()):
        raise AuthenticationFailed(
            "VERTA_EMAIL is neither the address nor the user name of the token's owner. Set it to one of them."
        )
    return token


VERTA = Protocol(
    name="verta",
    codes=CODES,
    shape=_shape,
    hint="Set VERTA_DEV_KEY to a token that you made under Settings, Tokens, and VERTA_EMAIL to your address or user name.",
    ways_in=(developer_key, bearer, basic),
)
