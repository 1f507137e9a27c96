"""The addresses of a protocol: who is let in, and which view answers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, Throttled

from accounts.caller import ALL_SCOPES, Caller, Scope, expanded
from accounts.models import ApiToken
from accounts.rules import check_scope
from config.api import BurstThrottle
from gateways.call import Call
from gateways.errors import NoAddress
from gateways.protocol import Json, Protocol
from gateways.refusals import refused

View = Callable[[Call], Json | HttpResponse]
Answer = Callable[..., HttpResponse]
READING = ("GET", "HEAD")


def routes(protocol: Protocol, prefix: str, table: Mapping[str, Mapping[str, View]]) -> list[URLResolver]:
    """Return the addresses of a protocol, each also behind `/w/{workspace}/`.

    `table` has a view for each method of each path, which may have converters: `{"webhooks/<int:pk>": {"GET": read_webhook}}`.
    """
    doors = [path(route, _door(protocol, methods)) for route, methods in table.items()]
    return [path(f"{where}{prefix}", include(doors)) for where in ("", "w/<slug:ws>/")]


def nothing_else(
    protocol: Protocol, prefix: str, sentence: str = "There is no address {path} here. Check what the client calls."
) -> URLPattern:
    """Tell whatever else is below a prefix as unknown. Where prefixes overlap, this stands behind all of their addresses."""

    @csrf_exempt
    def view(request: HttpRequest) -> HttpResponse:
        return refused(protocol, request, NoAddress(sentence.format(path=request.path)))

    return re_path(rf"^(?:w/[-\w]+/)?{prefix}", view)


def open_to_all(answer: Callable[[HttpRequest], Json]) -> Answer:
    """An address that needs no token and is not counted: some clients ask it before anything else, and wait long when it refuses."""

    @csrf_exempt
    def view(request: HttpRequest, **path: str) -> HttpResponse:
        return JsonResponse(answer(request))

    return view


def signing_in(protocol: Protocol, answer: Callable[[HttpRequest], HttpResponse]) -> Answer:
    """An address that needs no token because it gives one for a password, by POST; it keeps its own count."""

    @csrf_exempt
    def view(request: HttpRequest, **path: str) -> HttpResponse:
        try:
            if request.method != "POST":
                raise MethodNotAllowed(str(request.method))
            return answer(request)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the client is told in its own protocol
            return _refused(protocol, request, error, ["POST"])

    return view


def _door(protocol: Protocol, methods: Mapping[str, View]) -> Answer:
    @csrf_exempt
    def view(request: HttpRequest, **path: Any) -> HttpResponse:
        try:
            by = _let_in(protocol, request)
            answer = _view_for(request, methods)(Call(protocol, request, by, path))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the client is told in its own protocol
            return _refused(protocol, request, error, methods)
        return answer if isinstance(answer, HttpResponse) else JsonResponse(answer)

    return view


def _refused(protocol: Protocol, request: HttpRequest, error: Exception, methods: Iterable[str]) -> HttpResponse:
    response = refused(protocol, request, error)
    if isinstance(error, MethodNotAllowed):
        response["Allow"] = ", ".join(methods)
    return response


def _let_in(protocol: Protocol, request: HttpRequest) -> Caller:
    """Return the caller by their token, or by their password's pass. Raises AuthenticationFailed, Throttled, Forbidden."""
    found = next((found for way in protocol.ways_in if (found := way(request))), None)
    if found is None:
        raise AuthenticationFailed(f"No token was sent, so nothing was done. {protocol.hint}")
    user, token = (found.user, found) if isinstance(found, ApiToken) else (found, None)
    request.user = user
    throttle = BurstThrottle()
    if not throttle.allow_request(request, None):  # type: ignore[arg-type]  # it asks for the user and the address alone
        raise Throttled(throttle.wait())
    by = Caller(user, protocol.name, token, expanded(token.scopes) if token else ALL_SCOPES)
    if request.method in READING:
        check_scope(by, Scope.READ)
    return by


def _view_for(request: HttpRequest, methods: Mapping[str, View]) -> View:
    view = methods.get("GET" if request.method == "HEAD" else str(request.method))
    if view is None:
        raise MethodNotAllowed(str(request.method))
    return view
