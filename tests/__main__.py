"""Run every check and every test, and say at the end what was run and what could not be: `./start test`."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import machine


def refuse_to_leave_out() -> None:
    """Exit when something that `STAGEWARD_REQUIRE` names is missing."""
    if unknown := machine.REQUIRED - machine.PROBES.keys():
        sys.exit(
            f"STAGEWARD_REQUIRE names {', '.join(sorted(unknown))}; it may name {', '.join(machine.PROBES)}. No test was run."
        )
    if missing := [reason for thing in sorted(machine.REQUIRED) if (reason := machine.lack_of(thing))]:
        sys.exit(f"STAGEWARD_REQUIRE is not met: {'; '.join(missing)}. No test was run.")


class Run:
    """One command in a process of its own: they share nothing, so they run side by side, which uses the pauses of each."""

    def __init__(self, *command: str | Path, to_file: bool = True, **environment: str) -> None:
        cleared = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
        self.output = tempfile.TemporaryFile("w+") if to_file else None  # noqa: SIM115 - closed with the result
        self.process = subprocess.Popen(
            [sys.executable, *command],
            env={**cleared, **environment},
            stdout=self.output,
            stderr=subprocess.STDOUT if to_file else None,
        )

    def result(self) -> str:
        """Wait for its end; show what it said, where it said it into a file; return how it went."""
        code = self.process.wait()
        if self.output:
            self.output.seek(0)
            shutil.copyfileobj(self.output, sys.stdout)
            self.output.close()
        if code == pytest.ExitCode.NO_TESTS_COLLECTED:
            return "NOT RUN: no test fits these words"
        return "passed" if code == pytest.ExitCode.OK else f"FAILED (ended with {code})"


def results(words: list[str]) -> Iterator[tuple[str, str]]:
    """Run everything; yield the name of each part and how it went."""
    # The tests that need a foreign client wait for it.
    clients = Run(machine.ROOT / "start", "clients")
    reason = machine.lack_of("postgresql")
    folders = [str(machine.ROOT / "tests" / name) for name in sorted(machine.PROGRAMS)]
    plain, programs = ("-m", "pytest", *words, "--part=plain"), ("-m", "pytest", *(words or folders), "--part=programs")
    print("\n== tests on SQLite; beside them the checks, the tests that start programs, and those on PostgreSQL", flush=True)
    runs = {
        "tests on SQLite": Run(*plain, to_file=False),
        "checks": Run("-m", "tests.checks"),
        "programs, on SQLite": Run(*programs),
    }
    if not reason:
        runs["tests on PostgreSQL"] = Run(*plain, DATABASE_URL=machine.POSTGRESQL_URL)
        runs["programs, on PostgreSQL"] = Run(*programs, DATABASE_URL=machine.POSTGRESQL_URL)
    for name, run in runs.items():
        if run.output:
            print(f"\n== {name}", flush=True)
        yield name, run.result()
    if reason:
        yield "tests on PostgreSQL", f"NOT RUN: {reason}"
    clients.process.wait()
    for thing, described in {"redis": "tests with Redis", "chromium": "tests in a browser", **machine.CLIENTS}.items():
        if reason := machine.lack_of(thing):
            yield described, f"NOT RUN: {reason}"


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
