"""The benchmarks run, and measure what they say: figures of a quick run mean nothing and are not looked at."""

import subprocess
import sys

import pytest

from tests import machine
from tests.processes import ROOT


@pytest.fixture(scope="module")
def said() -> str:
    command = [sys.executable, "-m", "bench", "--quick", "--only", "sqlite"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(said: str, heading: str) -> dict[str, list[str]]:
    """The rows of the table whose first columns have these names."""
    table = next(part for part in said.split("\n\n") if [cell.strip() for cell in part.split("|")[1:3]] == heading.split(", "))
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    return {name: cells for name, *cells in lines}


def test_the_benchmarks_measure_every_case_and_every_list(said: str):
    assert list(rows(said, "case, req/s")) == [
        "read a version",
        "list 50 of 1,000 versions",
        "list 50 of 2,000 versions",
        "find by stage in 2,000 versions",
        "request + approve",
    ]
    assert len(rows(said, "list, 100 ms")) == 29


def test_the_plain_views_ask_the_same_of_the_database(said: str):
    assert {name: difference for name, (_, _, difference) in rows(said, "case, statements").items() if difference != "none"} == {}


def test_the_bench_of_how_the_outside_is_told_runs():
    command = [sys.executable, "-m", "bench.outbox", "--quick", "--only", "sqlite"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    ((arrived, *_),) = rows(done.stdout, "changes a second, arrived").values()
    assert arrived == "50 of 50"
    assert "300" in rows(done.stdout, "lines drained, a second")


@pytest.mark.long
def test_the_bench_beside_mlflows_own_server_runs():
    machine.need("mlflow-server")
    command = [sys.executable, "-m", "bench.mlflow", "--quick", "--only", "sqlite"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    assert list(rows(done.stdout, "call, Stageward req/s")) == [
        "get a model", "create a version", "transition", "search by name among 200",
    ]  # fmt: skip
