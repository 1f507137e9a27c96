"""Moving in by the command line, with a web server and a worker that are real processes: progress, ends, and `kill -9` half-way."""

import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stageward import Client
from stageward.cli.exits import FAILED, LATER, NOT_ALLOWED, OK, USAGE
from tests.crash.installation import Installation, installed
from tests.docs.blocks import blocks, matches
from tests.moving.registry import BORN, Registry, registry
from tests.processes import ROOT

DOCS = ROOT / "docs"
MODELS, VERSIONS = 5, 40


@pytest.fixture(scope="module")
def installation(plain_environment: Callable[[], dict[str, str]], free_port: Callable[[], int]) -> Iterator[Installation]:
    environment = {**plain_environment(), "IMPORT_ALLOWED_HOSTS": "127.0.0.1"}
    with installed(environment, free_port(), "web", "worker") as running:
        yield running


@pytest.fixture
def upstream() -> Iterator[Registry]:
    with registry() as server:
        yield server


@pytest.fixture
def admin(installation: Installation) -> Iterator[Client]:
    with Client(f"http://127.0.0.1:{installation.port}", installation.tokens["admin"]) as client:
        yield client


def stageward(installation: Installation, *words: str, who: str = "admin", **environment: str) -> "subprocess.Popen[str]":
    """The command, in a process of its own."""
    host = f"http://127.0.0.1:{installation.port}"
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "client"), "STAGEWARD_HOST": host}
    return subprocess.Popen(
        [sys.executable, "-m", "stageward", *words],
        env={**own, "STAGEWARD_TOKEN": installation.tokens[who], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(command: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, error = command.communicate(timeout=180)
    return command.returncode, out, error


def let_the_lease_pass(installation: Installation) -> None:
    """What five minutes do: who was killed has the import no more."""
    path = Path(installation.environment["STAGEWARD_DATA"]) / "stageward.sqlite3"
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        database.execute("UPDATE imports_import SET leased_until = created_at WHERE leased_until IS NOT NULL")


def test_killed_half_way_and_run_again_nothing_is_doubled_and_nothing_lost(
    installation: Installation, upstream: Registry, admin: Client
):
    for number in range(MODELS):
        upstream.model(f"model {number}", *(["None", "Staging", "Production", "Archived"] * (VERSIONS // 4)))
    command = stageward(installation, "import", "mlflow", upstream.url)
    for share in (10, 60):
        deadline = time.monotonic() + 120
        while not (admin.imports and admin.imports[0].done >= share):
            assert time.monotonic() < deadline, installation.processes["worker"].said
            time.sleep(0.02)
        installation.kill("worker")
        let_the_lease_pass(installation)
        installation.start("worker")
    code, out, error = ended(command)
    assert code == OK, error
    assert out.splitlines()[-1] == (
        f"Import {admin.imports[0].id} from {upstream.url}: done: 5 new models, 200 new versions, 150 stages held."
    )
    found = installation.inside("audit")
    assert found["findings"] == []
    models = [model for model in admin.registered_models if model.name.startswith("model")]
    assert {model.name: len(model.versions) for model in models} == {f"model {number}": VERSIONS for number in range(MODELS)}
    assert Counter(line.split()[1] for line in found["lines"]) == {
        "model_version.imported": 200, "model_version.stage_imported": 150,
    }  # fmt: skip
    code, out, _ = ended(stageward(installation, "import", "mlflow", upstream.url, "--json"))
    assert (code, '"unchanged": 200' in out, '"versions"' in out) == (OK, True, False)


ENDS = {
    "wrong credentials": (["mlflow", "{url}"], "engineer's", FAILED, "does not take these credentials (401)."),
    "nobody there": (["mlflow", "http://127.0.0.1:9"], "", LATER, "does not answer"),
    "not allowed": (["mlflow", "http://10.0.0.7:5000"], "", FAILED, "IMPORT_ALLOWED_HOSTS"),
    "no address": (["mlflow"], "", USAGE, "Where is it? Say: stageward import mlflow https://…, or set MLFLOW_TRACKING_URI."),
    "no token": (["databricks", "{url}"], "", FAILED, "Databricks lets nobody read without a token."),
    "no sense": (["mlflow", "{url}", "--stage", "canary"], "", USAGE, "write canary=staging"),
}


@pytest.mark.parametrize("which", ENDS)
def test_how_it_ends_is_for_pipelines_to_branch_on(which: str, installation: Installation, upstream: Registry):
    words, token, expected, sentence = ENDS[which]
    if token:
        upstream.instead = lambda handler, path: handler.say(401, {}) or True
    words = [word.format(url=upstream.url) for word in words]
    environment = {"MLFLOW_TRACKING_TOKEN": token} if token else {}
    code, out, error = ended(stageward(installation, "import", *words, **environment))
    assert (code, sentence in out + error) == (expected, True), out + error


def test_imports_are_for_admins(installation: Installation, upstream: Registry):
    code, _, error = ended(stageward(installation, "import", "mlflow", upstream.url, who="engineer"))
    assert (code, error.startswith("stageward: ")) == (NOT_ALLOWED, True)


def test_a_name_and_a_password_go_before_a_token_as_with_mlflow(installation: Installation, upstream: Registry):
    told = {"MLFLOW_TRACKING_URI": upstream.url, "MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_TOKEN": "t"}
    assert ended(stageward(installation, "import", "mlflow", **told))[0] == OK
    assert ended(stageward(installation, "import", "mlflow", MLFLOW_TRACKING_PASSWORD="p", **told))[0] == OK
    assert [credentials for _, credentials in upstream.asked] == ["Bearer t", "Basic bWU6cA=="]


def test_what_is_this_machine_for_one_is_none_for_a_server_elsewhere(installation: Installation):
    words = ("import", "mlflow", "http://localhost:5000", "--host", "https://stageward.example.org")
    code, _, error = ended(stageward(installation, *words))
    assert (code, error.startswith("stageward: localhost is this machine here, and another one to https://stageward.example.org")) == (
        USAGE, True,
    )  # fmt: skip


def test_the_documentation_shows_what_is_said(installation: Installation, upstream: Registry):
    (shown,) = [block.text for block in blocks(DOCS / "from-mlflow.md") if block.text.startswith("stageward import")]
    command, _, said = shown.partition("\n")
    aliases = [{"alias": "champion", "version": "2"}]
    upstream.model("documented", "Archived", "Production", "Staging", "None", born=BORN - 1, aliases=aliases)
    code, out, error = ended(stageward(installation, *command.split()[1:3], upstream.url))
    assert code == OK, error
    assert matches(said, out.replace(upstream.url, "https://mlflow.example.org"))


def test_databricks_is_found_as_its_own_client_finds_it(installation: Installation, upstream: Registry):
    upstream.model("spam", "Staging")
    told = {"DATABRICKS_HOST": upstream.url, "DATABRICKS_TOKEN": "dapi1"}
    code, out, _ = ended(stageward(installation, "import", "databricks", **told))
    assert (code, "done: 1 new model, 1 new version, 1 stage held." in out) == (OK, True)
    assert {credentials for _, credentials in upstream.asked} == {"Bearer dapi1"}
