"""What the database keeps about versions and stages, gone round on purpose; and what verification finds when it was gone round."""

import pytest
from django.db import IntegrityError, connection, transaction
from django_fsm import TransitionNotAllowed

from activity.models import Activity
from registry.models import ModelVersion, StageAssignment
from tests.cast import make_team
from tests.log import findings, without_triggers

pytestmark = pytest.mark.django_db
NEEDS_LINE = "A stage changes only together with its line in the activity log."
UNASSIGNED_FIRST = "A new version is unassigned: it enters any other stage by a stage change request."
HISTORY = "Who held which stage when is history"
SQLITE = connection.vendor == "sqlite"


@pytest.fixture
def team():
    return make_team()


def refused(words: str, change) -> None:
    """The change is refused in these words, and every version and holding is as it was."""
    before = [list(model.objects.order_by("pk").values()) for model in (ModelVersion, StageAssignment)]
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        change()
    assert [list(model.objects.order_by("pk").values()) for model in (ModelVersion, StageAssignment)] == before


def sql(statement: str, *values):
    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    return change


def test_a_version_enters_stages_of_its_own_workspace_only(team):
    other = make_team("other", suffix="2")
    version = ModelVersion.objects.select_related("model").get(pk=team.version().pk)
    with pytest.raises(ValueError, match="staging is a stage of another workspace"):
        version.enter(other.stage("staging"))
    assert version.stage == "unassigned"


def test_no_stage_moves_without_its_line(team):
    version = team.version()
    refused(NEEDS_LINE, lambda: ModelVersion.objects.filter(pk=version.pk).update(stage="production"))
    refused(NEEDS_LINE, sql("UPDATE registry_modelversion SET stage = 'production' WHERE id = %s", version.pk))

    def enter_and_save() -> None:
        moved = ModelVersion.objects.select_related("model").get(pk=version.pk)
        moved.enter(team.stage("production"))
        moved.save()

    refused(NEEDS_LINE, enter_and_save)

    def bulk() -> None:
        moved = ModelVersion.objects.select_related("model").get(pk=version.pk)
        moved.enter(team.stage("production"))
        ModelVersion.objects.bulk_update([moved], ["stage"])

    refused(NEEDS_LINE, bulk)


def test_no_stage_moves_with_the_line_of_another_version(team):
    moved = team.move(team.version(), "staging")
    other = team.version()
    refused(
        NEEDS_LINE,
        lambda: ModelVersion.objects.filter(pk=other.pk).update(stage="staging", stage_activity_id=moved.stage_activity_id),
    )


def test_no_stage_moves_with_a_line_about_another_move(team):
    version = team.move(team.version(), "staging")
    refused(
        NEEDS_LINE,
        lambda: ModelVersion.objects.filter(pk=version.pk).update(
            stage="production", stage_activity_id=Activity.objects.latest("id").pk
        ),
    )


def test_an_old_line_does_not_move_the_stage_again(team):
    version = team.move(team.version(), "development", "staging")
    into_staging = version.stage_activity_id
    version = team.move(version, "development")
    back = ModelVersion.objects.filter(pk=version.pk)
    refused(NEEDS_LINE, lambda: back.update(stage="staging", stage_activity_id=into_staging))
    refused(NEEDS_LINE, lambda: back.update(stage_activity_id=None))
    refused(NEEDS_LINE, lambda: back.update(stage_activity_id=into_staging - 1))


@pytest.mark.parametrize("stage", ["production", "staging", "archived", "nowhere"])
def test_no_version_is_born_into_a_stage(team, stage):
    version = team.version()
    version.pk, version.number, version.name = None, 2, "v2"
    version.__dict__["stage"] = stage
    refused(UNASSIGNED_FIRST, lambda: version.save(force_insert=True))
    refused(UNASSIGNED_FIRST, lambda: ModelVersion.objects.bulk_create([version]))


def test_no_version_is_born_with_a_line_to_its_stage(team):
    version = team.version()
    version.pk, version.number, version.name, version.stage_activity_id = None, 2, "v2", 1
    refused(UNASSIGNED_FIRST, lambda: version.save(force_insert=True))


@pytest.mark.parametrize("column", ["model_id", "number"])
def test_a_version_keeps_its_model_and_its_number(team, column):
    version = team.version()
    change = {"model_id": team.model.pk + 1, "number": 7}[column]
    refused(
        "A version keeps its model and its number", lambda: ModelVersion.objects.filter(pk=version.pk).update(**{column: change})
    )


def test_a_version_is_never_removed(team):
    version = team.version()
    refused("Versions are marked as deleted, never removed", version.delete)
    refused("Versions are marked as deleted, never removed", sql("DELETE FROM registry_modelversion"))


