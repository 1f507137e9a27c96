"""How long lists take as they grow, in this process: `python -m bench.pages`.

A line of standard input names an address, how often to ask for it, and whether remembered counts are forgotten each time; a line of
standard output has the milliseconds of each.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from bench.errands import BASE, STAGING
from bench.places import Place
from bench.world import SUBJECT, World
from tests.processes import ROOT

LISTS = {
    "API: versions": f"{BASE}/{SUBJECT}/versions",
    "API: versions, find by stage": f"{BASE}/{SUBJECT}/versions?find={STAGING}",
    "API: models": BASE,
    "API: activities": "/api/v1/activities",
    "API: requests": "/api/v1/stage-change-requests",
    "API: requests that wait for me": "/api/v1/stage-change-requests?awaiting=me",
    "API: stage history": f"{BASE}/{SUBJECT}/stage-history",
    "API: compare": f"{BASE}/{SUBJECT}/versions/7/compare",
    "page: home": "/",
    "page: models": "/models",
    "page: models, as a table": "/models?view=table",
    "page: model": f"/w/default/models/{SUBJECT}",
    "page: versions of a model": f"/w/default/models/{SUBJECT}/versions",
    "page: versions, find by stage": f"/w/default/models/{SUBJECT}/versions?find={STAGING}",
    "page: approvals of a model": f"/w/default/models/{SUBJECT}/approvals",
    "page: compare": f"/w/default/models/{SUBJECT}/compare?candidate=7&base=1",
    "page: history of a model": f"/w/default/models/{SUBJECT}/history",
    "page: history, one stage, and a moment past": f"/w/default/models/{SUBJECT}/history?stage=staging&at=2999-01-01",
    "page: version": f"/w/default/models/{SUBJECT}/versions/10",
    "page: activity of a model": f"/w/default/models/{SUBJECT}/activity",
    "page: activity": "/activity",
    "page: approvals": "/approvals",
    "page: approvals, all": "/approvals?tab=all",
    "page: a request that waits": "/requests/{waits}",
    "API: a request that waits": "/api/v1/stage-change-requests/{waits}",
    "API: insights": "/api/v1/insights",
    "page: insights": "/insights",
    "page: insights, a year": "/insights?days=365",
    "an open page asks, nothing is new": "/live?who={who}",
}


class Reader:
    """A process that asks for pages of one place."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def ask(self, **told: Any) -> list[float]:
        """Return the milliseconds of each answer."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        return list(json.loads(self.process.stdout.readline() or sys.exit("A page could not be read; the lines above say why.")))


@contextmanager
def reading(place: Place, world: World) -> Iterator[Reader]:
    """Somebody who reads pages, signed in as the reviewer."""
    command = [sys.executable, "-m", "bench.pages", world.reviewer]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=place.environment(), stdin=pipe, stdout=pipe, text=True) as process:
        yield Reader(process)
        assert process.stdin
        process.stdin.close()


@dataclass(frozen=True)
class Growth:
    """How long answers took: the fastest in milliseconds, and how many times as long 95 of a hundred took in the large world at most."""

    small: float
    large: float
    anew: float
    ratio_of_p95: float


def growth(small: Reader, large: Reader, rounds: int, times: int) -> Iterator[tuple[str, Growth]]:
    """Yield each list with what it took in both worlds, in turn, and in the large one with nothing remembered.

    The work is the same each time, and what is slower than the fastest is the neighbours'.
    """
    for name, path in LISTS.items():
        took: dict[str, list[float]] = {"small": [], "large": [], "anew": []}
        for reader in (small, large):
            reader.ask(path=path, times=1, forget=False)
        for turn in range(rounds * times):
            took["small"] += small.ask(path=path, times=1, forget=False)
            took["large"] += large.ask(path=path, times=1, forget=False)
            if turn % 4 == 0:
                took["anew"] += large.ask(path=path, times=1, forget=True)
                large.ask(path=path, times=1, forget=False)
        p95 = {where: quantiles(each * 2, n=20)[18] for where, each in took.items()}
        yield name, Growth(min(took["small"]), min(took["large"]), min(took["anew"]), p95["large"] / p95["small"])


def main() -> None:
    """Answer until standard input ends."""
    from django.core.cache import cache  # noqa: PLC0415 - wants Django's settings
    from django.db import connection  # noqa: PLC0415 - the same
    from django.test import Client  # noqa: PLC0415 - the same

    from accounts.models import User  # noqa: PLC0415 - the same
    from approvals.models import StageChangeRequest  # noqa: PLC0415 - the same

    visitor, program = Client(), Client(headers={"Authorization": f"Bearer {sys.argv[1]}"})
    reviewer = User.objects.get(username="reviewer")
    visitor.force_login(reviewer, "django.contrib.auth.backends.ModelBackend")
    tag = ""
    clock = time.thread_time if connection.vendor == "sqlite" else time.perf_counter  # SQLite works in this very thread
    waits = StageChangeRequest.objects.filter(status=StageChangeRequest.Status.PENDING).latest("pk").pk
    for line in sys.stdin:
        told = json.loads(line.replace("{waits}", str(waits)).replace("{who}", str(reviewer.pk)))
        client, took = program if told["path"].startswith("/api/") else visitor, []
        for _ in range(told["times"]):
            if told["forget"]:
                cache.clear()
            began = clock()
            response = client.get(told["path"], headers={"If-None-Match": tag})
            took.append((clock() - began) * 1000)
            tag = response.headers.get("ETag", "") if told["path"].startswith("/live") else ""
            assert response.status_code in (200, 304), (told["path"], response.status_code, response.content[:500])
        print(json.dumps(took), flush=True)


if __name__ == "__main__":
    import django

    django.setup()
    main()
