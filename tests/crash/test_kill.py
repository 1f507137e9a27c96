"""`kill -9` of web server and worker while people write: what was answered is there, once, with its line, and is told in the end."""

import os
import secrets
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests import machine
from tests.crash.clients import Clients
from tests.crash.installation import MAIL, Installation, installed
from tests.processes import children

Environment = Callable[[], dict[str, str]]
CLIENTS = 4
LINES = ["model_version.registered", "stage_change.requested", "stage_change.approval_given", "stage_change.applied"]


@pytest.fixture
def served(plain_environment: Environment) -> Iterator[dict[str, str]]:
    """The environment of an installation with PostgreSQL and Redis, whose empty database is gone afterwards."""
    name = f"stageward_crash_{os.getpid()}"
    with psycopg.connect(machine.POSTGRESQL_URL, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield {
            **plain_environment(),
            "DATABASE_URL": urlsplit(machine.POSTGRESQL_URL)._replace(path=f"/{name}").geturl(),
            "REDIS_URL": machine.REDIS_URL,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "SEAL_KEY": secrets.token_urlsafe(48),
        }
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_on_sqlite_nothing_is_lost_and_nothing_done_twice(plain_environment: Environment, free_port, rounds):
    kill_again_and_again(plain_environment(), free_port(), rounds(10, 50))


@pytest.mark.postgresql
@pytest.mark.redis
def test_on_postgresql_with_redis_nothing_is_lost_and_nothing_done_twice(served, free_port, rounds):
    kill_again_and_again(served, free_port(), rounds(10, 50))


def kill_again_and_again(environment: dict[str, str], port: int, times: int) -> None:
    """Kill one after the other, in the midst of writes, and look at what is left."""
    with installed(environment, port, "web", "worker") as installation:
        with Clients(installation, CLIENTS) as clients:
            for number in range(times):
                clients.wait_for_answers(5)
                KILLS[number % len(KILLS)](installation)
            clients.wait_for_answers(5)
        found = installation.audit_when_told()
    assert clients.refused == []
    assert clients.unanswered > 0
    assert found["findings"] == []
    assert found["untold"] == 0
    assert found["versions"] == dict.fromkeys(clients.applied, "staging")
    assert Counter(map(tuple, found["requests"])) == Counter((name, "applied") for name in clients.applied)
    assert Counter(found["lines"]) == Counter(f"{found['ids'][name]} {verb}" for name in clients.applied for verb in LINES)


def kill_web_server(installation: Installation) -> None:
    installation.kill("web")
    installation.start("web")


def kill_half_of_the_web_server(installation: Installation) -> None:
    """One of gunicorn's processes, the newest: gunicorn itself starts another."""
    serving = children(installation.processes["web"].process.pid)
    if serving:
        os.kill(max(serving), signal.SIGKILL)


def kill_worker(installation: Installation) -> None:
    """Once it has been seen at work."""
    installation.processes["worker"].wait_for(MAIL)
    installation.kill("worker")
    installation.start("worker")


KILLS = (kill_web_server, kill_half_of_the_web_server, kill_worker, kill_half_of_the_web_server)
