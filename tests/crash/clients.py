"""Clients that register, ask and approve over HTTP without a pause, and send again, with the same key, what was not answered."""

import json
import random
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from tests.crash.installation import Installation

VERSIONS = "/api/v1/workspaces/default/models/churn/versions"
REQUESTS = "/api/v1/stage-change-requests"


@dataclass
class Clients:
    """Several threads, each with its own versions; `answers` counts what they were answered with 2xx, `refused` is the rest."""

    installation: Installation
    count: int
    versions_each: int | None = None  # None: until they are told to stop
    answers: int = 0
    unanswered: int = 0
    applied: list[str] = field(default_factory=list)
    refused: list[tuple[int, Any]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Clients":
        self.threads = [threading.Thread(target=self._work, args=(number,)) for number in range(self.count)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if exception[0] or self.versions_each is None:
            self.stopping.set()
        for thread in self.threads:
            thread.join(120)

    def wait_for_answers(self, more: int, seconds: float = 60) -> None:
        """Return once so many more were answered, then somewhere in the midst of the next writes."""
        wanted, deadline = self.answers + more, time.monotonic() + seconds
        while self.answers < wanted:
            assert time.monotonic() < deadline, f"{self.answers} answers instead of {wanted}: {self.refused[:3]}"
            time.sleep(0.01)
        time.sleep(random.uniform(0, 0.05))

    def _work(self, number: int) -> None:
        made = 0
        while not self.stopping.is_set() and made != self.versions_each:
            made += 1
            self.bring_to_staging(f"{number}-{made}")

    def bring_to_staging(self, name: str) -> None:
        """One version, its request, its approval; each answer is kept in mind, and the version once all were answered."""
        version = self._send("engineer", VERSIONS, {"name": name}, f"{name} version")
        path = f"{VERSIONS}/{version.get('number')}/stage-change-requests"
        asked = version and self._send("engineer", path, {"to_stage": "staging"}, f"{name} request")
        if asked and self._send("reviewer", f"{REQUESTS}/{asked['id']}/approve", {"comment": "Fine."}, f"{name} approval"):
            self.applied.append(name)

    def _send(self, who: str, path: str, body: dict[str, str], key: str) -> dict[str, Any]:
        """Send until somebody answers; an empty answer for a refusal, which is kept."""
        headers = {
            "Authorization": f"Bearer {self.installation.tokens[who]}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            connection = HTTPConnection("127.0.0.1", self.installation.port, timeout=60)
            try:
                connection.request("POST", path, json.dumps(body), headers)
                response = connection.getresponse()
                status, said = response.status, json.loads(response.read())
            except (OSError, HTTPException):
                self.unanswered += 1
                time.sleep(0.1)
                continue
            finally:
                connection.close()
            if 200 <= status < 300:
                self.answers += 1
                return dict(said)
            self.refused.append((status, said))
            return {}
        self.refused.append((0, f"nobody answered {key} for 90 s"))
        return {}
