"""Small middleware of our own: a request id, a line and a measure of each request, and headers that never change."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from config import logs, metrics

access = logging.getLogger("stageward.access")
Next = Callable[[HttpRequest], HttpResponse]

# No inline style or script anywhere, nothing from elsewhere: `default-src 'none'` names what is left.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Asked for all the time by machines and open pages: worth a measure, not a line.
QUIET = {"live", "healthz", "readyz", "metrics"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id(get_response: Next) -> Next:
    """Give each request an id, the proxy's where it sent a sane one, and answer with it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)  # type: ignore[attr-defined]
        token = logs.request_id.set(request.request_id)  # type: ignore[attr-defined]
        try:
            response = get_response(request)
        finally:
            logs.request_id.reset(token)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response

    return middleware


def observed(get_response: Next) -> Next:
    """Measure each request, and write a line about it: who asked for which kind of address, what came of it, and how long it took."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - began
        view = request.resolver_match.view_name if request.resolver_match else ""
        metrics.observe(view, str(request.method), response.status_code, seconds)
        said = {
            "method": request.method,
            "route": logs.route_of(request),
            "status": response.status_code,
            "duration_ms": round(seconds * 1000, 1),
            "user_id": known_user(request),
        }
        level = logging.DEBUG if view in QUIET and response.status_code < 500 else logging.INFO
        access.log(level, "%(method)s %(route)s %(status)s %(duration_ms)s ms", said, extra=said)
        return response

    return middleware


def known_user(request: HttpRequest) -> int | None:
    """The id of who asked, if anybody wanted to know by now; it is not looked up for the log's sake."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject):  # the session's; Django keeps whom it found
        user = getattr(request, "_cached_user", None)
    return getattr(user, "pk", None)


def security_headers(get_response: Next) -> Next:
    """Add the content security policy; pages are private, so no cache keeps them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), interest-cohort=()")
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware
