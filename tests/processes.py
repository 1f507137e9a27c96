"""Real processes, for tests that look at Stageward from outside."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from config.supervisor import end_with_parent

ROOT = Path(__file__).resolve().parent.parent


def _as_a_terminal_does() -> None:
    """Let Ctrl-C be heard, which a shell that runs the tests in the background has ignored. Nothing outlives a run that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    end_with_parent()


class Program:
    """A running program and what it has said so far, in a process group of its own, as a terminal gives it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_as_a_terminal_does,  # noqa: PLW1509 - the thread that reads begins afterwards
        )
        self.said = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as output:
            for line in output:
                self.said += line

    def wait_for(self, words: str, seconds: float = 120) -> None:
        """Return once the program has said these words."""
        deadline = time.monotonic() + seconds
        while words not in self.said:
            assert self.process.poll() is None, f"ended with {self.process.returncode} before it said {words!r}:\n{self.said}"
            assert time.monotonic() < deadline, f"did not say {words!r} within {seconds:.0f} s:\n{self.said}"
            time.sleep(0.05)

    def send(self, number: signal.Signals) -> int:
        """Send a signal to the whole group, as Ctrl-C does; wait for the end and return the exit code."""
        os.killpg(self.process.pid, number)
        code = self.process.wait(60)
        self.reader.join(10)
        return code


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Program]:
    """Run a program for as long as the block lasts."""
    program = Program(command, environment)
    try:
        yield program
    finally:
        if program.process.poll() is None:
            program.send(signal.SIGTERM)
        program.reader.join(10)


def status_of(port: int, path: str, host: str = "127.0.0.1") -> int | None:
    """Return the status that a server on this machine answers with; None when nobody answers."""
    client = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        client.request("GET", path, headers={"Host": host})
        return client.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        client.close()


def wait_for_status(port: int, path: str, status: int, *, host: str = "127.0.0.1", seconds: float = 60) -> None:
    """Return once a server on this machine answers with this status."""
    deadline = time.monotonic() + seconds
    while (seen := status_of(port, path, host)) != status:
        assert time.monotonic() < deadline, f"{path} answered {seen} instead of {status} for {seconds:.0f} s"
        time.sleep(0.1)


def parents() -> dict[int, int]:
    """Return every living process of this machine with its parent."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it ended meanwhile
            continue
        if state != "Z":
            found[int(stat.parent.name)] = int(parent)
    return found


def children(pid: int) -> set[int]:
    """Return the processes that this one started."""
    return {child for child, parent in parents().items() if parent == pid}


def descendants(pid: int) -> set[int]:
    """Return the processes that this one started, and theirs."""
    return {below for child in children(pid) for below in {child, *descendants(child)}}


def wait_for_end(pids: set[int], seconds: float = 20) -> None:
    """Return once none of these processes lives."""
    deadline = time.monotonic() + seconds
    while left := pids & parents().keys():
        assert time.monotonic() < deadline, f"processes {sorted(left)} still live after {seconds:.0f} s"
        time.sleep(0.1)
