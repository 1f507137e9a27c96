"""`connect()`: which Stageward the other functions ask."""

from __future__ import annotations

import os
from dataclasses import dataclass

from stageward.client import Client
from stageward.errors import NotConfigured


@dataclass
class Connection:
    """Who is asked, and for how many seconds `set_stage` waits for approval."""

    client: Client
    patience: float


_current: Connection | None = None


def connect(host: str | None = None, token: str | None = None, *, wait: float | None = None) -> Client:
    """Ask this Stageward from now on, and return its client; without arguments, as `Client()` finds it.

    `wait`: for how many seconds `set_stage` waits for somebody to approve; without it `STAGEWARD_WAIT`, else not at all.
    """
    global _current
    client = Client(host, token)
    _current = Connection(client, float(os.environ.get("STAGEWARD_WAIT") or 0) if wait is None else wait)
    return client


def connection() -> Connection:
    """Return what `connect` made. Raises NotConfigured."""
    if _current is None:
        raise NotConfigured("Nobody is connected yet. Call connect() first.")
    return _current
