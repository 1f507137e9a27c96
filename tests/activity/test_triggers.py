"""The log and its seals are append-only in the database itself: gone round on purpose, in every way we know, on both databases."""

import subprocess
import sys
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations import Migration

from activity.log import SYSTEM, Subject, record
from activity.models import Activity, Seal
from activity.seals import write_seal
from activity.triggers import create_triggers, drop_triggers, missing_triggers, require_triggers
from activity.unit import unit_of_work
from tests.log import without_triggers

SQLITE, POSTGRESQL = connection.vendor == "sqlite", connection.vendor == "postgresql"
ROWS: dict[str, Any] = {"activity_activity": Activity, "activity_seal": Seal}
REFUSALS = {
    "activity_activity": "The activity log is append-only: a line cannot be changed or removed.",
    "activity_seal": "Seals of the activity log cannot be changed or removed.",
}


def a_sealed_line() -> Activity:
    with unit_of_work():
        line = record("thing.done", by=SYSTEM, on=Subject(workspace_id=1))
    write_seal()
    return line


def refused(table: str, change) -> None:
    """The change is refused in the table's own words, and every row is as it was."""
    rows = list(ROWS[table].objects.values())
    with pytest.raises(IntegrityError, match=REFUSALS[table]), transaction.atomic():
        change()
    assert list(ROWS[table].objects.values()) == rows


def run(sql: str):
    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    return change


COLUMNS = [(table, field.column) for table, model in ROWS.items() for field in model._meta.concrete_fields]


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_no_column_can_be_updated_by_sql(table, column):
    a_sealed_line()
    refused(table, run(f"UPDATE {table} SET {column} = {column}"))


@pytest.mark.django_db
@pytest.mark.parametrize("table", ROWS)
def test_no_row_can_be_deleted_by_sql(table):
    a_sealed_line()
    refused(table, run(f"DELETE FROM {table}"))


@pytest.mark.django_db
@pytest.mark.parametrize("table", ROWS)
@pytest.mark.skipif(SQLITE, reason="SQLite has no TRUNCATE")
def test_no_table_can_be_truncated(table):
    a_sealed_line()
    connection.check_constraints()
    refused(table, run(f"TRUNCATE {table} CASCADE"))


@pytest.mark.django_db
@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("sql", ["UPDATE {0} SET created_at = created_at", "DELETE FROM {0}"])
@pytest.mark.skipif(SQLITE, reason="SQLite has no session_replication_role")
def test_a_session_that_says_it_is_a_replica_is_refused_too(table, sql):
    a_sealed_line()
    connection.check_constraints()

    def change() -> None:
        run("SET LOCAL session_replication_role = replica")()
        run(sql.format(table))()

    refused(table, change)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("verb", ["REPLACE INTO", "INSERT OR REPLACE INTO", "UPDATE OR REPLACE"])
@pytest.mark.skipif(POSTGRESQL, reason="PostgreSQL has no REPLACE")
def test_no_row_can_be_pushed_out_by_replacing_it(table, verb):
    a_sealed_line()
    sql = f"{verb} {table} SET id = id" if verb.startswith("UPDATE") else f"{verb} {table} SELECT * FROM {table}"
    refused(table, run(sql))


@pytest.mark.django_db
@pytest.mark.skipif(POSTGRESQL, reason="PostgreSQL has no REPLACE")
def test_a_line_cannot_be_pushed_out_by_another_one_in_its_place_in_the_chain():
    line = a_sealed_line()
    fields = [field for field in Activity._meta.concrete_fields if not field.primary_key]
    names, values = ", ".join(str(field.column) for field in fields), [getattr(line, field.attname) for field in fields]

    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"REPLACE INTO activity_activity ({names}) VALUES ({', '.join(['%s'] * len(fields))})", values)

    refused("activity_activity", change)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ROWS)
def test_no_row_can_be_changed_by_an_upsert(table):
    a_sealed_line()
    row = ROWS[table].objects.get()

    def upsert() -> None:
        ROWS[table].objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["hash"])

    refused(table, upsert)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ROWS)
