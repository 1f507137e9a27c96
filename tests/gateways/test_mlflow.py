"""What MLflow's client is told: the shapes that it reads, and the rules that it relies on."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.models import ModelVersion, RegisteredModel
from tests.api.conftest import Api, Callers
from tests.cast import Team, make_team
from tests.log import no_activity

PREFIX = "/api/2.0/mlflow"


def post(who: Api, path: str, **body: Any) -> Any:
    response = who.post(f"{PREFIX}/{path}", body)
    assert response.status_code == 200, response.json()
    return response.json()


def get(who: Api, path: str, **query: Any) -> Any:
    response = who.get(f"{PREFIX}/{path}?{urlencode(query, doseq=True)}")
    assert response.status_code == 200, response.json()
    return response.json()


def test_a_model_and_a_version_have_the_fields_that_the_client_reads(api: Callers):
    tags = [{"key": "b", "value": "2"}, {"key": "a", "value": "1"}]
    made = post(api.engineer, "registered-models/create", name="p", tags=tags)["registered_model"]
    assert set(made) == {"name", "creation_timestamp", "last_updated_timestamp", "tags"}
    assert made["tags"] == tags[::-1]
    version = post(api.engineer, "model-versions/create", name="p", source="s3://b/m", run_id="r", model_id="m-1")[
        "model_version"
    ]
    moments = {version.pop("creation_timestamp"), version.pop("last_updated_timestamp")}
    assert version == {
        "name": "p", "version": "1", "current_stage": "None", "description": "", "source": "s3://b/m", "run_id": "r", "model_id": "m-1",
        "status": "READY", "run_link": "",
    }  # fmt: skip
    assert all(isinstance(moment, int) and moment > 1_700_000_000_000 for moment in moments)
    model = get(api.viewer, "registered-models/get", name="p")["registered_model"]
    assert [version["version"] for version in model["latest_versions"]] == ["1"]
    assert model["last_updated_timestamp"] >= max(moments)


def test_a_version_remembers_where_it_came_from_as_content(api: Callers, team: Team):
    post(
        api.engineer,
        "model-versions/create",
        name="churn",
        source="s3://b/m",
        run_id="r1",
        description="d",
        run_link="https://x/1",
    )
    version = ModelVersion.objects.get()
    assert (version.artifact_uri, version.run_url, version.description) == ("s3://b/m", "https://x/1", "d")
    assert version.attributes == {"mlflow.run_id": "r1"}
    team.edit(version, metrics={"auc": 0.9}, artifact_digest="sha256:12345678")
    post(api.engineer, "registered-models/create", name="other")
    copied = post(api.engineer, "model-versions/create", name="other", source="models:/churn/1")["model_version"]
    assert copied["source"] == "models:/churn/1"
    assert get(api.viewer, "model-versions/get-download-uri", name="other", version="1") == {"artifact_uri": "s3://b/m"}
    copy = ModelVersion.objects.get(model__name="other")
    assert (copy.metrics, copy.artifact_digest, copy.stage) == ({"auc": 0.9}, "sha256:12345678", "unassigned")


def test_a_stage_keeps_mlflows_spelling_in_and_out(team: Team, api: Callers):
    team.policy("development", 0)
    team.policy("unassigned", 0)
    team.version()
    for sent, told in (("DEVELOPMENT", "Development"), ("none", "None"), ("Development", "Development"), ("Unassigned", "None")):
        body = {"name": "churn", "version": "1", "stage": sent}
        assert post(api.engineer, "model-versions/transition-stage", **body)["model_version"]["current_stage"] == told
    with no_activity():
        assert post(api.engineer, "model-versions/transition-stage", **body)["model_version"]["current_stage"] == "None"


def test_the_newest_version_in_each_stage_is_told_by_stage(team: Team, api: Callers):
    team.move(team.version(), "staging")
    team.move(team.version(), "staging")
    team.version()
    for sent, told in (({}, ["3", "2"]), ({"stages": ["staging"]}, ["2"]), ({"stages": ["Production"]}, [])):
        found = post(api.viewer, "registered-models/get-latest-versions", name="churn", **sent)
        assert [version["version"] for version in found.get("model_versions", [])] == told
    assert (
        get(api.viewer, "registered-models/get-latest-versions", name="churn", stages=["none"])["model_versions"][0]["version"]
        == "3"
    )


def test_where_a_version_may_hold_several_stages_each_knows_it(api: Callers, team: Team):
    slots = make_team("slots", "-slots", "chariot")
    slots.move(slots.version(), "staging", "production")
    callers = Callers(slots)
    found = post(callers.viewer, "registered-models/get-latest-versions", name="churn", stages=["Staging"])["model_versions"]
    assert [(version["version"], version["current_stage"]) for version in found] == [("1", "Production")]


@pytest.fixture
def shelf(team: Team, api: Callers) -> None:
    """Three models with versions, tags and a prompt."""
    for name, tags in (("Alpha", {"team": "a"}), ("alp_ha", {"team": "B b"}), ("a prompt", {"mlflow.prompt.is_prompt": "true"})):
        pairs = [{"key": key, "value": value} for key, value in tags.items()]
        post(api.engineer, "registered-models/create", name=name, tags=pairs)
    for number in (1, 2, 3):
        body = {"source": f"s3://b/{number}", "run_id": f"r{number}", "tags": [{"key": "n", "value": str(number)}]}
        post(api.engineer, "model-versions/create", name="Alpha", **body)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", ["Alpha", "a prompt", "alp_ha", "churn"]),
        ("name = 'Alpha'", ["Alpha"]),
        ("name != 'Alpha'", ["a prompt", "alp_ha", "churn"]),
        ("name LIKE 'al%'", ["alp_ha"]),
        ("name ILIKE 'al%'", ["Alpha", "alp_ha"]),
        ("name LIKE '_lpha'", ["Alpha"]),
        ("name LIKE '%\\\\%'", []),
        ("name LIKE '[A]lpha'", []),
        ("name IN ('Alpha', 'churn')", ["Alpha", "churn"]),
        ("name not in ('Alpha', 'churn')", ["a prompt", "alp_ha"]),
        ("tags.team = 'a'", ["Alpha"]),
        ("tags.team != 'a'", ["alp_ha"]),
        ('tag.`team` ILIKE "b%"', ["alp_ha"]),
        ("name LIKE 'a%' AND tag.`mlflow.prompt.is_prompt` != 'true'", ["alp_ha"]),
        ("tag.`mlflow.prompt.is_prompt` = 'true'", ["a prompt"]),
        ("tag.`mlflow.prompt.is_prompt` = 'false'", ["Alpha", "alp_ha", "churn"]),
    ],
)
def test_models_are_found_by_mlflows_filter(shelf: None, api: Callers, asked: str, names: list[str]):
    found = get(api.viewer, "registered-models/search", filter=asked).get("registered_models", [])
    assert sorted(model["name"] for model in found) == names


@pytest.mark.parametrize(
    ("asked", "order", "numbers"),
    [
        ("name = 'Alpha'", ["version_number ASC"], ["1", "2", "3"]),
        ("name = 'Alpha'", [], ["3", "2", "1"]),
        ("version_number > 1 AND version_number <= 3", ["version_number"], ["2", "3"]),
        ("version_number != '2'", ["version_number DESC"], ["3", "1"]),
        ("run_id = 'r2'", [], ["2"]),
        ("run_id != 'r2'", ["creation_timestamp ASC"], ["1", "3"]),
        ("run_id LIKE 'r%' AND run_id NOT IN ('r1', 'r2')", [], ["3"]),
        ("run_id ILIKE 'R1'", [], ["1"]),
        ("source_path LIKE '%/3'", [], ["3"]),
        ("tags.n = '2'", [], ["2"]),
    ],
)
def test_versions_are_found_by_mlflows_filter(shelf: None, api: Callers, asked: str, order: list[str], numbers: list[str]):
    found = get(api.viewer, "model-versions/search", filter=asked, order_by=order).get("model_versions", [])
    assert [version["version"] for version in found] == numbers


def test_a_list_is_read_page_by_page(shelf: None, api: Callers):
    for order in ([], ["name DESC"], ["last_updated_timestamp DESC", "name"]):
        names: list[str] = []
        token = ""
        for _ in range(4):
            part = get(api.viewer, "registered-models/search", max_results=1, order_by=order, page_token=token)
            names += [model["name"] for model in part["registered_models"]]
            token = part.get("next_page_token", "")
        assert len(set(names)) == 4
        assert token == ""
    assert get(api.viewer, "registered-models/search", max_results=0) == {}
    first = get(api.viewer, "model-versions/search", max_results=2)
    rest = get(api.viewer, "model-versions/search", max_results=2, page_token=first["next_page_token"])
    assert [version["version"] for version in first["model_versions"] + rest["model_versions"]] == ["3", "2", "1"]


def test_tags_and_aliases_are_told_where_mlflow_tells_them(shelf: None, api: Callers):
    post(api.engineer, "registered-models/alias", name="Alpha", alias="champion", version="2")
    model = get(api.viewer, "registered-models/get", name="Alpha")["registered_model"]
    assert model["aliases"] == [{"alias": "champion", "version": "2"}]
    assert "aliases" not in model["latest_versions"][0]
    assert get(api.viewer, "registered-models/alias", name="Alpha", alias="champion")["model_version"]["aliases"] == ["champion"]
    (found,) = get(api.viewer, "registered-models/search", filter="name='Alpha'")["registered_models"]
    assert "aliases" not in found
    assert api.engineer.send("DELETE", f"{PREFIX}/registered-models/alias", {"name": "Alpha", "alias": "champion"}).json() == {}
    assert api.engineer.send("DELETE", f"{PREFIX}/registered-models/alias", {"name": "Alpha", "alias": "champion"}).json() == {}


def test_what_a_client_sends_in_the_query_of_a_delete_counts_too(shelf: None, api: Callers):
    assert api.engineer.send("DELETE", f"{PREFIX}/registered-models/delete?name=churn").json() == {}
    assert not RegisteredModel.objects.filter(name="churn", deleted_at=None).exists()


def test_a_call_costs_the_same_however_much_there_is(team: Team, api: Callers):
    calls = {
        "registered-models/get?name=churn": 9,
        "model-versions/get?name=churn&version=1": 7,
        "registered-models/search": 8,
        "model-versions/search": 6,
    }
    counted: dict[str, list[int]] = {path: [] for path in calls}
    for _ in range(2):
        team.move(team.version(), "staging")
        post(api.engineer, "registered-models/create", name=f"m{ModelVersion.objects.count()}", tags=[{"key": "a", "value": "b"}])
        for path in calls:
            api.viewer.get(f"{PREFIX}/{path}")
            with CaptureQueriesContext(connection) as queries:
                assert api.viewer.get(f"{PREFIX}/{path}").status_code == 200
            counted[path].append(len(queries))
    assert counted == {path: [count, count] for path, count in calls.items()}
