"""Who calls, and through which door: what every service is told besides its own arguments."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from accounts.errors import Forbidden
from accounts.models import ApiToken, Role, User
from activity.log import Actor


class Scope(StrEnum):
    """What a token may be used for. `write` includes `read`; the others stand alone."""

    READ = "read"
    WRITE = "write"
    DECIDE = "decide"
    CHECKS = "checks"
    ADMIN = "admin"


ALL_SCOPES = frozenset(Scope)


def scopes_of_role(role: Role) -> list[Scope]:
    """Every scope that makes sense for somebody with this role."""
    if role == Role.VIEWER:
        return [Scope.READ]
    if role == Role.EDITOR:
        return [Scope.READ, Scope.WRITE, Scope.DECIDE, Scope.CHECKS]
    return list(Scope)


@dataclass(frozen=True)
class Caller:
    """A user at a door. `user` is None for the operator at the machine's own command line, who sets up people but decides nothing."""

    user: User | None
    via: str
    token: ApiToken | None = None
    scopes: frozenset[Scope] = field(default=ALL_SCOPES)

    @classmethod
    def operator(cls) -> "Caller":
        """The person at the command line of the machine."""
        return cls(user=None, via="command")

    @classmethod
    def stageward(cls) -> "Caller":
        """Stageward itself: what the clock brings about."""
        return cls(user=None, via="system")

    @classmethod
    def of_request(cls, http_request: Any, via: str) -> "Caller":
        """Whoever sent this HTTP request: a session, or the token in `request.auth`."""
        token = getattr(http_request, "auth", None)
        if isinstance(token, ApiToken):
            return cls(http_request.user, via, token, expanded(token.scopes))
        return cls(http_request.user, via)

    @property
    def actor(self) -> Actor:
        """The same, as the log writes it."""
        return Actor(self.user.pk if self.user else None, self.via, self.token.pk if self.token else None)

    @property
    def person(self) -> User:
        """The user, where a change needs one. Raises Forbidden for the operator, who sets up people but decides nothing."""
        if self.user is None:
            raise Forbidden("The command line cannot do this, so nothing was done. Sign in, or use a token.")
        return self.user

    @property
    def principal_id(self) -> int | None:
        """The person whose decision this is."""
        return self.user.principal_id if self.user else None


def expanded(scopes: list[str]) -> frozenset[Scope]:
    """Return a token's scopes with what they include."""
    held = {Scope(scope) for scope in scopes}
    return frozenset(held | {Scope.READ} if Scope.WRITE in held else held)
