"""How a token opens the door: Bearer, or Basic with the token as password. How a password does, where a page cannot be shown."""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Any

from allauth.account.forms import LoginForm
from allauth.core import ratelimit
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission

from accounts.caller import Scope, expanded
from accounts.models import ApiToken, User
from accounts.querysets import TokenQuerySet
from accounts.secrets import digest, is_token
from activity import clock
from activity.prepared import prepared

REFUSED = "This token is unknown, revoked or expired. Make a new one under Settings, Tokens."
USED_AT_MOST_EVERY = timedelta(seconds=60)
_TOO_MANY = "too_many_login_attempts"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer swd_…`."""

    def authenticate(self, request: Any) -> tuple[User, ApiToken] | None:
        """Return user and token; None when the header speaks of something else."""
        scheme, _, value = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = live_token(value.strip())
        return token.user, token

    def authenticate_header(self, request: Any) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="Stageward"'


class BasicTokenAuthentication(BaseAuthentication):
    """HTTP Basic with the token as password; the user name must be the token's."""

    def authenticate(self, request: Any) -> tuple[User, ApiToken] | None:
        """Return user and token; None when the header speaks of something else."""
        scheme, _, value = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            username, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise AuthenticationFailed("The Basic header could not be read. Send user name and token, base64-encoded.") from None
        token = live_token(secret)
        if username != token.user.username:
            raise AuthenticationFailed("The user name is not that of the token's owner.")
        return token.user, token


def live_token(secret: str) -> ApiToken:
    """Return the token that a secret opens, and note that it was used (to the minute). Raises AuthenticationFailed."""
    moment = clock.now()
    token = _token_with.one(digest(secret), moment) if is_token(secret) else None
    if token is None:
        raise AuthenticationFailed(REFUSED)
    if token.last_used_at is None or moment - token.last_used_at > USED_AT_MOST_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=moment)
    return token


@prepared
def _token_with(secret_digest: str, at: datetime) -> TokenQuerySet:
    return ApiToken.objects.live(at).select_related("user").filter(digest=secret_digest)


def owner_by_password(request: HttpRequest, login: str, password: str) -> User:
    """Return who has this user name or address and this password: by the form of the sign-in page, so within the same limits.

    Raises AuthenticationFailed, in the same words whoever exists; Throttled.
    """
    if not ratelimit.consume(request, action="login"):
        raise Throttled(60)
    form = LoginForm({"login": login, "password": password}, request=request)
    if form.is_valid() and form.user.is_active:
        user: User = form.user
        return user
    if any(error.code == _TOO_MANY for errors in form.errors.as_data().values() for error in errors):
        raise Throttled(300)
    raise AuthenticationFailed("User name and password do not belong together, so nobody was signed in. Check both.")


class HasScope(BasePermission):
    """Signed in, and a token that may read. What may be written, each service checks itself."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Anonymous callers get 401; a token without `read` may still be good for its own scope, on POST."""
        if not (request.user and request.user.is_authenticated):
            return False
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        if reads and isinstance(request.auth, ApiToken) and Scope.READ not in expanded(request.auth.scopes):
            raise PermissionDenied("This token does not have the scope “read”. Make one that has it under Settings, Tokens.")
        return True
