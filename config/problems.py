"""Refusals as HTTP: RFC 9457 `application/problem+json` under `/api/`, a page elsewhere. One catalogue serves both."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from activity.errors import DomainError, Invalid
from config.catalogue import PROBLEMS
from config.logs import path_of, route_of

security = logging.getLogger("stageward.security")
MEDIA_TYPE = "application/problem+json"


_SECURITY_RELEVANT = {"not-authenticated", "forbidden", "own-request", "not-eligible"}
_FROM_DRF = {
    exceptions.NotAuthenticated: "not-authenticated",
    exceptions.AuthenticationFailed: "not-authenticated",
    exceptions.PermissionDenied: "forbidden",
    exceptions.MethodNotAllowed: "method-not-allowed",
    exceptions.NotAcceptable: "not-acceptable",
    exceptions.UnsupportedMediaType: "unsupported-media-type",
    exceptions.Throttled: "throttled",
    exceptions.NotFound: "not-found",
}

# What REST framework says of these names no next step; the catalogue does.
_TERSE = (
    exceptions.NotAuthenticated, exceptions.MethodNotAllowed, exceptions.NotAcceptable, exceptions.UnsupportedMediaType,
    exceptions.Throttled,
)  # fmt: skip


def body(code: str, detail: str, **extras: Any) -> dict[str, Any]:
    """Return the problem document; facts for programs stand beside what RFC 9457 names, and never in its place."""
    problem = PROBLEMS[code]
    document = {
        "type": f"/problems/{code}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "code": code,
    }
    return document | {name: fact for name, fact in extras.items() if name not in document}


def problem_of(error: DomainError) -> dict[str, Any]:
    """Return the problem document of a refusal."""
    extras = dict(error.extras)
    field = error.field if isinstance(error, Invalid) else extras.pop("field", "")
    if field:
        extras["errors"] = [{"field": field, "detail": error.detail}]
    return body(error.code, error.detail, **extras)


def note_refusal(request: HttpRequest, code: str, detail: str) -> None:
    """Refused attempts go to the security log; the activity log holds what happened, and this did not."""
    if code in _SECURITY_RELEVANT:
        user = getattr(getattr(request, "user", None), "pk", None)
        said = {"code": code, "user_id": user, "method": request.method, "route": route_of(request)}
        security.warning("refused code=%s user=%s %s %s: %s", code, user, request.method, path_of(request), detail, extra=said)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler."""
    told = told_as_problem(error)
    if told is None:
        return None
    problem, headers = told
    set_rollback()
    note_refusal(context["request"], problem["code"], problem["detail"])
    return Response(problem, status=problem["status"], headers=headers, content_type=MEDIA_TYPE)


def told_as_problem(error: Exception) -> tuple[dict[str, Any], dict[str, str]] | None:
    """Return the problem document of whatever refuses a request, with headers; None for what is a fault of ours."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, DomainError):
        return problem_of(error), {}
    if isinstance(error, exceptions.APIException):
        code, detail, extras, headers = _from_drf(error)
        return body(code, detail, **extras), headers
    return None


def _from_drf(error: exceptions.APIException) -> tuple[str, str, dict[str, Any], dict[str, str]]:
    headers: dict[str, str] = {}
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(int(getattr(error, "wait", None) or 1))
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]
    if isinstance(error, (exceptions.ValidationError, exceptions.ParseError)):
        errors = list(_fields("", error.detail)) if isinstance(error, exceptions.ValidationError) else []
        detail = _blamed(errors[0]) if errors else str(error.detail)
        return "invalid", detail, {"errors": errors} if errors else {}, headers
    code = next((code for kind, code in _FROM_DRF.items() if isinstance(error, kind)), "server-error")
    detail = f"{error.detail} {PROBLEMS[code].explanation}" if isinstance(error, _TERSE) else str(error.detail)
    return code, detail, {}, headers


def _blamed(error: dict[str, str]) -> str:
    return f"“{error['field']}” cannot be taken: {error['detail']}" if error["field"] else error["detail"]


def _fields(path: str, detail: Any) -> Any:
    """Flatten DRF's nested errors into one list."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _fields(f"{path}.{key}".strip(".") if key != api_settings.NON_FIELD_ERRORS_KEY else path, value)
    elif isinstance(detail, list):
        for value in detail:
            yield from _fields(path, value)
    else:
        yield {"field": path, "detail": str(detail)}


def domain_errors(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a refusal that no view turned into something better becomes a page that keeps what was typed."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        return refusal_page(request, error) if isinstance(error, DomainError) else None

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def typed_in(request: HttpRequest) -> dict[str, str]:
    """What a person typed into the form, to be given back to them; no passwords."""
    return {key: str(value) for key, value in request.POST.items() if key != "csrfmiddlewaretoken" and "password" not in key}


def refusal_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page of a refusal: the sentence, the state things are in, the way back, and what was typed."""
    problem = PROBLEMS[error.code]
    note_refusal(request, error.code, error.detail)
    template = {403: "403.html", 404: "404.html"}.get(problem.status, "409.html")
    context = {
        "problem": problem,
        "detail": error.detail,
        "typed": typed_in(request),
        "back": request.headers.get("Referer", "/"),
    }
    return render(request, template, context, status=problem.status)


def _error_view(code: str, template: str, detail: str) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        if request.path.startswith("/api/"):
            return JsonResponse(body(code, detail), status=PROBLEMS[code].status, content_type=MEDIA_TYPE)
        context = {"problem": PROBLEMS[code], "detail": detail, "typed": typed_in(request), "back": "/", "debug": settings.DEBUG}
        return render(request, template, context, status=PROBLEMS[code].status)

    return view


bad_request = _error_view(
    "invalid", "400.html", "The request could not be understood, so nothing was done. Go back and try again."
)
forbidden = _error_view("forbidden", "403.html", "You may not do this, so nothing was done. Ask an admin of the workspace.")
not_found = _error_view(
    "not-found",
    "404.html",
    "There is nothing here, or nothing that you may see. Check the address, or sign in as somebody who may.",
)
server_error = _error_view(
    "server-error",
    "500.html",
    "Something broke here and nothing was written. Try again; if it stays, tell whoever runs this, with the request id.",
)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: nothing was done, and what was typed is shown again."""
    return render(request, "403_csrf.html", {"typed": typed_in(request)}, status=403)
