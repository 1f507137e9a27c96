"""Passes: what somebody who signed in by password away from the pages shows in its place, for an hour.

A pass is a JSON Web Token (RFC 7519), signed by HMAC-SHA256 with a key made of the installation's and of the person's stored password. So
it ends with its hour, when the password changes, and while its owner is deactivated; nothing is kept of it.
"""

from datetime import timedelta

import jwt
from django.utils.crypto import salted_hmac

from accounts.models import User
from activity import clock

LIFE = timedelta(hours=1)
ALGORITHM = "HS256"  # the only one that is accepted, whatever a pass says of itself


def new_pass(user: User) -> str:
    """Return a fresh pass of somebody who has just shown their password."""
    moment = clock.now()
    return jwt.encode({"sub": str(user.pk), "iat": moment, "exp": moment + LIFE}, _key(user), ALGORITHM)


def is_pass(text: str) -> bool:
    """Tell, without any look-up, whether a text has the shape of a pass; a token has no dots."""
    return text.count(".") == 2


def owner_of_pass(text: str) -> User | None:
    """Return whose pass it is; None when it is forged or has ended."""
    try:
        # Whom it names says with which key it has to be checked.
        claimed = jwt.decode(text, options={"verify_signature": False, "verify_exp": False})
        user = User.objects.filter(pk=int(claimed["sub"]), is_active=True, kind=User.Kind.PERSON).first()
        if user:
            jwt.decode(text, _key(user), [ALGORITHM], options={"require": ["sub", "exp"]})
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, OverflowError):
        return None
    return user


def _key(user: User) -> bytes:
    return salted_hmac("accounts.passes", user.password, algorithm="sha256").digest()
