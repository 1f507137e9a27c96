"""Lines of the log as rows, CSV and JSON Lines, and who may see which."""

import csv
import io
import json

import pytest
from django.db.models import QuerySet

from accounts.services import remove_member
from activity import export
from activity.filters import visible_activities
from activity.models import Activity
from activity.unit import unit_of_work
from registry.services import edit_model, register_model
from tests.cast import Team, caller, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def all_lines() -> QuerySet[Activity]:
    return Activity.objects.all()


def test_a_row_names_everything_that_the_line_is_about(team: Team):
    version = team.version()
    request = team.ask(version, "production", comment="please")
    row = next(export.iter_rows(all_lines()))
    line = Activity.objects.latest("id")
    assert list(row) == list(export.COLUMNS)
    assert row | {"data": None, "hash": None, "at": None} == {
        "id": line.pk, "at": None, "verb": "stage_change.requested", "actor": "engineer", "via": "page", "workspace": "default",
        "model": "churn", "version": 1, "request": request.pk, "person": None, "from_stage": "", "to_stage": "",
        "skipped_stages": ["development", "staging"], "data": None, "chain": f"model:{team.model.pk}", "seq": line.seq, "hash": None,
    }  # fmt: skip
    assert row["data"]["comment"] == "please"
    assert row["hash"] == line.hash
    assert row["at"] == line.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_rows_come_newest_first_and_whole_across_chunks(team: Team, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(export, "CHUNK", 3)
    expected = list(Activity.objects.order_by("-id").values_list("pk", flat=True))
    assert [row["id"] for row in export.iter_rows(all_lines())] == expected
    assert len(expected) > 9


def test_the_number_of_queries_does_not_depend_on_the_number_of_lines(team: Team, django_assert_num_queries):
    for _ in range(3):
        team.version()
    for size in (1, 3):
        lines = list(Activity.objects.select_related("chain").order_by("-id")[:size])
        with django_assert_num_queries(4):  # people, workspaces, models, versions
            export.rows_of(lines)


def test_what_a_spreadsheet_would_run_is_escaped_in_csv(team: Team):
    with unit_of_work():
        register_model(workspace_id=team.workspace.pk, name="=HYPERLINK(1)", by=caller(team.engineer))
    text = "".join(export.csv_stream(export.iter_rows(all_lines())))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["model"] == "'=HYPERLINK(1)"
    assert text.splitlines()[0] == ",".join(export.COLUMNS)
    assert len(rows) == Activity.objects.count()


def test_json_lines_are_the_same_rows(team: Team):
    rows = list(export.iter_rows(all_lines()))
    assert [json.loads(line) for line in "".join(export.jsonl_stream(rows)).splitlines()] == rows


def test_a_line_shows_the_name_that_a_thing_has_now(team: Team):
    with unit_of_work():
        edit_model(model_id=team.model.pk, changes={"name": "leavers"}, by=caller(team.admin))
    models = {row["model"] for row in export.iter_rows(all_lines().filter(model_id=team.model.pk))}
    assert models == {"leavers"}


def test_one_sees_the_lines_of_ones_workspaces_and_of_the_site_only_ones_own(team: Team):
    other = make_team("other", "2")
    seen = visible_activities(team.viewer)
    assert not seen.filter(workspace_id=other.workspace.pk).exists()
    assert set(seen.filter(workspace_id=team.workspace.pk)) == set(Activity.objects.filter(workspace_id=team.workspace.pk))
    assert [line.person_id for line in seen.filter(workspace_id=None)] == [team.viewer.pk]
    assert visible_activities(team.stranger).count() == 1


def test_who_left_a_workspace_sees_none_of_its_lines_not_even_their_own(team: Team):
    team.version()
    with unit_of_work():
        remove_member(workspace_id=team.workspace.pk, user_id=team.engineer.pk, by=caller(team.admin))
    assert {line.workspace_id for line in visible_activities(team.engineer)} == {None}


def test_staff_see_what_was_done_to_people_and_no_workspace(team: Team):
    seen = visible_activities(team.staff)
    assert set(seen) == set(Activity.objects.filter(workspace_id=None, verb__startswith="person."))
