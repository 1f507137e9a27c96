"""Redis stops and comes back while people work: they notice nothing, `/readyz` says so, and all is told."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from json import dumps, loads
from pathlib import Path
from typing import Any

import pytest

from config.supervisor import end_with_parent
from tests.crash.installation import Installation, installed

pytestmark = pytest.mark.redis
VERSIONS = "/api/v1/workspaces/default/models/churn/versions"


@contextmanager
def redis_at(port: int, folder: Path) -> Iterator[None]:
    """A Redis of this test's own."""
    command = [
        "redis-server",
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
        "--loglevel",
        "warning",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=end_with_parent) as process:  # noqa: PLW1509 - as in tests.processes
        deadline = time.monotonic() + 10
        while not listens(port):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield
        process.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(installation: Installation, method: str, path: str, body: Any = None) -> tuple[float, dict[str, Any]]:
    """How long an answer took, and what it said."""
    client = HTTPConnection("127.0.0.1", installation.port, timeout=30)
    headers = {"Authorization": f"Bearer {installation.tokens['engineer']}", "Content-Type": "application/json"}
    began = time.monotonic()
    client.request(method, path, dumps(body) if body is not None else None, headers)
    response = client.getresponse()
    said = loads(response.read())
    client.close()
    assert response.status < 300, said
    return time.monotonic() - began, said


def test_while_redis_is_away_writes_are_quick_and_afterwards_all_is_told(
    plain_environment: Callable[[], dict[str, str]], free_port: Callable[[], int], tmp_path: Path
):
    port = free_port()
    environment = {**plain_environment(), "REDIS_URL": f"redis://127.0.0.1:{port}/0", "WEB_WORKERS": "1"}
    with redis_at(port, tmp_path):
        stack = installed(environment, free_port(), "web", "worker")
        installation = stack.__enter__()
        ask(installation, "POST", VERSIONS, {})
        assert ask(installation, "GET", "/readyz")[1]["broker"] == "reachable"
    try:
        took = [ask(installation, "POST", VERSIONS, {})[0] for _ in range(12)]
        assert max(took) < 5  # the first finds Redis away, and then it is left alone
        assert sorted(took)[len(took) // 2] < 0.5
        told = ask(installation, "GET", "/readyz")[1]
        assert (told["ready"], told["broker"]) == (True, "unreachable")
        with redis_at(port, tmp_path):
            assert installation.audit_when_told(90)["untold"] == 0
            assert ask(installation, "GET", "/readyz")[1]["broker"] == "reachable"
    finally:
        stack.__exit__(None, None, None)
