"""What the database keeps about versions that were imported: an import gives a stage once, and says so."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from activity.models import Activity
from activity.unit import unit_of_work
from registry.models import ModelVersion, StageAssignment
from registry.services import import_version
from registry.services.imported import PastStage
from tests.cast import Team, caller, make_team
from tests.log import findings, without_triggers

pytestmark = pytest.mark.django_db
THEN = datetime(2023, 9, 4, 12, tzinfo=UTC)
NEEDS_LINE = "A stage changes only together with its line"


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def imported(team: Team) -> ModelVersion:
    """A version that was in Development there for a day and is in Production since."""
    day = timedelta(days=1)
    held = [
        PastStage(team.stage("production"), THEN + day, None, None, "b"),
        PastStage(team.stage("development"), THEN, THEN + day, team.engineer, "a"),
    ]
    with unit_of_work():
        return import_version(
            model_id=team.model.pk, by=caller(team.admin), occurred_at=THEN, origin={"origin": "gto"}, held=held
        )


def refused(message: str, statement: str) -> None:
    with pytest.raises((DatabaseError, IntegrityError), match=message), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def lines(version: ModelVersion) -> list[tuple[str, str, str]]:
    return list(Activity.objects.filter(version_id=version.pk).order_by("pk").values_list("verb", "from_stage", "to_stage"))


def test_an_imported_version_stands_where_it_stood_by_the_line_of_its_import(imported: ModelVersion):
    assert lines(imported) == [
        ("model_version.imported", "", ""),
        ("model_version.stage_imported", "", ""),
        ("model_version.stage_imported", "unassigned", "production"),
    ]
    assert ModelVersion.objects.get().stage == "production"
    assert list(StageAssignment.objects.order_by("entered_at").values_list("stage__key", "left_at", "actor__username")) == [
        ("development", THEN + timedelta(days=1), "engineer"), ("production", None, "admin"),
    ]  # fmt: skip
    assert findings() == []


def test_a_version_that_was_registered_here_is_never_moved_by_the_line_of_an_import(team: Team, imported: ModelVersion):
    own = team.version()
    line = Activity.objects.filter(version_id=imported.pk).latest("pk")
    with without_triggers():
        Activity.objects.filter(pk=line.pk).update(version_id=own.pk)
    change = f"UPDATE registry_modelversion SET stage = 'production', stage_activity_id = {line.pk} WHERE id = {own.pk}"
    refused(NEEDS_LINE, change)


def test_no_import_moves_a_version_once_anything_else_was_said_of_it(team: Team, imported: ModelVersion):
    team.edit(imported, labels=["x"])
    line = Activity.objects.filter(version_id=imported.pk, verb="model_version.stage_imported").latest("pk")
    with without_triggers():
        ModelVersion.objects.filter(pk=imported.pk).update(stage="unassigned", stage_activity_id=None)
    refused(NEEDS_LINE, f"UPDATE registry_modelversion SET stage = 'production', stage_activity_id = {line.pk}")


def test_a_holding_needs_the_line_that_brought_it_over_or_a_request(imported: ModelVersion):
    columns = "model_id, version_id, stage_id, exclusive, entered_at, left_at, actor_id"
    copied = f"SELECT {columns}, {{}} FROM registry_stageassignment WHERE left_at IS NOT NULL"
    insert = f"INSERT INTO registry_stageassignment ({columns}, {{}}) {copied}"
    first = Activity.objects.earliest("pk").pk
    refused("brought over together with its line", insert.format("imported_activity_id", first))
    refused("a_holding_is_asked_for_or_imported", insert.format("closed_by_request_id", 1))


def test_an_imported_holding_cannot_be_rewritten_and_moves_on_by_a_request(team: Team, imported: ModelVersion):
    for edit in ("imported_activity_id = 1", "opened_by_request_id = 1", "entered_at = '2020-01-01 00:00:00'"):
        refused("is history", f"UPDATE registry_stageassignment SET left_at = entered_at, {edit} WHERE left_at IS NULL")
    team.move(imported, "archived")
    assert ModelVersion.objects.get().stage == "archived"
    assert findings() == []


@pytest.mark.parametrize("change", [{"entered_at": THEN - timedelta(days=9)}, {"left_at": THEN + timedelta(days=9)}])
def test_an_imported_holding_rewritten_without_the_guards_is_found(imported: ModelVersion, change: dict[str, datetime]):
    holding = StageAssignment.objects.get(stage__key="development")
    with without_triggers():
        StageAssignment.objects.filter(pk=holding.pk).update(**change)
    problem = f"version {imported.pk} is said to have held development elsewhere, but the log says otherwise"
    assert findings() == [(problem, holding.imported_activity_id)]


def test_an_imported_holding_removed_without_the_guards_is_found(imported: ModelVersion):
    holding = StageAssignment.objects.get(stage__key="development")
    with without_triggers():
        StageAssignment.objects.filter(pk=holding.pk).delete()
    problem = f"the log moved version {imported.pk} into , but nothing says that it held it"
    assert findings() == [(problem, holding.imported_activity_id)]
