"""Rules that the database itself keeps, whoever writes: one declaration, rendered for SQLite and for PostgreSQL.

Later migrations silently drop SQLite's triggers (a table is rebuilt) and fail on PostgreSQL's, so all are dropped before migrations
run and made again after them. A server refuses to start while one is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.db import connection as default_connection
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True)
class Trigger:
    """Refuse `event` on a row of `table` when `condition` holds, with `message`.

    `condition` is SQL that both databases understand and may name OLD and NEW. `events` is e.g. `UPDATE`, or `TRUNCATE`, which
    SQLite does not have. `sqlite_only` is for `REPLACE INTO`, which deletes a row without firing the DELETE trigger.
    """

    name: str
    table: str
    event: str
    condition: str
    message: str
    sqlite_only: bool = False

    @property
    def app_label(self) -> str:
        """The app whose table it guards."""
        return self.table.split("_", 1)[0]

    def exists_for(self, vendor: str) -> bool:
        """Tell whether this database has such a trigger at all."""
        return not self.sqlite_only if vendor == "postgresql" else self.event != "TRUNCATE"

    def source(self, vendor: str) -> str:
        """Return the text that the database keeps of it, so that a trigger which was weakened can be told."""
        message = self.message.replace("'", "''")
        if vendor == "sqlite":
            return (
                f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} WHEN {self.condition} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return (
            f" BEGIN IF {self.condition} THEN RAISE EXCEPTION USING MESSAGE = '{message}', ERRCODE = '23514'; END IF; "
            f"IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END "
        )

    def sql(self, vendor: str) -> list[str]:
        """Return the statements that make the trigger."""
        if vendor == "sqlite":
            return [f"DROP TRIGGER IF EXISTS {self.name}", self.source(vendor)]
        level = "STATEMENT" if self.event == "TRUNCATE" else "ROW"
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $${self.source(vendor)}$$",
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}",
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH {level} EXECUTE FUNCTION {self.name}()",
            # ALWAYS: an ordinary trigger is passed by whoever sets session_replication_role to replica.
            f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {self.name}",
        ]


def append_only(table: str, *, unique: str, message: str) -> list[Trigger]:
    """Return the triggers that keep every row of a table as it was written.

    `unique` is SQL that finds the row a `REPLACE INTO` on SQLite would push out.
    """
    name = f"stageward_{table}"
    return [
        Trigger(f"{name}_update", table, "UPDATE", "TRUE", message),
        Trigger(f"{name}_delete", table, "DELETE", "TRUE", message),
        Trigger(f"{name}_truncate", table, "TRUNCATE", "TRUE", message),
        Trigger(f"{name}_replace", table, "INSERT", f"EXISTS (SELECT 1 FROM {table} WHERE {unique})", message, sqlite_only=True),
    ]


LOG_TRIGGERS = [
    *append_only(
        "activity_activity",
        unique="id = NEW.id OR (chain_id = NEW.chain_id AND seq = NEW.seq)",
        message="The activity log is append-only: a line cannot be changed or removed.",
    ),
    *append_only(
        "activity_seal",
        unique="id = NEW.id OR number = NEW.number",
        message="Seals of the activity log cannot be changed or removed.",
    ),
]
_registered: dict[str, Trigger] = {}


def register(*triggers: Trigger) -> None:
    """Declare triggers; called from `AppConfig.ready()` of the app that owns the table."""
    _registered.update({trigger.name: trigger for trigger in triggers})


def _of(app_label: str | None, vendor: str) -> list[Trigger]:
    return [t for t in _registered.values() if t.exists_for(vendor) and app_label in (None, t.app_label)]


def create_triggers(connection: BaseDatabaseWrapper, app_label: str | None = None) -> None:
    """Make the triggers of an app, or of all; those that exist are made afresh."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for trigger in _of(app_label, connection.vendor):
            if trigger.table in tables:
                for statement in trigger.sql(connection.vendor):
                    cursor.execute(statement)


def drop_triggers(connection: BaseDatabaseWrapper, app_label: str | None = None) -> None:
    """Remove the triggers of an app, or of all."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for trigger in _of(app_label, connection.vendor):
            if trigger.table in tables:
                on = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}{on}")


def missing_triggers(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the declared triggers that this database lacks, has switched off, or has with another text."""
    vendor = connection.vendor
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        if vendor == "sqlite"
        else "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE NOT t.tgisinternal AND t.tgenabled = 'A'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        there = dict(cursor.fetchall())
    return [trigger.name for trigger in _of(None, vendor) if there.get(trigger.name) != trigger.source(vendor)]


def require_triggers() -> None:
    """Refuse to go on with a database that would accept a change of the log. Raises ImproperlyConfigured."""
    if missing := missing_triggers(default_connection):
        raise ImproperlyConfigured(
            f"The database lacks {len(missing)} of the triggers that guard the log and the stages ({missing[0]} is one). Nothing was"
            " started. Run: python manage.py migrate"
        )


def check_triggers(app_configs: Iterable[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """System check for `manage.py check --deploy`."""
    if missing := missing_triggers(default_connection):
        return [Error(f"Triggers are missing: {', '.join(missing)}.", hint="Run manage.py migrate.", id="activity.E001")]
    return []


def before_migrations(sender: AppConfig, using: str, plan: list[Any], **kwargs: Any) -> None:
    """Get the triggers out of the way, only where a migration will really run."""
    if plan:
        drop_triggers(connections[using], sender.label)


def after_migrations(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Put the triggers in place."""
    create_triggers(connections[using], sender.label)
