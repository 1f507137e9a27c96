"""The log over HTTP: in pages, and as files that hold the same rows."""

import csv
import io
import json

import pytest

from activity.export import COLUMNS
from activity.filters import visible_activities
from activity.models import Activity
from activity.serializers import ActivitySerializer
from tests.api.conftest import Api, Callers, fields, problem
from tests.cast import Team, make_team

LOG = "/api/v1/activities"


def everything(api: Api, query: str = "") -> list[dict[str, object]]:
    """Every row, through all pages."""
    rows, path = [], f"{LOG}?limit=4&{query}"
    while path:
        page = api.get(path).json()
        rows += page["results"]
        path = (page["next"] or "").removeprefix("http://testserver")
    return rows


def test_the_log_is_listed_newest_first_in_pages(api: Callers, team: Team):
    team.move(team.version(), "production")
    rows = everything(api.viewer)
    seen = visible_activities(team.viewer).order_by("-id").values_list("id", flat=True)
    assert [row["id"] for row in rows] == list(seen)
    line = Activity.objects.latest("id")
    applied = {name: rows[0][name] for name in ("verb", "actor", "version", "from_stage", "to_stage", "skipped_stages", "hash")}
    assert applied == {
        "verb": "stage_change.applied", "actor": "reviewer", "version": 1, "from_stage": "unassigned", "to_stage": "production",
        "skipped_stages": ["development", "staging"], "hash": line.hash,
    }  # fmt: skip
    assert set(rows[0]) == set(COLUMNS) == set(ActivitySerializer().fields)


@pytest.mark.parametrize("query", ["", "verb=stage_change&actor=engineer", "model=churn&version=1", "until=2000-01-01"])
def test_files_hold_the_same_rows_as_the_list(api: Callers, team: Team, query: str):
    team.move(team.version(), "staging")
    rows = everything(api.viewer, query)
    lines = api.viewer.get(f"{LOG}?format=jsonl&{query}")
    assert lines["Content-Type"] == "application/jsonl; charset=utf-8"
    assert lines["Content-Disposition"] == 'attachment; filename="activity.jsonl"'
    assert [json.loads(line) for line in b"".join(lines.streaming_content).splitlines()] == rows
    table = api.viewer.get(f"{LOG}?format=csv&{query}", Accept="text/csv")
    assert table["Content-Type"] == "text/csv; charset=utf-8"
    read = list(csv.DictReader(io.StringIO(b"".join(table.streaming_content).decode())))
    assert [int(row["id"]) for row in read] == [row["id"] for row in rows]


def test_a_file_is_streamed(api: Callers):
    assert api.viewer.get(f"{LOG}?format=csv").streaming


def test_one_sees_the_log_of_ones_workspaces(api: Callers):
    other = make_team("other", "2")
    assert {row["workspace"] for row in everything(api.engineer)} == {"default", None}
    assert everything(api.engineer, "workspace=other") == []
    assert everything(api.engineer, f"actor={other.engineer.username}") == []
    assert {row["person"] for row in everything(api.stranger)} == {"stranger"}


@pytest.mark.parametrize(
    ("query", "field"),
    [("since=soon", "since"), ("until=x", "until"), ("version=1", "version"), ("request=x", "request"), ("format=xml", "format"),
     ("verb=%00", "verb"), ("who=me", "who"), ("request=99999999999999999999", "request")],
)  # fmt: skip
def test_a_wrong_or_unknown_parameter_is_named(api: Callers, query: str, field: str):
    response = api.viewer.get(f"{LOG}?{query}")
    assert (problem(response), fields(response)) == ((400, "invalid"), [field])


def test_the_log_is_read_and_nothing_else(api: Callers):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert problem(api.admin.send(method, LOG)) == (405, "method-not-allowed")
