"""How callers say who they are: a token, wherever their client puts it. A session's cookie opens none of these doors."""

from collections.abc import Callable

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication

from accounts.authentication import BasicTokenAuthentication, TokenAuthentication, live_token
from accounts.models import ApiToken

Way = Callable[[HttpRequest], ApiToken | None]


def _by(authentication: BaseAuthentication) -> Way:
    def way(request: HttpRequest) -> ApiToken | None:
        found = authentication.authenticate(request)  # type: ignore[arg-type]  # it reads the headers, which both kinds have
        return found[1] if found else None

    return way


bearer = _by(TokenAuthentication())
basic = _by(BasicTokenAuthentication())


def bare(header: str) -> Way:
    """The token is the whole of a header."""

    def way(request: HttpRequest) -> ApiToken | None:
        secret = request.headers.get(header, "").strip()
        return live_token(secret) if secret else None

    return way
