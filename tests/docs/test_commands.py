"""Every command of the documentation, in the order of its page, with the answers that the page shows."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests import machine
from tests.docs import containers
from tests.docs.blocks import ROOT, RUN, Block, blocks, differences
from tests.processes import Program, running

END = "=== end of block"
DEMO = "./start\n"  # the block that starts Stageward with the demo; one copy serves all pages that have it
TESTS = "./start test\n"  # running this


@pytest.fixture(scope="module")
def demo(
    plain_environment: Callable[[], dict[str, str]], free_port: Callable[[], int]
) -> Iterator[tuple[Program, dict[str, str], int]]:
    """Stageward as `./start` runs it on a new machine: the process, its environment, its port."""
    environment, port = plain_environment(), free_port()
    with running([str(ROOT / "start"), "--port", str(port)], environment) as program:
        program.wait_for("Ctrl-C stops it", seconds=300)
        yield program, environment, port


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like the checkout, in which commands may leave files."""
    if not shutil.which("curl"):
        pytest.skip("no curl on this machine")
    folder = tmp_path / "stageward"
    folder.mkdir()
    for name in ("start", "manage.py"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(sys.prefix)
    shutil.copy(ROOT / ".env.example", folder)
    return folder


@pytest.fixture
def checkout_with_client(checkout: Path) -> Path:
    """The same, with an environment into which pip seems to install the client: nothing is fetched, and nobody's environment changes."""
    (checkout / "client").symlink_to(ROOT / "client")
    (checkout / ".venv").unlink()
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    here = f"PYTHONPATH={ROOT / 'client'} exec {sys.executable}"
    for name, does in {
        "python": f'{here} "$@"',
        "stageward": f'{here} -m stageward "$@"',
        "pip": '[ "$*" = "install --quiet ./client" ]',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    return checkout


@pytest.fixture
def database_of_containers() -> Iterator[str]:
    """A database of its own in PostgreSQL, for the commands that run in containers."""
    machine.need("postgresql")
    name = f"docs_{os.getpid()}"
    with psycopg.connect(machine.POSTGRESQL_URL, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield machine.POSTGRESQL_URL.rsplit("/", 1)[0] + f"/{name}"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def docker_client(tmp_path: Path) -> Path:
    """A folder with a `docker` that runs `tests.docs.containers`."""
    client = tmp_path / "bin" / "docker"
    client.parent.mkdir()
    client.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(containers.__file__)} "$@"\n')
    client.chmod(0o755)
    return client.parent


def script(shown: list[Block], port: int) -> str:
    """Return commands as one script that says where each block ends; a server other than the demo's runs on behind it."""
    parts = ["set -euo pipefail", "exec 2> errors.log", "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT"]
    for block in shown:
        if block.language == "bash" and block.text not in (DEMO, TESTS):
            parts.append(_behind(block, port) if block.server else block.text)
        if block.language == "python":  # each block is a program of its own, as when somebody pastes it into a file
            parts.append(f".venv/bin/python - <<'END OF PROGRAM'\n{block.text}END OF PROGRAM")
        if block.language in RUN:
            parts.append(f"echo; echo '{END}'")
    return "\n".join(parts)


def _behind(block: Block, port: int) -> str:
    """A server, started on a free port, and a wait until it answers."""
    command = block.text.replace("./start", f"exec ./start --port {port}").strip()
    answers = f"curl --silent --fail --output /dev/null http://127.0.0.1:{port}/healthz"
    return f"( {command} ) > server.log 2>&1 &\nuntil {answers}; do sleep 0.2; done"


def wrong_answers(page: Path, environment: dict[str, str], folder: Path, port: int) -> dict[str, list[str]]:
    """Run a page in a folder; return where its commands said something else than it shows."""
    shown = blocks(page)
    text = script(shown, port).replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("/srv/", f"{folder.parent}/srv/")
    with running(["bash", "-c", f"cd {folder}\n{text}"], environment) as program:
        program.process.wait(400)
        program.reader.join()
    assert program.process.returncode == 0, "\n".join([program.said, *(log.read_text() for log in folder.glob("*.log"))])
    said = iter(program.said.split(END))
    answers = [(block, next(said) if block.language in RUN else "") for block in shown]
    return {
        f"{page.name}:{block.line}": found
        for (before, answer), (block, _) in pairwise(answers)
        if block.language in ("json", "text") and before.language in RUN and (found := differences(block, answer))
    }


def test_the_readme_starts_the_demo_and_the_terminal_shows_its_accounts(demo):
    program, _, port = demo
    assert [block.text for block in blocks(ROOT / "README.md")][:2] == [DEMO, TESTS]
    assert f"Stageward is running at http://127.0.0.1:{port}\n" in program.said
    assert "Sign in with the password stageward-demo as\n" in program.said
    assert "\n  engineer " in program.said
    assert "\n  reviewer " in program.said


@pytest.mark.parametrize("name", ["first-hour.md", "api.md", "evidence.md"])
def test_the_commands_for_the_demo_say_what_is_shown(name, demo, checkout):
    _, environment, port = demo
    assert wrong_answers(ROOT / "docs" / name, environment, checkout, port) == {}


@pytest.mark.parametrize("name", ["README.md", "docs/client.md", "docs/from-chariot.md", "docs/from-verta.md"])
def test_the_commands_and_programs_for_the_client_say_what_is_shown(name, demo, checkout_with_client, tmp_path):
    _, environment, port = demo
    at_home = {**environment, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    assert wrong_answers(ROOT / name, at_home, checkout_with_client, port) == {}


def test_the_commands_for_an_installation_say_what_is_shown(
    checkout, plain_environment, free_port, database_of_containers, docker_client, tmp_path
):
    environment = plain_environment()
    environment |= {
        "CONTAINERS_DATABASE_URL": database_of_containers,
        "PATH": f"{docker_client}:{environment['PATH']}",
    }
    (tmp_path / "srv").mkdir()
    assert wrong_answers(ROOT / "docs" / "operating.md", environment, checkout, free_port()) == {}
