"""What the OpenAPI schema says besides the operations: how to sign in, what every refusal looks like, and in which order."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from config.catalogue import PROBLEMS
from config.problems import MEDIA_TYPE

Json = dict[str, Any]
TITLES = {400: "Invalid", 401: "Not signed in", 403: "Not allowed", 404: "Not found", 406: "Not acceptable", 409: "Conflict",
          412: "Changed since", 415: "Not JSON", 422: "Idempotency key used before", 429: "Too many requests"}  # fmt: skip
PROBLEM_SCHEMA: Json = {
    "type": "object",
    "description": "RFC 9457. Some codes add facts of their own, such as `request`, `digest` or `column`.",
    "properties": {
        "type": {"type": "string", "description": "A page that explains the problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, how things stand, and the next step."},
        "code": {"type": "string", "enum": list(PROBLEMS)},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["field", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code"],
}


class BearerScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer swd_…`."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> Json:
        """The scheme."""
        return {"type": "http", "scheme": "bearer", "description": "An API token, `swd_…`. Make one under Settings, Tokens."}


class BasicScheme(OpenApiAuthenticationExtension):
    """The token as password."""

    target_class = "accounts.authentication.BasicTokenAuthentication"
    name = "basic"

    def get_security_definition(self, auto_schema: Any) -> Json:
        """The scheme."""
        return {"type": "http", "scheme": "basic", "description": "User name, and an API token as password."}


class SessionScheme(OpenApiAuthenticationExtension):
    """The browser's session."""

    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> Json:
        """The scheme."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "The browser's, with its CSRF token."}


def add_problems(result: Json, **kwargs: Any) -> Json:
    """Declare what every operation can refuse with: the same document, `components.responses` by status."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    result["components"]["responses"] = {
        f"Problem{status}": {"description": title, "content": content} for status, title in TITLES.items()
    }
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for status in _refusals(path, method, operation):
                operation["responses"][str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    return result


def _refusals(path: str, method: str, operation: Json) -> list[int]:
    statuses = [400, 401, 403, 406, 429]
    if "{" in path:
        statuses.append(404)
    if method != "get":
        statuses += [404, 409]
    if "requestBody" in operation:
        statuses.append(415)
    if method == "post":
        statuses.append(422)
    if method in ("put", "patch", "delete"):
        statuses.append(412)
    return sorted(set(statuses))


PATH_PARTS = {
    "ws": "A workspace, by its slug.",
    "name": "A model, by its name, percent-encoded.",
    "number": "A version, by its number.",
    "key": "A stage, or an approver group, by its key; of a collaborator who is a person, the user name.",
    "kind": "`person` or `group`.",
    "tag": "A tag, by its key, percent-encoded; it may hold slashes.",
    "alias": "An alias, by its name.",
    "username": "A member, by their user name.",
    "id": "An id.",
    "delivery": "The id of a delivery.",
}


def add_words(result: Json, **kwargs: Any) -> Json:
    """Declare what answers carry besides their body, name each group of operations, and say what parts of addresses mean."""
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            operation["tags"] = [_tag(path)]
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["description"] = PATH_PARTS[parameter["name"]]
            for status, response in operation["responses"].items():
                if status == "201":
                    response.setdefault("headers", {})["Location"] = {"schema": {"type": "string"}}
                if method == "post" and status in ("200", "201"):
                    response.setdefault("headers", {})["Idempotent-Replayed"] = {"schema": {"type": "string", "enum": ["true"]}}
    return result


_TAGS = {
    "stage-change-requests": "Stage changes", "policy": "Stage changes", "comments": "Versions", "tags": "Tags and aliases",
    "aliases": "Tags and aliases", "versions": "Versions",
    "active-stages": "Stages", "stage-history": "Stages", "collaborators": "Models",
    "models": "Models", "groups": "Approver groups", "members": "Members",
    "proposals": "Stage changes", "webhooks": "Webhooks", "imports": "Imports", "delegations": "Delegations", "workspaces": "Workspaces",
    "activities": "Activity", "insights": "Insights", "tokens": "Tokens", "me": "You", "notices": "Notices",
}  # fmt: skip


def _tag(path: str) -> str:
    words = [word for word in path.split("/") if word]
    return next((tag for word, tag in _TAGS.items() if word in words), "Other")
