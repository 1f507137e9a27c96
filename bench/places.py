"""Databases of the benchmarks' own, and the environment that programs find them in."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from bench.world import World
from tests.machine import POSTGRESQL_URL
from tests.processes import ROOT

VENDORS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass
class Place:
    """A database with a world in it."""

    vendor: str
    url: str
    folder: Path
    workers: int = 2
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(64))

    def environment(self, **more: str) -> dict[str, str]:
        """What a program has to know to work here. The rate limit counts as it always does, up to more than can be reached."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        return {
            **kept,
            "STAGEWARD_DATA": str(self.folder),
            "DATABASE_URL": self.url,
            "SECRET_KEY": self.secret,
            "SEAL_KEY": self.secret,
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "ALLOWED_HOSTS": "127.0.0.1,testserver",
            "API_RATE": "1000000/s",
            "WEB_WORKERS": str(self.workers),
            "LOG_LEVEL": "ERROR",
            **more,
        }

    def python(self, *words: str, told: Any = None, **more: str) -> Any:
        """Run a module here; return what it prints, as JSON where it prints something. Raises CalledProcessError."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment(**more),
            input=json.dumps(told),
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        return json.loads(done.stdout) if done.stdout.strip() else None

    def fill(self, versions: int, models: int) -> World:
        """Fill the empty tables with a world."""
        return World(**self.python("-m", "bench.world", str(versions), str(models)))


@contextmanager
def places(vendor: str, folder: Path, *labels: str) -> Iterator[list[Place]]:
    """Databases with empty tables, migrated once and copied; gone afterwards."""
    with ours(vendor, folder, "template") as template, ours(vendor, folder, *labels) as copies:
        (original,) = template
        (folder / "static").mkdir(exist_ok=True)
        original.python("-m", "bench.world")
        for copy in copies:
            _copy(original, copy)
        yield copies


@contextmanager
def ours(vendor: str, folder: Path, *labels: str) -> Iterator[list[Place]]:
    """Places by these names, removed afterwards."""
    if vendor == "sqlite":
        yield [Place(vendor, f"sqlite:///{folder}/{label}.sqlite3", folder) for label in labels]
        return
    base = POSTGRESQL_URL.rpartition("/")[0]
    names = [f"stageward_bench_{os.getpid()}_{label}" for label in labels]
    try:
        if "template" in labels:
            _administer(SQL("CREATE DATABASE {}").format(Identifier(names[0])))
        yield [Place(vendor, f"{base}/{name}", folder) for name in names]
    finally:
        for name in names:
            _administer(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _copy(original: Place, copy: Place) -> None:
    if original.vendor == "sqlite":
        shutil.copy(original.url.removeprefix("sqlite:///"), copy.url.removeprefix("sqlite:///"))
    else:
        old, new = (Identifier(place.url.rpartition("/")[2]) for place in (original, copy))
        _administer(SQL("CREATE DATABASE {} TEMPLATE {}").format(new, old))


def _administer(statement: Any) -> None:
    with psycopg.connect(POSTGRESQL_URL, autocommit=True) as connection:
        connection.execute(statement)
