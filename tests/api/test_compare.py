"""One version beside another, over HTTP."""

import pytest

from tests.api.conftest import MODEL, Callers, fields, problem
from tests.cast import Team

COMPARE = f"{MODEL}/versions/2/compare"


@pytest.fixture
def two(team: Team) -> Team:
    team.move(team.version(metrics={"auc": 0.85, "gone": 1}, parameters={"depth": 5}, labels=["a"]), "staging", "production")
    team.version(metrics={"auc": 0.9}, parameters={"depth": 6}, artifact_uri="s3://m", labels=["a"])
    return team


@pytest.mark.parametrize("asked", ["", "?with=production", "?with=1"])
def test_a_candidate_is_told_beside_what_is_in_production(api: Callers, two: Team, asked: str):
    body = api.viewer.get(COMPARE + asked).json()
    assert body["candidate"] == {"version": 2, "name": "v2", "stage": "unassigned"}
    assert body["base"] == {"version": 1, "name": "v1", "stage": "production"}
    *told, age = body["fields"]
    assert told == [
        {"field": "metrics.auc", "base": 0.85, "candidate": 0.9, "delta": 0.05, "better": "candidate"},
        {"field": "metrics.gone", "base": 1, "candidate": None, "delta": None, "better": None},
        {"field": "parameters.depth", "base": 5, "candidate": 6, "delta": None, "better": None},
        {"field": "labels", "base": ["a"], "candidate": ["a"], "delta": None, "better": "equal"},
        {"field": "artifact_uri", "base": None, "candidate": "s3://m", "delta": None, "better": None},
    ]
    assert (age["field"], age["better"], age["delta"] > 0, age["base"] < age["candidate"]) == ("created_at", None, True, True)


def test_what_the_model_declares_decides_which_side_is_better(api: Callers, two: Team):
    assert api.engineer.patch(MODEL, {"metric_directions": {"auc": "lower"}}).json()["metric_directions"] == {"auc": "lower"}
    assert api.viewer.get(COMPARE).json()["fields"][0]["better"] == "base"


def test_a_direction_that_is_none_is_refused(api: Callers, two: Team):
    for value in ({"auc": "up"}, {"auc": None}, ["auc"], {"": "lower"}):
        response = api.engineer.patch(MODEL, {"metric_directions": value})
        assert (problem(response), fields(response)) == ((400, "invalid"), ["metric_directions"])


def test_a_stage_stands_for_the_version_that_entered_it_last(api: Callers, two: Team):
    for _ in range(2):
        two.move(two.version(), "staging")
    assert api.viewer.get(f"{COMPARE}?with=staging").json()["base"]["version"] == 4
    assert api.viewer.get(f"{MODEL}/versions/4/compare?with=staging").json()["base"]["version"] == 3


@pytest.mark.parametrize("asked", ["archived", "unassigned"])
def test_where_no_other_version_is_there_is_nothing_to_compare_with(api: Callers, two: Team, asked: str):
    assert problem(api.viewer.get(f"{COMPARE}?with={asked}")) == (404, "not-found")
    assert problem(api.viewer.get(f"{MODEL}/versions/1/compare?with=production")) == (404, "not-found")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [("2", (400, "invalid")), ("nowhere", (400, "invalid")), ("9" * 40, (400, "invalid")), ("³", (400, "invalid")),
     ("9", (404, "not-found")), ("0", (404, "not-found"))],
)  # fmt: skip
def test_what_cannot_be_compared_with_is_told(api: Callers, two: Team, asked: str, answer: tuple[int, str]):
    assert problem(api.viewer.get(f"{COMPARE}?with={asked}")) == answer


def test_a_deleted_version_is_not_there_to_compare_with(api: Callers, two: Team):
    gone = two.move(two.version(), "development")
    two.delete(gone)
    assert problem(api.viewer.get(f"{COMPARE}?with=3")) == (404, "not-found")
    assert problem(api.viewer.get(f"{COMPARE}?with=development")) == (404, "not-found")


def test_a_stranger_sees_no_comparison(api: Callers, two: Team):
    assert problem(api.stranger.get(COMPARE)) == (404, "not-found")
