"""A web server, and the load on it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.errands import Case
from bench.places import Place
from tests.processes import ROOT, descendants, running, wait_for_status

CONNECTIONS = 8
COMMAND = (sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn", "config.wsgi")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A server that answers on this port."""

    port: int
    pid: int

    @property
    def seconds(self) -> float:
        """What its processes have had of the processors so far."""
        stats = [Path(f"/proc/{pid}/stat").read_text() for pid in {self.pid, *descendants(self.pid)}]
        return sum(sum(map(int, stat.rpartition(")")[2].split()[11:13])) for stat in stats) / TICKS


@dataclass(frozen=True)
class Measured:
    """One round: how long each errand took, in how many seconds all of them were done, and what the server had of the processors."""

    took: list[float]
    seconds: float
    server_seconds: float

    @property
    def rate(self) -> float:
        """Errands a second."""
        return len(self.took) / self.seconds

    @property
    def cost(self) -> float:
        """Milliseconds of the server's processor for one errand."""
        return self.server_seconds / len(self.took) * 1000


@contextmanager
def serving(place: Place, urlconf: str) -> Iterator[Server]:
    """The application as `manage.py up` serves it, with these addresses; no worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = place.environment(BENCH_URLCONF=urlconf, PUBLIC_URL=f"http://127.0.0.1:{port}")
    with running([*COMMAND, "--bind", f"127.0.0.1:{port}"], environment) as program:
        wait_for_status(port, "/healthz", 200)
        yield Server(port, program.process.pid)


def measure(server: Server, case: Case, seconds: float, *, skip: int = 0) -> Measured:
    """Put a load on a server for some seconds; `skip`: errands that were run before."""
    told = {
        "port": server.port,
        "seconds": seconds,
        "connections": CONNECTIONS,
        "errands": [[asdict(call) for call in errand] for errand in case.errands[skip:]],
        "once": case.once,
    }
    before = server.seconds
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], cwd=ROOT, input=json.dumps(told), stdout=subprocess.PIPE, check=True, text=True
    )
    return Measured(**json.loads(done.stdout), server_seconds=server.seconds - before)
