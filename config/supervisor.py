"""Keeps child processes running: starts one again when it dies, and lets none outlive this process."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

PR_SET_PDEATHSIG = 1
STEADY = 60.0  # seconds: a child that ran this long starts again at once
LONGEST_PAUSE = 30.0  # seconds
PATIENCE = 15.0  # seconds that children get to end by themselves
_libc = ctypes.CDLL(None)


def end_with_parent() -> None:
    """Ask the kernel for SIGTERM when the supervisor dies, however it dies. Runs in the child, before it becomes the program."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One program that must always be running, in a process group of its own, so that Ctrl-C reaches the supervisor alone."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], say: Callable[[str], object]) -> None:
        self.name, self.command, self.environment, self.say = name, command, environment, say
        self.pause = 0.0
        self.due: float | None = None
        self.start()

    def start(self) -> None:
        """Run the program."""
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - safe here: the supervisor has one thread
        )

    @property
    def running(self) -> bool:
        """Whether the program still runs."""
        return self.process.poll() is None

    def tend(self) -> None:
        """Start the program again when it has died: at once after a long life, later and later when it keeps dying."""
        if self.running:
            return
        now = time.monotonic()
        if self.due is None:
            self.kill()
            self.pause = 0.0 if now - self.began > STEADY else min(LONGEST_PAUSE, 2 * self.pause + 1)
            self.due = now + self.pause
            self.say(f"The {self.name} ended with code {self.process.returncode}; it starts again in {self.pause:.0f} s.")
        if now >= self.due:
            self.due = None
            self.start()

    def terminate(self) -> None:
        """Ask the program to finish what it is doing and end."""
        if self.running:
            self.process.terminate()

    def kill(self) -> None:
        """End whatever is left of the program's process group."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()


def stop(children: Sequence[Child]) -> None:
    """Stop all children: politely, and after `PATIENCE` by force."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + PATIENCE
    while any(child.running for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in children:
        child.kill()
