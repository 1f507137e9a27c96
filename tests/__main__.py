"""Run every check and every test, and say at the end what was run and what could not be: `./start test`."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import IO

import pytest

from tests import machine
from tests.checks import failed_checks


def refuse_to_leave_out() -> None:
    """Exit when something that `STAGEWARD_REQUIRE` names is missing."""
    if unknown := machine.REQUIRED - machine.PROBES.keys():
        sys.exit(
            f"STAGEWARD_REQUIRE names {', '.join(sorted(unknown))}; it may name {', '.join(machine.PROBES)}. No test was run."
        )
    if missing := [reason for thing in sorted(machine.REQUIRED) if (reason := machine.lack_of(thing))]:
        sys.exit(f"STAGEWARD_REQUIRE is not met: {'; '.join(missing)}. No test was run.")


class Round:
    """One run of pytest against one database, in a process of its own: the two rounds share nothing, so they run side by side."""

    def __init__(self, words: list[str], output: IO[str] | None = None, **environment: str) -> None:
        cleared = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
        command = [sys.executable, "-m", "pytest", *words]
        self.words, self.output = words, output
        self.process = subprocess.Popen(
            command, env={**cleared, **environment}, stdout=output, stderr=output and subprocess.STDOUT
        )

    def result(self) -> str:
        """Wait for its end; show what it said, where it said it into a file; return how it went."""
        code = self.process.wait()
        if self.output:
            self.output.seek(0)
            shutil.copyfileobj(self.output, sys.stdout)
        if code == pytest.ExitCode.NO_TESTS_COLLECTED and self.words:
            return "NOT RUN: no test fits these words"
        return "passed" if code == pytest.ExitCode.OK else f"FAILED (pytest ended with {code})"


def results(words: list[str]) -> Iterator[tuple[str, str]]:
    """Run everything; yield the name of each part and how it went."""
    # Foreign clients are installed while the checks run; the tests that need them wait for it.
    clients = subprocess.Popen(
        [sys.executable, machine.ROOT / "start", "clients"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    failed = failed_checks()
    yield "checks", f"FAILED: {', '.join(failed)}" if failed else "passed"
    reason = machine.lack_of("postgresql")
    with tempfile.TemporaryFile("w+") as output:
        second = None if reason else Round(words, output, DATABASE_URL=machine.POSTGRESQL_URL)
        print(
            f"\n== tests, on SQLite{'' if reason else '; those that depend on the database run beside it on PostgreSQL'}",
            flush=True,
        )
        yield "tests on SQLite", Round(words).result()
        print("\n== tests that depend on the database, on PostgreSQL", flush=True)
        yield "tests on PostgreSQL", second.result() if second else f"NOT RUN: {reason}"
    clients.wait()
    for thing, tests in {"redis": "tests with Redis", "chromium": "tests in a browser", **machine.CLIENTS}.items():
        if reason := machine.lack_of(thing):
            yield tests, f"NOT RUN: {reason}"


def main(words: list[str]) -> int:
    """Return 0 when all that was run passed."""
    began = time.monotonic()
    refuse_to_leave_out()
    if "--long" in words:
        words.remove("--long")
        os.environ["STAGEWARD_LONG"] = "1"
    outcome = list(results(words))
    print(f"\n== all of it, in {time.monotonic() - began:.0f} s")
    for name, result in outcome:
        print(f"{name + ' ':.<24} {result}")
    if "STAGEWARD_LONG" not in os.environ:
        print(f"{'long tests ':.<24} NOT RUN in full: ./start test --long repeats races and kills more often")
    return int(any(result.startswith("FAILED") for _, result in outcome))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Stopped. What was running has not finished, so nothing can be said of it.")
