"""What a protocol says of itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.models import ApiToken, User
from config.catalogue import PROBLEMS
from gateways.sign_in import basic, bearer

Json = dict[str, Any]

# What a protocol has a code of its own for: the kinds of the API, and those that are told apart here alone.
CODES = (*PROBLEMS, "name-taken", "waits", "no-address")


@dataclass(frozen=True)
class Refusal:
    """What a call is refused with: our code, the protocol's, and our sentence with the address of what it speaks of."""

    code: str
    name: str
    status: int
    detail: str
    facts: Json


@dataclass(frozen=True)
class Protocol:
    """A foreign client's protocol.

    `name`: what the log says of the door. `codes`: each of `CODES` with the HTTP status and the protocol's own code. `shape`: the body of
    a refusal. `hint`: how its client is given a token. `workspace_header`: where its client names a workspace. `ways_in`: where a token
    may stand, or what says who signed in by password.
    """

    name: str
    codes: Mapping[str, tuple[int, str]]
    shape: Callable[[Refusal], Json]
    hint: str
    workspace_header: str = ""
    ways_in: tuple[Callable[[HttpRequest], ApiToken | User | None], ...] = (bearer, basic)
    challenge: str = 'Basic realm="Stageward"'
