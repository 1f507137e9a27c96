"""How MLflow's client is told of refusals: `{"error_code", "message"}`, never 5xx (it would retry for minutes)."""

from gateways.protocol import Json, Protocol, Refusal

CODES = {
    "not-authenticated": (401, "UNAUTHENTICATED"),
    "forbidden": (403, "PERMISSION_DENIED"),
    "own-request": (403, "PERMISSION_DENIED"),
    "not-eligible": (403, "PERMISSION_DENIED"),
    "second-admin-needed": (403, "PERMISSION_DENIED"),
    "not-found": (404, "RESOURCE_DOES_NOT_EXIST"),
    "method-not-allowed": (405, "ENDPOINT_NOT_FOUND"),
    "not-acceptable": (406, "INVALID_PARAMETER_VALUE"),
    "unsupported-media-type": (415, "INVALID_PARAMETER_VALUE"),
    "invalid": (400, "INVALID_PARAMETER_VALUE"),
    "comment-required": (400, "INVALID_PARAMETER_VALUE"),
    "name-taken": (400, "RESOURCE_ALREADY_EXISTS"),
    "already-pending": (409, "INVALID_STATE"),
    "not-pending": (409, "INVALID_STATE"),
    "stale-request": (409, "INVALID_STATE"),
    "digest-changed": (409, "INVALID_STATE"),
    "version-locked": (409, "INVALID_STATE"),
    "same-stage": (409, "INVALID_STATE"),
    "skip-forbidden": (409, "INVALID_STATE"),
    "protected": (409, "INVALID_STATE"),
    "conflict": (409, "INVALID_STATE"),
    "precondition-failed": (409, "INVALID_STATE"),
    "idempotency-mismatch": (409, "INVALID_STATE"),
    "throttled": (429, "REQUEST_LIMIT_EXCEEDED"),
    "server-error": (500, "INTERNAL_ERROR"),
    "waits": (409, "INVALID_STATE"),
    "no-address": (404, "ENDPOINT_NOT_FOUND"),
}


def _shape(refusal: Refusal) -> Json:
    return {"error_code": refusal.name, "message": refusal.detail}


MLFLOW = Protocol(
    name="mlflow",
    codes=CODES,
    shape=_shape,
    hint="Set MLFLOW_TRACKING_TOKEN to a token that you made under Settings, Tokens.",
    workspace_header="X-MLFLOW-WORKSPACE",
)
