"""MLflow's own server, filled by its own client, moves in: all that it has, twice, and again after it changed."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from approvals.models import StageChangeRequest
from registry.models import Alias, ModelVersion, RegisteredModel, Tag
from tests import machine
from tests.log import findings
from tests.moving.conftest import Bring, bring, said, team  # noqa: F401 - fixtures
from tests.moving.test_import import NO_HISTORY, versions
from tests.processes import running, wait_for_status

pytestmark = [pytest.mark.django_db, pytest.mark.client, pytest.mark.long]
FILL = Path(__file__).parent / "mlflow-server" / "fill.py"


@pytest.fixture
def mlflow(tmp_path: Path, settings: Any, free_port: Callable[[], int]) -> Iterator[str]:
    """The address of a server with the registry of a team in it."""
    machine.need("mlflow-server")
    settings.IMPORT_ALLOWED_HOSTS = ["127.0.0.1"]
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_PYTHON_REFRESH": "quiet",
    }
    python = machine.python_of("mlflow-server")
    store = ["--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db", "--default-artifact-root", str(tmp_path / "artifacts")]
    serve = [str(python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", *store]
    with running(serve, environment):
        wait_for_status(port, "/health", 200, seconds=180)
        fill(f"http://127.0.0.1:{port}", "begin", environment)
        yield f"http://127.0.0.1:{port}"


def fill(address: str, what: str, environment: dict[str, str] | None = None) -> None:
    command = [str(machine.python_of("mlflow-server")), str(FILL), address, what]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_a_real_server_moves_in(mlflow: str, bring: Bring):  # noqa: F811 - a fixture
    run = bring(mlflow)
    assert (run.status, run.error) == ("done", "")
    assert run.counts == {
        "models": 4, "versions": 6, "stages": 3, "aliases": 2, "events": 6, "new_events": 6, "gone": 0, "skipped": 0,
    }  # fmt: skip
    assert said(run) == [NO_HISTORY]
    assert versions("fraud") == [(1, "v1", "archived"), (3, "v3", "production"), (4, "v4", "staging"), (5, "v5", "unassigned")]
    assert versions("it's") == [(1, "v1", "unassigned")]
    copy = ModelVersion.objects.get(model__name="fraud copy")
    assert (copy.artifact_uri, copy.attributes) == (
        "s3://bucket/fraud/3",
        {"mlflow.run_id": "run3", "mlflow.source": "models:/fraud/3"},
    )
    assert RegisteredModel.objects.filter(name="nothing yet").exists()
    assert dict(Alias.objects.values_list("name", "version__number")) == {"champion": 3, "challenger": 4}
    assert Tag.objects.get(model__name="fraud", version=None).value == "risk"
    assert bring(mlflow).counts == {"unchanged": 6, "events": 6, "new_events": 0, "gone": 0, "skipped": 0}
    fill(mlflow, "change")
    later = bring(mlflow)
    assert later.counts == {
        "versions": 1, "requests": 2, "unchanged": 5, "events": 7, "new_events": 1, "gone": 0, "skipped": 0,
    }  # fmt: skip
    asked = StageChangeRequest.objects.order_by("pk").values_list("version__number", "to_stage__key", "status")
    assert list(asked) == [(4, "production", "pending"), (6, "staging", "pending")]
    assert findings() == []
