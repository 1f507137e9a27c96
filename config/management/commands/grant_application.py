"""Let the application work with a database role that can add to the log and change nothing in it."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, CommandError
from django.db import connection
from psycopg import sql

from activity.triggers import LOG_TRIGGERS

LOG_TABLES = {trigger.table for trigger in LOG_TRIGGERS}


class Command(BaseCommand):
    """`manage.py grant_application`, run by the owner of the tables after every migration."""

    help = "Make the database role named in APP_DATABASE_URL, if need be, and give it its rights: none to change the log."

    def handle(self, **options: Any) -> None:
        """Make the role and grant; running it again changes nothing."""
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL knows roles, and this database is another one. Nothing was changed.")
        name, password = application_role()
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user = %s", [name])
            if cursor.fetchone() == (True,):
                raise CommandError(
                    f"APP_DATABASE_URL names {name}, the owner of the tables, who could lift every restriction. Nothing was"
                    " changed. Name another role there; it is made if it does not exist."
                )
            for statement in self.statements(name, password):
                cursor.execute(statement)
        self.stdout.write(f"{name} may use every table, and only add to {' and '.join(sorted(LOG_TABLES))}.")

    def statements(self, name: str, password: str) -> list[sql.Composed]:
        """Return what makes the role and gives it its rights, in order."""
        role = sql.Identifier(name)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
            verb = "ALTER" if cursor.fetchone() else "CREATE"
            tables = sorted(connection.introspection.table_names(cursor))
        # Hashed here, so that the password itself reaches neither the server nor its log.
        verifier = connection.connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        made = sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}")
        granted = [
            sql.SQL("GRANT {} ON {} TO {}").format(
                sql.SQL("SELECT, INSERT" if table in LOG_TABLES else "SELECT, INSERT, UPDATE, DELETE"),
                sql.Identifier(table),
                role,
            )
            for table in tables
        ]
        return [
            made.format(sql.SQL(verb), role, sql.Literal(verifier)),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
            sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(role),
            *granted,
        ]


def application_role() -> tuple[str, str]:
    """Return name and password of the role that the application signs in with. Raises CommandError when they are not given."""
    try:
        address = environ.FileAwareEnv().db("APP_DATABASE_URL")
    except ImproperlyConfigured:
        address = {}
    if not (address.get("USER") and address.get("PASSWORD")):
        raise CommandError(
            "APP_DATABASE_URL is not set or names no user and password. Nothing was changed. Set it to the address that the"
            " application will use: postgres://stageward_app:password@host/stageward"
        )
    return address["USER"], address["PASSWORD"]
