"""What this machine offers to the tests beyond Python: PostgreSQL, Redis and a browser.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` say where to look. What is missing is skipped with its reason, or is an error where
`STAGEWARD_REQUIRE` (e.g. `postgresql,redis,chromium`) names it.
"""

import os
import shutil
from collections.abc import Callable
from ctypes.util import find_library
from functools import cache

import psycopg
import pytest
import redis

POSTGRESQL_URL = os.environ.get("TEST_DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
REDIS_URL = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/15"
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


PROBES: dict[str, Callable[[], str]] = {"postgresql": no_postgresql, "redis": no_redis, "chromium": no_chromium}


@cache
def lack_of(thing: str) -> str:
    """Return why `postgresql`, `redis` or `chromium` cannot be used; an empty string when it can."""
    return PROBES[thing]()


def need(thing: str) -> None:
    """Skip the running test, with the reason, when the thing is missing; fail it when the thing is required."""
    if reason := lack_of(thing):
        (pytest.fail if thing in REQUIRED else pytest.skip)(reason)
