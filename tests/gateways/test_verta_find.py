"""Verta's predicates, order and pages, over the one find language."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.unit import unit_of_work
from registry.services import register_model
from tests.cast import Team, caller, make_team
from tests.gateways.verta import Verta, verta
from tests.log import no_activity

EQ, NE, GT, GTE, LT, LTE, CONTAIN, NOT_CONTAIN, IN = range(9)


@pytest.fixture
def engineer(team: Team) -> Verta:
    return verta(team.engineer)


def predicate(key: str, value: Any, operator: int = EQ) -> dict[str, Any]:
    return {"key": key, "value": value, "value_type": 0, "operator": operator}


def names(who: Verta, *predicates: dict[str, Any], path: str = "registry/model_versions/find", **more: Any) -> list[str]:
    """What is found, in the order told."""
    status, said = who.post(path, {"predicates": list(predicates), "ascending": True, "sort_key": "", "ids": [], **more})
    assert status == 200, said
    return [each.get("version") or each["name"] for each in said.get("model_versions") or said.get("registered_models") or []]


def test_versions_are_found_by_what_the_client_may_ask(team: Team, engineer: Verta):
    one = team.version(name="2", labels=["eu", "gold"])
    two = team.version(name="2.0", labels=["nan"], attributes={"verta.experiment_run_id": "run-7"})
    team.move(team.version(name="v3"), "development")
    shown = engineer.get(f"registry/model_versions/{two.pk}")[1]["model_version"]
    created = float(shown["time_created"])
    for asked, found in {
        ("version", 2.0, EQ): ["2", "2.0"],
        ("version", "2", EQ): ["2"],
        ("version", 2.0, NE): ["v3"],
        ("version", "2", CONTAIN): ["2", "2.0"],
        ("labels", "eu", EQ): ["2"],
        ("labels", "e", EQ): [],
        ("labels", "eu", NE): ["2.0", "v3"],
        ("labels", "NaN", EQ): ["2.0"],
        ("stage", "development", EQ): ["v3"],
        ("stage", "unassigned", NE): ["v3"],
        ("id", float(one.pk), EQ): ["2"],
        ("id", str(one.pk), GT): ["2.0", "v3"],
        ("id", "9999999999999999999", LT): ["2", "2.0", "v3"],
        ("registered_model_id", float(team.model.pk), EQ): ["2", "2.0", "v3"],
        ("registered_model_id", 999999, EQ): [],
        ("experiment_run_id", "run-7", EQ): ["2.0"],
        ("time_created", created, GTE): ["2.0", "v3"],
        ("time_created", created - 100_000, LT): [],
        ("time_updated", created + 100_000_000, LTE): ["2", "2.0", "v3"],
    }.items():
        assert names(engineer, predicate(*asked)) == found, asked
    assert "2.0" in names(engineer, predicate("time_created", created))
    assert "2.0" not in names(engineer, predicate("time_created", created, NE))
    assert "2.0" not in names(engineer, predicate("time_created", created, GT))
    assert names(engineer, predicate("version", "2", CONTAIN), predicate("labels", "gold")) == ["2"]
    assert names(engineer, ids=[str(one.pk), two.pk]) == ["2", "2.0"]


def test_models_are_found_by_what_the_client_may_ask(team: Team, engineer: Verta):
    with unit_of_work():
        other = register_model(workspace_id=team.workspace.pk, name="3", labels=["eu"], by=caller(team.engineer))
    elsewhere = make_team("vision", "-vision")
    with unit_of_work():
        register_model(workspace_id=elsewhere.workspace.pk, name="unseen", by=caller(elsewhere.engineer))
    everywhere, here = "registry/registered_models/find", "registry/workspaces/default/registered_models/find"
    for path in (everywhere, here):
        assert names(engineer, path=path) == ["churn", "3"]
        assert names(engineer, predicate("name", 3.0), path=path) == ["3"]
        assert names(engineer, predicate("labels", "eu"), path=path) == ["3"]
        assert names(engineer, predicate("id", str(other.pk), NE), path=path) == ["churn"]
        assert names(engineer, predicate("time_updated", 0, GT), path=path, sort_key="name") == ["3", "churn"]
    assert engineer.refused("POST", "registry/workspaces/vision/registered_models/find", {}) == (404, 5)
    assert engineer.refused("POST", "registry/workspaces/vision/model_versions/find", {}) == (404, 5)


def test_pages_come_by_number_with_the_count_of_all(team: Team, engineer: Verta):
    for number in range(12):
        team.version(name=f"v{number % 4}.{number}")
    path = f"registry/registered_models/{team.model.pk}/model_versions/find"
    for key in ("", "id", "version", "stage", "time_created", "registered_model_id"):
        for ascending in (True, False):
            found: list[str] = []
            for number in (1, 2, 3, 4):
                body = {"pagination": {"page_number": number, "page_limit": 5}, "sort_key": key, "ascending": ascending}
                status, said = engineer.post(path, body)
                assert (status, said["total_records"]) == (200, "12")
                found += [each["version"] for each in said["model_versions"]]
            assert (len(found), len(set(found))) == (12, 12)
            last = engineer.post(
                path, {"pagination": {"page_number": 1, "page_limit": 1}, "sort_key": key, "ascending": not ascending}
            )
            assert last[1]["model_versions"][0]["version"] == found[-1]
    status, said = engineer.post(path, {})
    assert (len(said["model_versions"]), said["total_records"]) == (10, "12")
    assert engineer.post(path, {"pagination": {"page_number": 10**18, "page_limit": 10}})[1]["model_versions"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"predicates": [predicate("metrics.auc", 1)]},
        {"predicates": [predicate("lock_level", "open")]},
        {"predicates": [predicate("stage", "nowhere")]},
        {"predicates": [predicate("stage", "staging", GT)]},
        {"predicates": [predicate("version", "v1", NOT_CONTAIN)]},
        {"predicates": [predicate("version", "v1", IN)]},
        {"predicates": [predicate("version", "v1", 77)]},
        {"predicates": [predicate("version", None)]},
        {"predicates": [predicate("version", ["v1"])]},
        {"predicates": [predicate("version", "a\x00b")]},
        {"predicates": [predicate("id", "x")]},
        {"predicates": [predicate("id", 1.5)]},
        {"predicates": [predicate("time_created", "yesterday")]},
        {"predicates": [predicate("time_created", 1e300)]},
        {"predicates": [{"value": "x"}]},
        {"predicates": [predicate("id", 1)] * 31},
        {"predicates": "stage"},
        {"predicates": [1]},
        {"ids": ["x"]},
        {"ids": 1},
        {"sort_key": "labels"},
        {"sort_key": 1},
        {"ascending": "up"},
        {"pagination": [1]},
        {"pagination": {"page_number": 0}},
        {"pagination": {"page_limit": 10**6}},
        {"pagination": {"page_limit": "1"}},
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused_with_what_can(engineer: Verta, body: dict[str, Any]):
    with no_activity():
        status, said = engineer.post("registry/model_versions/find", body)
    assert (status, said["code"]) == (400, 3)
    assert "Column" not in said["message"]


def test_a_workspace_with_other_stages_is_told_in_the_words_that_the_client_knows(team: Team):
    other = make_team("gto", "-gto", preset="mlflow")
    version, engineer = other.version(), verta(other.engineer)
    told = engineer.get(f"registry/model_versions/{version.pk}")[1]["model_version"]
    assert told["stage"] == "UNASSIGNED"
    assert names(engineer, predicate("stage", "unassigned")) == ["v1"]
    assert names(engineer, predicate("stage", "none")) == ["v1"]
    with no_activity():
        status, said = engineer.post("registry/stage/updateStage", {"model_version_id": version.pk, "stage": 1})
    assert (status, said["code"]) == (400, 3)
    assert said["message"].endswith("Choose one of: UNASSIGNED, STAGING, PRODUCTION, ARCHIVED.")


def test_a_list_asks_as_many_questions_for_one_row_as_for_three(team: Team, engineer: Verta):
    assert names(engineer) == []  # the token is noted as used
    for rows in (1, 3):
        while team.version().number < rows:
            pass
        with CaptureQueriesContext(connection) as asked:
            assert len(names(engineer, predicate("stage", "unassigned"))) == rows
        assert len(asked) == 5  # the token, the stages that may be meant, how many, which, what their stages are called
