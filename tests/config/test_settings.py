"""What the environment says is what the application does."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.processes import ROOT

SHOW = "import json; from config.settings import DATABASES; print(json.dumps(DATABASES['default']['OPTIONS']))"
URL = "postgres://stageward:secret@db/stageward"


@pytest.mark.parametrize(
    ("behind", "told"),
    [
        ("", {}),
        ("?sslmode=verify-full", {"sslmode": "verify-full"}),
        ("?server_side_binding=0&connect_timeout=3", {"server_side_binding": 0, "connect_timeout": 3}),
    ],
)
def test_what_stands_behind_the_address_of_postgresql_comes_first(
    plain_environment: Callable[[], dict[str, str]], behind: str, told: dict[str, Any]
):
    keys = {"SECRET_KEY": "s" * 40, "SEAL_KEY": "k" * 40}
    environment = {**plain_environment(), **keys, "DATABASE_URL": URL + behind}
    shown = subprocess.run([sys.executable, "-c", SHOW], cwd=ROOT, env=environment, capture_output=True, check=True, text=True)
    pool = {"min_size": 1, "max_size": 6, "timeout": 10}
    assert json.loads(shown.stdout) == {"pool": pool, "server_side_binding": True, "prepare_threshold": 5} | told
