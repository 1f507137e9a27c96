"""A team and its tokens on a live server, and the Python of a foreign client's environment."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from tests import machine
from tests.api.conftest import token_of
from tests.cast import Team, make_team
from tests.docs.blocks import blocks

DOCS = machine.ROOT / "docs"
ENVIRONMENT = {
    "mlflow": {
        "MLFLOW_ALLOW_FILE_STORE": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # a fault of ours shows at once
        "GIT_PYTHON_REFRESH": "quiet",
    }
}


@pytest.fixture
def team(django_db_reset_sequences: None) -> Team:
    """Made with the ids of an empty database, because clients are told the numbers of requests."""
    return make_team()


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., Any]:
    """`script("mlflow", "scenario.py", …)`: what a script of that client's folder prints last; not run where it cannot be had."""

    def run(client: str, name: str, *words: str, given: str = "") -> Any:
        machine.need(client)
        done = subprocess.run(
            [machine.python_of(client), Path(__file__).parent / client / name, *words],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **ENVIRONMENT.get(client, {})},
            input=given,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture
def scenario(live_server: LiveServer, team: Team, tmp_path: Path, script: Callable[..., Any]) -> Callable[[str], dict[str, Any]]:
    """`scenario("mlflow")`: what came of each step of that client's `scenario.py`; not run, and it says so, where it cannot be had."""

    def run(client: str) -> dict[str, Any]:
        (tmp_path / "documented.py").write_text(
            "".join(block.text for block in blocks(DOCS / f"from-{client}.md") if block.language == "python")
        )
        tokens = [token_of(user) for user in (team.engineer, team.reviewer, team.admin)]
        return dict(script(client, "scenario.py", live_server.url, *tokens))

    return run
