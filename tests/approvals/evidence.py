"""Packs for the tests: made, unpacked, checked as an auditor would, and forged."""

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from accounts.models import User
from approvals.export.pack import evidence_pack, find_recorded_version
from registry.models import ModelVersion
from tests.cast import Team, caller

Lines = list[Any]


def pack(team: Team, version: ModelVersion, by: User | None = None) -> bytes:
    """The ZIP, made for the viewer unless said."""
    person = by or team.viewer
    found = find_recorded_version(person, team.workspace.slug, version.model.name, version.number)
    return b"".join(evidence_pack(found, caller(person)))


def unpacked(team: Team, version: ModelVersion, folder: Path) -> Path:
    """A folder with what the ZIP holds."""
    with ZipFile(io.BytesIO(pack(team, version))) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder


def verify(folder: Path, *options: str, python: tuple[str, ...] = ("-I",)) -> tuple[int, str]:
    """Run the pack's own program as README.txt says: the exit code, and what it said."""
    done = subprocess.run(
        [sys.executable, *python, str(folder / "verify.py"), *options], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def document(folder: Path, name: str) -> Any:
    """A file that holds JSON."""
    return json.loads((folder / name).read_text())


def lines(folder: Path) -> Lines:
    """The lines of the log."""
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def forge(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    """Change a JSON file, or the lines of the log, and write a manifest that agrees: what a careful forger without the key can do."""
    path = folder / name
    told = change(lines(folder) if name == "log.jsonl" else document(folder, name))
    path.write_text("".join(json.dumps(line) + "\n" for line in told) if name == "log.jsonl" else json.dumps(told))
    manifest = document(folder, "manifest.json")
    manifest["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def findings(folder: Path, *options: str) -> list[str]:
    """What is found besides that the manifest is not signed: `-S` leaves out the package that checks signatures."""
    code, said = verify(folder, *options, python=("-I", "-S"))
    wrong = [line.removeprefix("WRONG  ") for line in said.splitlines() if line.startswith("WRONG")]
    assert code == int(bool(wrong)), said
    return wrong
