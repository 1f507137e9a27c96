"""What every test may ask for, and what it gets without asking."""

import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations

from activity import clock
from activity.prepared import Prepared
from activity.triggers import create_triggers, drop_triggers
from tests import machine

LONG = os.environ.get("STAGEWARD_LONG") == "1"
ENOUGH = 50
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback", "live_server"}

# Playwright's synchronous interface runs an event loop, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `./start test` run what mostly waits beside the rest."""
    parser.addoption(
        "--part", choices=("plain", "programs"), help="the tests that start programs or wait for each other, or all the others"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the part that was asked for; on PostgreSQL, what SQLite's run has not shown already."""
    part, postgresql = config.getoption("part"), connection.vendor == "postgresql"
    kept = [
        item
        for item in items
        if part in (None, "programs" if _starts_programs(item) else "plain")
        and (not postgresql or _depends_on_the_database(item))
    ]
    known = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in known])
    items[:] = kept


def _starts_programs(item: pytest.Item) -> bool:
    return item.path.relative_to(Path(__file__).parent).parts[0] in machine.PROGRAMS


def _depends_on_the_database(item: pytest.Item) -> bool:
    """Not in a browser, not with a client, not `once`, not without a database."""
    if item.get_closest_marker("postgresql"):
        return True
    uses = item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
    return bool(uses) and not any(item.get_closest_marker(marker) for marker in ("browser", "client", "once"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, with the reason, what this machine or this run cannot do."""
    if item.get_closest_marker("postgresql"):
        machine.need("postgresql")
        if connection.vendor != "postgresql":
            pytest.skip("runs against PostgreSQL: ./start test does so in its second round")
    if item.get_closest_marker("redis"):
        machine.need("redis")
    if item.get_closest_marker("browser"):
        machine.need("chromium")
    if item.get_closest_marker("long") and not LONG:
        pytest.skip("runs in ./start test --long")


@pytest.fixture(scope="session")
def rounds() -> Callable[[int, int], int]:
    """`rounds(40, 200)`: how often to repeat, 40 times, or 200 times in `./start test --long`."""
    return lambda usual, long: long if LONG else usual


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Let no test inherit another one's rate limits."""
    cache.clear()


@pytest.fixture(autouse=True)
def _own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test inherit how far another one, which travelled, found the database's clock ahead."""
    monkeypatch.setattr(clock, "_ahead", timedelta())


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """`free_port()`: a port nobody listens on."""

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return find


@pytest.fixture(scope="session")
def plain_environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], dict[str, str]]:
    """`plain_environment()`: what a person starts Stageward with, none of the tests' own settings and an empty data folder."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG") or name.startswith("PIP_")}
    return lambda: {**kept, "STAGEWARD_DATA": str(tmp_path_factory.mktemp("data"))}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Drive Debian's Chromium, and keep it from calling home."""
    quiet = ("disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", *(f"--{name}" for name in quiet)]
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": arguments}


@pytest.fixture(scope="session", autouse=True)
def _flush_in_spite_of_triggers() -> Iterator[None]:
    """Let a transactional test be cleaned up: the guards are lifted for its flush alone, inside that one transaction."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def flush_without_triggers(operations: BaseDatabaseOperations, sql_list: Any) -> None:
        with transaction.atomic(using=operations.connection.alias):
            drop_triggers(operations.connection)
            flush(operations, sql_list)
            create_triggers(operations.connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush_without_triggers)
        yield


@pytest.fixture(scope="session", autouse=True)
def _prepared_as_written_anew() -> Iterator[None]:
    """Whatever is asked by SQL that was written once is what Django would write for just these values; of each, the first few."""
    fill, compared = Prepared._with_values, Counter[Any]()

    def fill_and_compare(self: Any, args: Any, told: Any) -> Any:
        written, params = fill(self, args, told)
        locks = written and written.queryset.query.select_for_update
        if written and compared[written] < ENOUGH and (transaction.get_connection().in_atomic_block or not locks):
            compared[written] += 1
            assert (written.sql, params) == _written_anew(self.make(*args, **told))
        return written, params

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Prepared, "_with_values", fill_and_compare)
        yield


def _written_anew(queryset: Any) -> tuple[str, tuple[Any, ...]]:
    try:
        sql, params = queryset.query.sql_with_params()
    except EmptyResultSet:
        return "", ()
    return sql, tuple(params)


@pytest.fixture
def celery_elsewhere() -> Iterator[None]:
    """The broker's address points at a port where nobody listens."""
    before, current_app.conf.broker_write_url = current_app.conf.broker_write_url, "redis://127.0.0.1:1/0"
    yield
    current_app.conf.broker_write_url = before
