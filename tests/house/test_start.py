"""`./start`, as a newcomer runs it: real processes, a free port, an empty folder."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes import ROOT, Program, children, descendants, running, wait_for_end, wait_for_status

RUNNING = "Ctrl-C stops it"


@dataclass
class Copy:
    """One running copy of Stageward."""

    program: Program
    environment: dict[str, str]
    port: int

    @property
    def folder(self) -> Path:
        return Path(self.environment["STAGEWARD_DATA"])


def start(*words: str) -> list[str]:
    return [str(ROOT / "start"), *words]


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(start(*words), env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def copy(plain_environment: Callable[[], dict[str, str]], free_port: Callable[[], int]) -> Iterator[Copy]:
    environment, port = plain_environment(), free_port()
    with running(start("--no-demo", "--port", str(port)), environment) as program:
        program.wait_for(RUNNING)
        yield Copy(program, environment, port)


def test_start_says_where_it_is_and_answers_there(copy: Copy):
    assert f"Stageward is running at http://127.0.0.1:{copy.port}\n" in copy.program.said
    wait_for_status(copy.port, "/healthz", 200)


def test_a_second_copy_says_that_one_is_running(copy: Copy, free_port: Callable[[], int]):
    second = run(copy.environment, "--port", str(free_port()))
    assert second.returncode == 1
    assert f"already running at http://127.0.0.1:{copy.port} (process " in second.stderr
    assert "Nothing was started." in second.stderr


def test_a_taken_port_is_said(plain_environment: Callable[[], dict[str, str]], copy: Copy):
    refused = run(plain_environment(), "--port", str(copy.port))
    assert refused.returncode == 1
    assert f"cannot listen on 127.0.0.1:{copy.port}: Address already in use. Nothing was started." in refused.stderr


def test_a_killed_web_server_and_a_killed_worker_come_back(copy: Copy):
    before = children(copy.program.process.pid)
    assert len(before) == 2
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    copy.program.wait_for("The web server ended with code -9")
    copy.program.wait_for("The background worker ended with code -9")
    wait_for_status(copy.port, "/healthz", 200)
    after = children(copy.program.process.pid)
    assert len(after) == 2
    assert not before & after


def test_ctrl_c_stops_everything_and_the_next_start_finds_the_data(
    plain_environment: Callable[[], dict[str, str]], free_port: Callable[[], int]
):
    environment, port = plain_environment(), free_port()
    database = Path(environment["STAGEWARD_DATA"]) / "stageward.sqlite3"
    lines = []
    for _ in range(2):
        with running(start("--port", str(port)), environment) as program:
            program.wait_for(RUNNING)
            processes = descendants(program.process.pid)
            assert program.send(signal.SIGINT) == 0
        assert "Stopped." in program.said
        assert "Traceback" not in program.said
        assert "could not be loaded" not in program.said
        wait_for_end(processes, seconds=5)
        with closing(sqlite3.connect(database)) as connection:
            lines.append(connection.execute("SELECT count(*) FROM activity_activity").fetchone()[0])
    assert "Migrating" not in program.said
    assert "Collecting" not in program.said
    assert lines[0] == lines[1] > 0


def test_a_killed_supervisor_leaves_no_process_behind(
    plain_environment: Callable[[], dict[str, str]], free_port: Callable[[], int]
):
    with running(start("--no-demo", "--port", str(free_port())), plain_environment()) as program:
        program.wait_for(RUNNING)
        processes = descendants(program.process.pid)
        os.kill(program.process.pid, signal.SIGKILL)
        wait_for_end(processes)


def test_start_refuses_a_database_that_lost_a_trigger(
    plain_environment: Callable[[], dict[str, str]], free_port: Callable[[], int]
):
    environment = plain_environment()
    subprocess.run([ROOT / ".venv/bin/python", "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    with closing(sqlite3.connect(Path(environment["STAGEWARD_DATA"]) / "stageward.sqlite3")) as connection:
        connection.execute("DROP TRIGGER stageward_activity_activity_delete")
    refused = run(environment, "--no-demo", "--port", str(free_port()))
    assert refused.returncode == 1
    assert "stageward_activity_activity_delete" in refused.stderr
    assert "Nothing was started." in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "would open the demo accounts, whose passwords are public, to other machines. Nothing was started."),
        (("--no-demo",), "but PUBLIC_URL is http://127.0.0.1:8000, which means nothing to them. Nothing was started."),
    ],
)
def test_start_refuses_to_let_other_machines_in(
    plain_environment: Callable[[], dict[str, str]], free_port: Callable[[], int], words: tuple[str, ...], sentence: str
):
    refused = run(plain_environment(), "--host", "0.0.0.0", "--port", str(free_port()), *words)
    assert refused.returncode == 1
    assert sentence in refused.stderr


def test_an_unknown_command_is_said(plain_environment: Callable[[], dict[str, str]]):
    refused = run(plain_environment(), "tset")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "./start knows no command 'tset', so nothing was done. ./start --help lists those it knows.\n"


def test_a_weak_key_is_said(plain_environment: Callable[[], dict[str, str]]):
    refused = run({**plain_environment(), "SECRET_KEY": "short"})
    assert refused.returncode == 1
    assert refused.stderr.startswith(
        "SECRET_KEY is missing, shorter than 32 characters or a well-known example. Nothing was started."
    )
    assert refused.stderr.count("\n") == 1