@pytest.mark.skipif(SQLITE, reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize("table", ["registry_modelversion", "registry_stageassignment"])
def test_versions_and_holdings_cannot_be_truncated(team, table):
    team.move(team.version(), "staging")
    connection.check_constraints()
    refused("never removed|is kept|are kept", sql(f"TRUNCATE {table} CASCADE"))


@pytest.mark.skipif(not SQLITE, reason="PostgreSQL has no REPLACE")
@pytest.mark.parametrize("table", ["registry_modelversion", "registry_stageassignment"])
def test_versions_and_holdings_cannot_be_replaced(team, table):
    team.move(team.version(), "staging")
    refused("cannot be replaced|is unassigned", sql(f"REPLACE INTO {table} SELECT * FROM {table}"))


@pytest.mark.skipif(not SQLITE, reason="PostgreSQL has no REPLACE")
def test_a_version_cannot_be_pushed_out_by_another_of_its_number(team):
    version = team.version()
    columns = [str(field.column) for field in ModelVersion._meta.concrete_fields if not field.primary_key]
    names = ", ".join(columns)
    refused("cannot be replaced", sql(f"REPLACE INTO registry_modelversion ({names}) SELECT {names} FROM registry_modelversion"))
    assert ModelVersion.objects.get().pk == version.pk


HOLDING_EDITS = [
    "left_at = NULL", "entered_at = left_at", "stage_id = stage_id + 1", "version_id = version_id + 1", "opened_by_request_id = 0",
]  # fmt: skip


@pytest.mark.parametrize("edit", HOLDING_EDITS)
def test_who_held_which_stage_when_cannot_be_rewritten(team, edit):
    team.move(team.version(), "development", "staging")
    refused(HISTORY, sql(f"UPDATE registry_stageassignment SET {edit} WHERE left_at IS NOT NULL"))


@pytest.mark.parametrize("edit", HOLDING_EDITS[1:])
def test_a_holding_that_lasts_can_be_ended_and_nothing_else(team, edit):
    team.move(team.version(), "staging")
    edit = edit.replace("entered_at = left_at", "entered_at = '2020-01-01 00:00:00'")
    refused(HISTORY, sql(f"UPDATE registry_stageassignment SET left_at = entered_at, {edit}"))
    refused(HISTORY, sql(f"UPDATE registry_stageassignment SET {edit}"))


def test_a_holding_is_never_removed(team):
    team.move(team.version(), "staging")
    refused("Who held which stage when is kept", sql("DELETE FROM registry_stageassignment"))


def test_a_stage_rewritten_without_the_guards_is_found(team):
    version = team.move(team.version(), "staging")
    with without_triggers():
        ModelVersion.objects.filter(pk=version.pk).update(stage="production")
    line = version.stage_activity_id
    assert findings() == [(f"version {version.pk} stands in production, but the log last moved it to staging", line)]


def test_a_stage_given_to_a_version_that_never_moved_is_found(team):
    version = team.version()
    with without_triggers():
        ModelVersion.objects.filter(pk=version.pk).update(stage="production")
    assert findings() == [(f"version {version.pk} stands in production, but the log last moved it to unassigned", None)]


def test_a_stage_set_back_to_where_an_old_line_put_it_is_found(team):
    version = team.move(team.version(), "staging")
    old = version.stage_activity_id
    version = team.move(version, "production")
    with without_triggers():
        ModelVersion.objects.filter(pk=version.pk).update(stage="staging", stage_activity_id=old)
    assert findings() == [
        (f"version {version.pk} stands in staging, but the log last moved it to production", version.stage_activity_id)
    ]


def test_a_version_that_names_another_line_for_its_stage_is_found(team):
    version = team.move(team.version(), "staging", "development", "staging")
    with without_triggers():
        ModelVersion.objects.filter(pk=version.pk).update(stage_activity_id=None)
    assert findings() == [
        (
            f"version {version.pk} names line None for its stage, but line {version.stage_activity_id} moved it last",
            version.stage_activity_id,
        )
    ]


@pytest.mark.parametrize("column", ["entered_at", "left_at", "stage_id", "opened_by_request_id", "closed_by_request_id"])
def test_a_holding_rewritten_without_the_guards_is_found(team, column):
    version = team.move(team.version(), "development", "staging")
    holding = StageAssignment.objects.earliest("pk")
    changed = {"stage_id": team.stage("production").pk, "entered_at": version.created_at, "left_at": version.created_at}
    with without_triggers():
        StageAssignment.objects.filter(pk=holding.pk).update(**{column: changed.get(column, 99)})
    key = "production" if column == "stage_id" else "development"
    assert findings()[0] == (f"version {version.pk} is said to have held {key}, but the log says otherwise", None)


def test_a_holding_removed_without_the_guards_is_found(team):
    version = team.move(team.version(), "staging")
    with without_triggers():
        StageAssignment.objects.all()._raw_delete("default")
    assert findings() == [
        (f"the log moved version {version.pk} into staging, but nothing says that it held it", version.stage_activity_id)
    ]


def test_a_holding_made_up_without_the_guards_is_found(team):
    version = team.move(team.version(), "staging")
    holding = StageAssignment.objects.get()
    holding.pk, holding.stage = None, team.stage("production")
    holding.save()
    assert findings() == [(f"version {version.pk} is said to have held production, but the log says otherwise", None)]


def test_moves_of_every_kind_leave_nothing_to_find(team):
    team.move(team.version(), "production", "archived", "unassigned", "staging", "development")
    assert findings() == []
    assert StageAssignment.objects.count() == 4


def test_a_transition_that_does_not_exist_is_refused(team):
    change_request = team.approve(team.ask(team.version()))
    for move in (change_request.apply, change_request.reject, change_request.revoke, change_request.supersede):
        with pytest.raises(TransitionNotAllowed):
            move()
