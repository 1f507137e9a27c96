"""Passes: what somebody who signed in by password away from the pages shows in its place, for an hour.

A pass is a JSON Web Token (RFC 7519), signed by HMAC-SHA256 with a key made of the installation's and of the person's stored password. So
it ends with its hour, when the password changes, and while its owner is deactivated; nothing is kept of it.
"""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta

from django.utils.crypto import salted_hmac

from accounts.models import User
from activity import clock

LIFE = timedelta(hours=1)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# The one header there is. It is compared, never read, so a pass cannot choose how it is checked.
_HEADER = _encoded(b'{"alg":"HS256","typ":"JWT"}')


def new_pass(user: User) -> str:
    """Return a fresh pass of somebody who has just shown their password."""
    moment = clock.now()
    claims = {"sub": str(user.pk), "iat": int(moment.timestamp()), "exp": int((moment + LIFE).timestamp())}
    signed = f"{_HEADER}.{_encoded(json.dumps(claims).encode())}"
    return f"{signed}.{_signature(user, signed)}"


def is_pass(text: str) -> bool:
    """Tell, without any look-up, whether a text has the shape of a pass."""
    return text.startswith(f"{_HEADER}.") and text.count(".") == 2


def owner_of_pass(text: str) -> User | None:
    """Return whose pass it is; None when it is forged or has ended."""
    signed, _, signature = text.rpartition(".")
    claims = _claims(signed)
    user = User.objects.filter(pk=claims["sub"], is_active=True, kind=User.Kind.PERSON).first() if claims else None
    if user is None or not hmac.compare_digest(signature.encode(), _signature(user, signed).encode()):
        return None
    return user if datetime.fromtimestamp(claims["exp"], UTC) > clock.now() else None


def _signature(user: User, signed: str) -> str:
    key = salted_hmac("accounts.passes", user.password, algorithm="sha256").digest()
    return _encoded(hmac.digest(key, signed.encode(), "sha256"))


def _claims(signed: str) -> dict[str, int]:
    """What a pass claims, not yet to be believed; nothing when it cannot be read."""
    payload = signed.partition(".")[2]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return {"sub": int(claims["sub"]), "exp": int(claims["exp"])}
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return {}
