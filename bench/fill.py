"""Fills an empty database with a world. Imported where Django is set up."""

from itertools import groupby
from operator import itemgetter

from django.db import connection, transaction

from accounts.caller import Caller, scopes_of_role
from accounts.models import Role, User, Workspace
from accounts.services import create_person, create_token, set_member
from activity.triggers import create_triggers, drop_triggers
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from approvals.services import request_stage_change
from bench import world
from bench.world import World
from insights.counting import count_days
from registry.models import ModelVersion, RegisteredModel
from registry.services import create_workspace, register_model, register_version

# On PostgreSQL ids of each kind begin at a number of their own, so that they can be told apart in captured statements.
FIRST_IDS = {
    "registry_registeredmodel": 2_000_000_001,
    "registry_modelversion": 3_000_000_001,
    "approvals_stagechangerequest": 4_000_000_001,
    "approvals_review": 5_000_000_001,
    "activity_activity": 6_000_000_001,
    "activity_chain": 7_000_000_001,
    "registry_stageassignment": 8_000_000_001,
}


def fill(versions: int, models: int) -> World:
    """Make everybody and everything; `versions` in one model, and as many spread over `models` others. Charts have their days counted."""
    operator = Caller.operator()
    if connection.vendor == "postgresql":
        _number_apart()
    with unit_of_work():
        workspace = create_workspace(slug="default", by=operator)
    engineer, reviewer = (make_member(name, workspace) for name in ("engineer", "reviewer"))
    with unit_of_work():
        pattern = register_model(workspace_id=workspace.pk, name="pattern", by=Caller(engineer, "page"))
        template = register_version(model_id=pattern.pk, by=Caller(engineer, "page"), **world.CONTENT)
    names = [f"model-{number}" for number in range(1, models + 1)]
    made = [_model(name, workspace, engineer) for name in [world.SMALL, world.SUBJECT, *names]]
    sizes = [min(versions, world.SMALL_VERSIONS), versions, *[versions // models] * models]
    _multiply(template, list(zip(made, sizes, strict=True)), reviewer)
    found = World(make_token(engineer), make_token(reviewer), names, versions // models)
    _ask(found, engineer)
    count_days()
    _settle()
    return found


def _number_apart() -> None:
    with connection.cursor() as cursor:
        for table, first in FIRST_IDS.items():
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [table, first])


def make_member(name: str, workspace: Workspace, role: Role = Role.EDITOR) -> User:
    """Somebody who registers, asks and approves."""
    with unit_of_work():
        user = create_person(username=name, email=f"{name}@example.org", by=Caller.operator())
        set_member(workspace_id=workspace.pk, user_id=user.pk, role=role, by=Caller.operator())
    return user


def _model(name: str, workspace: Workspace, owner: User) -> RegisteredModel:
    with unit_of_work():
        return register_model(workspace_id=workspace.pk, name=name, by=Caller(owner, "page"), description="What it is for.")


def make_token(user: User) -> str:
    """A token of theirs."""
    with unit_of_work():
        return create_token(name="bench", scopes=scopes_of_role(Role.EDITOR), by=Caller(user, "page"))[1]


def _multiply(template: ModelVersion, sizes: list[tuple[RegisteredModel, int]], reviewer: User) -> None:
    """Write the many rows past the guards, which stand again afterwards."""
    back = world.BACK[connection.vendor]
    versions = world.VERSIONS.format(created_at=back.format("created_at"), updated_at=back.format("updated_at"))
    drop_triggers(connection)
    with transaction.atomic(), connection.cursor() as cursor:
        for size, models in groupby(sizes, key=itemgetter(1)):
            ids = [model.pk for model, _ in models]
            cursor.execute(versions, [size, *[size, size] * 2, template.pk, ids[0], ids[-1]])
        cursor.execute(world.LINES, [template.pk])
        for statement in (world.HEADS, world.COUNTERS, world.HOLDINGS):
            cursor.execute(statement)
        cursor.execute(world.REQUESTS, [reviewer.pk])
        cursor.execute(world.REVIEWS)
    create_triggers(connection)


def _ask(found: World, engineer: User) -> None:
    """File the requests that wait: for the last versions that can move, and past the guards for a tenth of the subject's."""
    for name, number in found.unmoved[-world.PENDING :]:
        version = ModelVersion.objects.get(model__name=name, number=number)
        with unit_of_work():
            filed = request_stage_change(version_id=version.pk, to_stage="staging", by=Caller(engineer, "api"))
    fields = StageChangeRequest._meta.concrete_fields
    columns = [str(field.column) for field in fields if field.column not in ("id", "version_id")]
    values = [f"r.{column}" for column in columns]
    drop_triggers(connection)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(world.WAITING.format(columns=", ".join(columns), values=", ".join(values)), [world.SUBJECT, filed.pk])
    create_triggers(connection)


def _settle() -> None:
    """Let PostgreSQL do now what its autovacuum would do in a minute."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
