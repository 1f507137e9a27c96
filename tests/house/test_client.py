"""The client is a distribution of its own: it knows nothing of the server, needs httpx alone, and runs on Python 3.9."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from stageward.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
CLIENT = sorted((ROOT / "client" / "stageward").rglob("*.py"))
APPS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in ("tests", "bench"))
PROJECT = tomllib.loads((ROOT / "client" / "pyproject.toml").read_text())["project"]


def imported(path: Path) -> Iterator[str]:
    """The packages that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).partition(".")[0]


def test_the_client_imports_the_standard_library_httpx_and_itself():
    allowed = {*sys.stdlib_module_names, "httpx", "stageward"}
    assert {path.name: names for path in CLIENT if (names := set(imported(path)) - allowed)} == {}
    assert len(CLIENT) > 10


def test_the_server_does_not_import_the_client():
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    assert [path for path in files if "stageward" in imported(path)] == []
    assert "registry" in APPS


def test_the_client_is_written_for_python_3_9():
    for path in CLIENT:
        source = path.read_text()
        ast.parse(source, feature_version=(3, 9))
        tree = ast.parse(source)
        delayed = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
        assert delayed or not any(isinstance(node, ast.FunctionDef) for node in ast.walk(tree)), path


def test_what_is_installed_says_the_same_as_the_code():
    assert (PROJECT["name"], PROJECT["version"], PROJECT["requires-python"]) == ("stageward", VERSION, ">=3.9")
    assert PROJECT["dependencies"] == ["httpx >=0.24,<1"]
    assert (ROOT / "client" / "stageward" / "py.typed").exists()


@pytest.mark.long
def test_the_client_builds_and_what_is_built_runs_alone(tmp_path):
    """With pip, which fetches the build backend; what is built is then used without the checkout."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-deps", "--target", tmp_path, ROOT / "client"], check=True)
    assert {"stageward/py.typed", "stageward/cli/__init__.py", "stageward/chariot/models.py"} <= {
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")
    }
    done = subprocess.run(
        [tmp_path / "bin" / "stageward", "--version"],
        env={"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"stageward {VERSION}\n"
