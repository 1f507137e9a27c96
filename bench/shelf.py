"""Many models with a version each, alike in Stageward and in MLflow: one of each is made as clients do, the rest are copies of its rows.

`python -m bench.shelf MODELS` runs inside a place and fills Stageward; it prints the token of an editor.
"""

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from bench.places import Place
from tests.machine import POSTGRESQL_URL

PATTERN, NAME = "pattern", "shelf-"
COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {models})"
COPY = "INSERT INTO {table} ({columns}) {count} SELECT {values} FROM {table} t CROSS JOIN n WHERE t.name = '{pattern}'"
VERSIONS = """INSERT INTO registry_modelversion ({columns}) SELECT {values} FROM registry_modelversion t
 CROSS JOIN registry_registeredmodel m WHERE m.name LIKE '{name}%'"""

# As if each model's first line had been written: its chain is there.
CHAINS = """INSERT INTO activity_chain (key, seq, head) SELECT 'model:' || m.id, 0, '' FROM registry_registeredmodel m
 WHERE m.name LIKE '{name}%'"""


def _copied(table: str, columns: list[str], models: int, *, without: str = "") -> str:
    kept = [column for column in columns if column != without]
    values = [f"'{NAME}' || n.i" if column == "name" else f"t.{column}" for column in kept]
    count = COUNT.format(models=models)
    return COPY.format(table=table, columns=", ".join(kept), count=count, values=", ".join(values), pattern=PATTERN)


def make_empty(place: Place) -> None:
    """Make a database without tables; on SQLite the first who opens it does so."""
    if place.vendor == "postgresql":
        with psycopg.connect(POSTGRESQL_URL, autocommit=True) as server:
            server.execute(SQL("CREATE DATABASE {}").format(Identifier(place.url.rpartition("/")[2])))


def fill_mlflow(place: Place, models: int) -> None:
    """Copy the one model and the one version that MLflow's server has."""
    with _connection(place) as execute:
        for table in ("registered_models", "model_versions"):
            columns = [column[0] for column in execute(f"SELECT * FROM {table} LIMIT 0").description]
            execute(_copied(table, columns, models))
        if place.vendor == "postgresql":
            execute("ANALYZE")


@contextmanager
def _connection(place: Place) -> Iterator[Callable[[str], Any]]:
    if place.vendor == "postgresql":
        with psycopg.connect(place.url, autocommit=True) as server:
            yield server.execute
        return
    with closing(sqlite3.connect(place.url.removeprefix("sqlite:///"), timeout=30)) as embedded, embedded:
        yield embedded.execute


def fill_stageward(models: int) -> str:
    """Make people, a model and a version by the services, and copies of both past the guards. Returns a token."""
    from django.db import connection, transaction  # noqa: PLC0415 - wants Django's settings

    from accounts.caller import Caller  # noqa: PLC0415 - the same
    from accounts.models import Role  # noqa: PLC0415 - the same
    from activity.triggers import create_triggers, drop_triggers  # noqa: PLC0415 - the same
    from activity.unit import unit_of_work  # noqa: PLC0415 - the same
    from approvals.services import set_policy  # noqa: PLC0415 - the same
    from bench.fill import make_member, make_token  # noqa: PLC0415 - the same
    from registry.models import ModelVersion, RegisteredModel, Stage  # noqa: PLC0415 - the same
    from registry.services import create_workspace, register_model, register_version  # noqa: PLC0415 - the same

    with unit_of_work():
        workspace = create_workspace(slug="default", by=Caller.operator())
    engineer, admin = make_member("engineer", workspace), make_member("admin", workspace, Role.ADMIN)
    with unit_of_work():
        model = register_model(workspace_id=workspace.pk, name=PATTERN, by=Caller(engineer, "page"))
        register_version(model_id=model.pk, by=Caller(engineer, "page"), name=PATTERN, artifact_uri="s3://b/1")
    with unit_of_work():
        set_policy(stage_id=Stage.objects.get(key="staging").pk, changes={"approvals_required": 0}, by=Caller(admin, "page"))
    columns = [str(field.column) for field in RegisteredModel._meta.concrete_fields]
    own = [str(field.column) for field in ModelVersion._meta.concrete_fields if field.column != "id"]
    special = {"model_id": "m.id", "name": "'v1'"}
    values = ", ".join(special.get(column, f"t.{column}") for column in own)
    drop_triggers(connection)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_copied(RegisteredModel._meta.db_table, columns, models, without="id"))
        cursor.execute(VERSIONS.format(columns=", ".join(own), values=values, name=NAME))
        cursor.execute(CHAINS.format(name=NAME))
    create_triggers(connection)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return make_token(engineer)


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(fill_stageward(int(sys.argv[1]))))
