"""The figures behind the charts, in the API."""

import csv
import io

from tests.api.conftest import Callers, problem
from tests.cast import Team

INSIGHTS = "/api/v1/insights"


def test_the_figures_are_told_as_json(api: Callers, team: Team):
    team.move(team.version(), "staging")
    team.ask(team.version())
    body = api.viewer.get(f"{INSIGHTS}?days=30&workspace=default&model=churn").json()
    assert list(body) == [
        "days", "counted_until", "versions_per_stage", "time_to_approve", "age_of_pending", "changes_applied",
    ]  # fmt: skip
    assert (body["days"], body["counted_until"], len(body["versions_per_stage"])) == (30, None, 30)
    assert body["versions_per_stage"][-1]["versions"] == {
        "unassigned": 1, "development": 0, "staging": 1, "production": 0, "archived": 0,
    }  # fmt: skip
    assert body["time_to_approve"] == [{"to_stage": "staging", "count": 1, "median_seconds": 0, "p90_seconds": 0}]
    assert body["age_of_pending"][0] == {"from_days": 0, "to_days": 1, "count": 1}
    assert body["age_of_pending"][-1] == {"from_days": 30, "to_days": None, "count": 0}
    last = body["changes_applied"][-1]
    assert (last["since"], last["applied"], last["skipped"], last["break_glass"]) == (last["until"], 1, 1, 0)


def test_a_table_is_told_as_csv(api: Callers, team: Team):
    team.move(team.version(), "staging")
    response = api.viewer.get(f"{INSIGHTS}?format=csv&table=time_to_approve")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert list(csv.reader(io.StringIO(response.content.decode()))) == [
        ["to_stage", "count", "median_seconds", "p90_seconds"],
        ["staging", "1", "0", "0"],
    ]


def test_format_and_table_go_together(api: Callers):
    for query in ("format=csv", "table=time_to_approve", "days=7", "format=xml&table=time_to_approve"):
        assert problem(api.viewer.get(f"{INSIGHTS}?{query}")) == (400, "invalid"), query


def test_a_stranger_is_told_of_nothing(api: Callers, team: Team):
    team.move(team.version(), "production")
    team.ask(team.version())
    body = api.stranger.get(f"{INSIGHTS}?workspace=default").json()
    assert {len(point["versions"]) for point in body["versions_per_stage"]} == {0}
    assert body["time_to_approve"] == []
    assert sum(band["count"] for band in body["age_of_pending"]) == 0
    assert sum(point["applied"] for point in body["changes_applied"]) == 0