def test_no_row_can_be_changed_or_deleted_through_django(table):
    a_sealed_line()
    model = ROWS[table]
    row = model.objects.get()
    refused(table, row.save)
    refused(table, lambda: model.objects.update(hash="0" * 64))
    refused(table, lambda: model.objects.bulk_update([row], ["hash"]))
    refused(table, lambda: model.objects.all()._raw_delete("default"))
    if table == "activity_seal":
        refused(table, row.delete)


@pytest.mark.django_db
def test_the_tests_themselves_need_the_guards_dropped_to_change_a_line():
    line = a_sealed_line()
    with without_triggers():
        Activity.objects.filter(pk=line.pk).update(verb="thing.undone")
    assert Activity.objects.get().verb == "thing.undone"
    assert missing_triggers(connection) == []


@pytest.mark.django_db(transaction=True)
def test_the_guards_survive_a_migration_that_alters_the_log():
    a_sealed_line()
    column = models.CharField(max_length=10, default="x")
    column.set_attributes_from_name("later")
    emit_pre_migrate_signal(0, False, "default", plan=[(Migration("later", "activity"), False)])
    with connection.schema_editor() as editor:
        editor.add_field(Activity, column)
        editor.remove_field(Activity, column)
    emit_post_migrate_signal(0, False, "default")
    assert missing_triggers(connection) == []
    refused("activity_activity", run("UPDATE activity_activity SET verb = 'x'"))


@pytest.mark.django_db(transaction=True)
def test_the_guards_survive_migrations_back_and_forth():
    a_sealed_line()
    call_command("migrate", "notifications", "zero", verbosity=0)
    call_command("migrate", "notifications", verbosity=0)
    assert missing_triggers(connection) == []
    refused("activity_activity", run("DELETE FROM activity_activity"))


@pytest.mark.django_db
def test_migrate_puts_back_guards_that_are_missing():
    drop_triggers(connection)
    assert missing_triggers(connection) != []
    emit_post_migrate_signal(0, False, "default")
    assert missing_triggers(connection) == []


@pytest.mark.django_db
def test_a_guard_that_was_dropped_is_missed_by_start_and_by_check():
    drop_triggers(connection, "activity")
    names = missing_triggers(connection)
    assert [name for name in names if not name.startswith("stageward_activity_")] == []
    with pytest.raises(ImproperlyConfigured, match=rf"lacks {len(names)} of the triggers .*{names[0]} is one"):
        require_triggers()
    errors = run_checks(tags=["security"], include_deployment_checks=True)
    assert [error.msg for error in errors if error.id == "activity.E001"] == [f"Triggers are missing: {', '.join(names)}."]


@pytest.mark.django_db
def test_a_guard_that_was_weakened_is_missed():
    name = "stageward_activity_activity_update"
    if SQLITE:
        run(f"DROP TRIGGER {name}")()
        run(f"CREATE TRIGGER {name} BEFORE UPDATE ON activity_activity WHEN FALSE BEGIN SELECT 1; END")()
    else:
        run(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")()
    assert missing_triggers(connection) == [name]
    create_triggers(connection)
    assert missing_triggers(connection) == []


@pytest.mark.django_db
@pytest.mark.skipif(SQLITE, reason="SQLite cannot switch a trigger off")
@pytest.mark.parametrize("switch", ["DISABLE TRIGGER", "ENABLE TRIGGER", "ENABLE REPLICA TRIGGER"])
def test_a_guard_that_was_switched_off_or_down_is_missed(switch):
    run(f"ALTER TABLE activity_activity {switch} stageward_activity_activity_update")()
    assert missing_triggers(connection) == ["stageward_activity_activity_update"]


@pytest.mark.skipif(POSTGRESQL, reason="the same code; one database shows it")
def test_the_web_application_does_not_start_without_its_guards(plain_environment):
    environment = plain_environment()

    def python(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)

    assert python("manage.py", "migrate", "--skip-checks", "--verbosity", "0").returncode == 0
    assert python("-c", "import config.wsgi").returncode == 0
    drop = "from activity.triggers import drop_triggers; from django.db import connection; drop_triggers(connection, 'approvals')"
    assert python("manage.py", "shell", "--verbosity", "0", "-c", drop).returncode == 0
    started = python("-c", "import config.wsgi")
    assert started.returncode == 1
    assert "ImproperlyConfigured: The database lacks" in started.stderr.splitlines()[-1]
    assert "Run: python manage.py migrate" in started.stderr.splitlines()[-1]
