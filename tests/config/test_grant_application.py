"""The application's own database role: it can work, and it cannot change the log."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from activity import clock
from activity.models import Activity, Chain

ROLE = f"stageward_app_{os.getpid()}"

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def address(role: str) -> str:
    owner = connection.settings_dict
    return f"postgres://{role}:secret@{owner['HOST']}:{owner['PORT'] or 5432}/{owner['NAME']}"


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """A connection of the application's role."""
    monkeypatch.setenv("APP_DATABASE_URL", address(ROLE))
    call_command("grant_application")
    with psycopg.connect(address(ROLE), autocommit=True) as as_application:
        yield as_application
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(ROLE)))


@pytest.fixture
def line(application: psycopg.Connection) -> int:
    chain = Chain.objects.create(key="site")
    return Activity.objects.create(chain=chain, seq=1, verb="a", via="page", created_at=clock.now(), prev_hash="", hash="b").pk


@pytest.mark.parametrize("table", ["activity_activity", "activity_seal"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET hash = 'c'",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "DROP TABLE {}",
    ],
)
def test_the_application_cannot_change_the_log(application: psycopg.Connection, statement: str, table: str):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application.execute(sql.SQL(statement).format(sql.Identifier(table)))


def test_the_application_can_add_to_the_log_and_work_elsewhere(application: psycopg.Connection, line: int):
    application.execute(
        "INSERT INTO activity_activity (chain_id, seq, verb, via, from_stage, to_stage, data, created_at, prev_hash, hash)"
        " SELECT chain_id, 2, verb, via, from_stage, to_stage, data, created_at, hash, 'd' FROM activity_activity WHERE id = %s",
        [line],
    )
    application.execute("UPDATE activity_chain SET seq = 2, head = 'd'")
    assert list(Activity.objects.order_by("seq").values_list("seq", "hash")) == [(1, "b"), (2, "d")]


def test_granting_again_changes_nothing(application: psycopg.Connection):
    call_command("grant_application")
    assert application.execute("SELECT count(*) FROM activity_activity").fetchone() == (0,)


def test_the_owner_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("APP_DATABASE_URL", address(connection.settings_dict["USER"]))
    with pytest.raises(CommandError, match="the owner of the tables, who could lift every restriction"):
        call_command("grant_application")


def test_a_missing_address_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("APP_DATABASE_URL", raising=False)
    with pytest.raises(CommandError, match="APP_DATABASE_URL is not set or names no user and password"):
        call_command("grant_application")
