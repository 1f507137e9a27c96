"""Imports: what another system has, brought into a workspace by the server."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Optional

from stageward.records import Fact, Record, moment, moment_or_none
from stageward.session import Session, in_path

DONE, FAILED = "done", "failed"
PAUSE = 1.0  # seconds


class Import(Record):
    """An import, as it was when it was last read; `wait()` waits for its end."""

    id = Fact[int]()
    kind = Fact[str]()
    source = Fact[str]()
    stages = Fact["dict[str, str]"]()
    status = Fact[str]()
    read = Fact[int]()
    total = Fact[Optional[int]]()
    done = Fact[int]()
    counts = Fact["dict[str, int]"]()
    error = Fact[str]()
    away = Fact[bool]()
    started_by = Fact[str]()
    created_at = Fact[datetime](moment)
    finished_at = Fact[Optional[datetime]](moment_or_none)
    report = Fact["list[dict[str, str]]"]()

    def __init__(self, session: Session, facts: dict[str, Any], workspace: str) -> None:
        super().__init__(session, facts)
        self._workspace = workspace

    def __repr__(self) -> str:
        return f"<Import {self.id}: {self.kind} {self.source}, {self.status}>"

    @property
    def has_ended(self) -> bool:
        """Whether it is done or has failed, as far as was read."""
        return self.status in (DONE, FAILED)

    @property
    def progress(self) -> str:
        """How far it is, in a few words."""
        if self.status == "waiting":
            return "waits for the server's worker"
        if self.total is None:
            return f"reads what is there: {self.read} versions so far"
        return f"{self.done} of {self.total} versions"

    def resume(self, **options: Any) -> Import:
        """Let it go on where it failed; `options` are those of `start_import`, where they are others now."""
        self._take(self._session.post(f"{self._path}/resume", options))
        return self

    def wait(self, tell: Callable[[Import], None] | None = None, every: float = PAUSE) -> Import:
        """Wait until it has ended, and return it; `tell` is called with it after each look."""
        while True:
            self.refresh()
            if tell:
                tell(self)
            if self.has_ended:
                return self
            time.sleep(every)

    @property
    def _path(self) -> str:
        return f"workspaces/{in_path(self._workspace)}/imports/{self._facts['id']}"
