"""`kill -9` of workers between commit, send and acknowledge: every message arrives, with one id, and none is under way twice at once."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tests.crash.clients import Clients
from tests.crash.installation import installed
from tests.crash.test_kill import served  # noqa: F401 - a fixture
from tests.notifications.receiver import Receiver, receiver, status
from tests.processes import ROOT, running, wait_for_end

Environment = Callable[[], dict[str, str]]
# What two minutes do: who was killed has no claim any more. Nobody else is at work when it is said.
LATER = (
    "UPDATE notifications_delivery SET next_at = created_at WHERE state = 'waiting'",
    "UPDATE activity_outbox SET due_at = '2026-01-01 00:00:00+00:00' WHERE done_at IS NULL",
)


@dataclass
class Workers:
    """Some workers, and what becomes of them."""

    environment: dict[str, str]
    nursery: "subprocess.Popen[str]"
    pids: list[int] = field(default_factory=list)

    def start(self, count: int) -> None:
        """Make some more."""
        assert self.nursery.stdin
        assert self.nursery.stdout
        for _ in range(count):
            self.nursery.stdin.write("\n")
            self.nursery.stdin.flush()
            self.pids.append(int(self.nursery.stdout.readline()))

    def kill(self) -> None:
        """All of them, at once."""
        for pid in self.pids:
            os.killpg(pid, signal.SIGKILL)
        wait_for_end(set(self.pids))
        self.pids.clear()

    def let_two_minutes_pass(self) -> None:
        """Let every claim of the killed end."""
        url = self.environment.get("DATABASE_URL")
        if url:
            with psycopg.connect(url, autocommit=True) as connection:
                for statement in LATER:
                    connection.execute(statement)
            return
        with sqlite3.connect(Path(self.environment["STAGEWARD_DATA"]) / "stageward.sqlite3", timeout=30) as embedded:
            for statement in LATER:
                embedded.execute(statement)
        embedded.close()


@contextmanager
def workers(environment: dict[str, str]) -> Iterator[Workers]:
    """A place that makes workers; none of them lives on."""
    command = [sys.executable, "-m", "tests.crash.nursery"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as nursery:
        made = Workers(environment, nursery)
        try:
            yield made
        finally:
            made.kill()
            nursery.kill()


class Watched:
    """The moment at which a worker is killed: a message has come and is not answered, or was answered just now."""

    def __init__(self, there: Receiver) -> None:
        self.there, self.come, self.go_on = there, threading.Event(), threading.Event()
        self.answers_first = False

    def __enter__(self) -> "Watched":
        self.there.answers = [self._answer]
        return self

    def __exit__(self, *exception: object) -> None:
        self.there.answers = [status(204)]
        self.go_on.set()
        while self.there.under_way:
            time.sleep(0.01)

    def _answer(self, handler: Any) -> None:
        if self.answers_first:
            status(204)(handler)
        self.come.set()
        self.go_on.wait(30)

    def wait(self) -> None:
        """Return once the moment is there."""
        assert self.come.wait(60), "no message came"


def kill_again_and_again(environment: dict[str, str], port: int, times: int, *, count: int) -> None:
    """Kill all workers while messages are written, sent or answered; start as many, and look at what arrived in the end."""
    with receiver() as there:
        environment |= {"WEBHOOK_ALLOWED_HOSTS": "127.0.0.1", "CRASH_RECEIVER": there.url, "WEBHOOK_TIMEOUT": "30"}
        with installed(environment, port, "web") as installation, workers(installation.environment) as crew:
            crew.start(count)
            clients = Clients(installation, 0)
            for number in range(times):
                kill_at(number % 3, partial(clients.bring_to_staging, f"v{number}"), crew, there)
                crew.let_two_minutes_pass()
                crew.start(count)
            found = installation.audit_when_told()
        assert (clients.refused, found["findings"], found["untold"]) == ([], [], 0)
        assert sorted(found["messages"].values()) == sorted(found["heard"])  # nothing is lost, and nothing has two ids
        assert set(there.ids) == set(found["messages"])
        assert len(there.ids) > len(set(there.ids))  # the kills did what they are for
        assert there.twice_at_once == []
        assert len({(headers["webhook-id"], body) for _, headers, body in there.taken}) == len(set(there.ids))


def kill_at(moment: int, write: Callable[[], None], crew: Workers, there: Receiver) -> None:
    """0: a change is committed; 1: a message is sent and not answered; 2: it is answered, and perhaps not noted."""
    if moment == 0:
        write()
        crew.kill()
        return
    with Watched(there) as watched:
        watched.answers_first = moment == 2
        write()
        watched.wait()
        crew.kill()


def test_on_sqlite_with_the_broker_in_a_folder_every_message_arrives(plain_environment: Environment, free_port, rounds):
    kill_again_and_again(plain_environment(), free_port(), rounds(6, 200), count=1)


@pytest.mark.postgresql
@pytest.mark.redis
def test_on_postgresql_with_redis_and_two_workers_every_message_arrives(served, free_port, rounds):  # noqa: F811
    kill_again_and_again(served, free_port(), rounds(20, 200), count=2)


@contextmanager
def own_redis(port: int, folder: Path) -> Iterator[None]:
    """A Redis of this test alone."""
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder), "--loglevel", "warning"]
    with running(command, {"PATH": os.environ["PATH"]}):
        for _ in range(100):
            try:
                with redis.Redis(port=port) as client:
                    client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        yield


@pytest.mark.postgresql
@pytest.mark.redis
def test_while_the_broker_is_away_the_app_answers_and_afterwards_everything_arrives(served, free_port, tmp_path):  # noqa: F811
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server on this machine, to stop and start")
    port = free_port()
    with receiver() as there:
        environment = served | {"REDIS_URL": f"redis://127.0.0.1:{port}/0", "CRASH_RECEIVER": there.url}
        environment |= {"WEBHOOK_ALLOWED_HOSTS": "127.0.0.1"}
        with own_redis(port, tmp_path), installed(environment, free_port(), "web", "worker") as installation:
            pass_on = Clients(installation, 2)
            with pass_on:
                pass_on.wait_for_answers(6)
                stopped = redis.Redis(port=port)
                stopped.shutdown(nosave=True)
                stopped.close()
                pass_on.wait_for_answers(6)
                with own_redis(port, tmp_path):
                    pass_on.wait_for_answers(6)
                    pass_on.stopping.set()
                    found = installation.audit_when_told(90)
        assert (pass_on.refused, found["findings"]) == ([], [])
        assert sorted(found["messages"].values()) == sorted(found["heard"])
        assert (set(there.ids), there.twice_at_once) == (set(found["messages"]), [])
