"""What this machine offers to the tests beyond Python: PostgreSQL, Redis, a browser, and the clients of other systems.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` say where to look. What is missing is skipped with its reason, or is an error where
`STAGEWARD_REQUIRE` (e.g. `postgresql,redis,chromium`) names it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from ctypes.util import find_library
from functools import cache, partial
from pathlib import Path

import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parent.parent
POSTGRESQL_URL = os.environ.get("TEST_DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
REDIS_URL = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/15"
PROGRAMS = {"browser", "client", "crash", "docs", "foreign", "house", "races"}  # folders of tests that mostly wait
REQUIRED = frozenset(filter(None, os.environ.get("STAGEWARD_REQUIRE", "").split(",")))


def no_postgresql() -> str:
    """Return why PostgreSQL cannot be used; an empty string when it can."""
    try:
        psycopg.connect(POSTGRESQL_URL, connect_timeout=3).close()
    except psycopg.Error as error:
        return f"no PostgreSQL at TEST_DATABASE_URL ({str(error).splitlines()[0]})"
    return ""


def no_redis() -> str:
    """Return why Redis cannot be used."""
    try:
        with redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return f"no Redis at TEST_REDIS_URL ({error})"
    return ""


def no_chromium() -> str:
    """Return why no browser can be driven."""
    if not shutil.which("chromium"):
        return "no chromium on this machine (apt-get install chromium libatomic1)"
    return "" if find_library("atomic") else "no libatomic1, which the browser's driver needs (apt-get install libatomic1)"


def python_of(client: str) -> Path:
    """The Python that has a foreign client's packages."""
    return ROOT / ".venvs" / client / "bin" / "python"


def no_client(client: str) -> str:
    """Return why a foreign client cannot be run; it is installed here, when it was not before."""
    install = [sys.executable, str(ROOT / "start"), "clients", client]
    if subprocess.run(install, check=False, capture_output=True).returncode:
        return f"the packages of {client} could not be installed (./start clients says why)"
    return ""


LARGE = ("mlflow-server",)  # installed by the long tests that need them
CLIENTS = {
    "mlflow": "tests with MLflow's client",
    "databricks": "tests with the SDK of Databricks",
    "gto": "tests with the real gto",
    "arthur": "tests with Arthur's SDK",
}
PROBES: dict[str, Callable[[], str]] = {
    "postgresql": no_postgresql,
    "redis": no_redis,
    "chromium": no_chromium,
    **{client: partial(no_client, client) for client in (*CLIENTS, *LARGE)},
}


@cache
def lack_of(thing: str) -> str:
    """Return why `postgresql`, `redis`, `chromium` or a client cannot be used; an empty string when it can."""
    return PROBES[thing]()


def need(thing: str) -> None:
    """Skip the running test, with the reason, when the thing is missing; fail it when the thing is required."""
    if reason := lack_of(thing):
        (pytest.fail if thing in REQUIRED else pytest.skip)(reason)
