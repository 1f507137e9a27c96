"""How callers say who they are: a token, or a pass for a password, wherever their client puts it. No cookie opens any of these doors."""

from collections.abc import Callable

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.authentication import BasicTokenAuthentication, TokenAuthentication, live_token
from accounts.models import ApiToken, User
from accounts.passes import is_pass, owner_of_pass

TokenWay = Callable[[HttpRequest], ApiToken | None]


def _by(authentication: BaseAuthentication) -> TokenWay:
    def way(request: HttpRequest) -> ApiToken | None:
        found = authentication.authenticate(request)  # type: ignore[arg-type]  # it reads the headers, which both kinds have
        return found[1] if found else None

    return way


bearer = _by(TokenAuthentication())
basic = _by(BasicTokenAuthentication())


def bare(header: str) -> TokenWay:
    """The token is the whole of a header."""

    def way(request: HttpRequest) -> ApiToken | None:
        secret = request.headers.get(header, "").strip()
        return live_token(secret) if secret else None

    return way


def passing(header: str) -> Callable[[HttpRequest], User | None]:
    """The whole of a header is a pass; what is none is left to other ways."""

    def way(request: HttpRequest) -> User | None:
        text = request.headers.get(header, "").strip()
        if not is_pass(text):
            return None
        user = owner_of_pass(text)
        if user is None:
            raise AuthenticationFailed("This sign-in has ended, so nothing was done. Sign in again with your password.")
        return user

    return way
