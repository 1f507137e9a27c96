"""Registering a model, and a version of one."""

import pytest

from activity.models import Activity
from activity.unit import unit_of_work
from registry.models import ModelVersion, RegisteredModel
from registry.services import archive_model
from tests.cast import caller, make_team
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db

MODEL = "/w/default/register-model"
VERSION = "/w/default/models/churn/register-version"


@pytest.fixture
def team():
    return make_team()


@pytest.mark.parametrize("address", [MODEL, VERSION])
@pytest.mark.parametrize(("user", "status"), [("stranger", 404), ("viewer", 403), ("engineer", 200), ("admin", 200)])
def test_editors_may_register_viewers_are_told_why_not_strangers_see_nothing(team, address, user, status):
    client = browser(getattr(team, user))
    assert client.get(address).status_code == status
    if status != 200:
        assert client.post(address, {"name": "x"}).status_code == status
        assert (RegisteredModel.objects.count(), ModelVersion.objects.count()) == (1, 0)


def test_a_model_is_registered_with_what_was_typed(team):
    client = browser(team.engineer)
    typed = {"name": "vision", "description": "What is in it.", "labels": "tabular, gold, gold", "readme": "# Use\r\nSlowly."}
    where = send(client, MODEL, typed)
    model = RegisteredModel.objects.get(name="vision")
    assert where == "/w/default/models/vision"
    assert (model.description, model.labels, model.readme) == ("What is in it.", ["gold", "tabular"], "# Use\nSlowly.")
    assert (model.owner, Activity.objects.get(model_id=model.pk).via) == (team.engineer, "page")
    assert flashes(client, where) == ["vision is registered. Its first version can follow."]


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("", 400, "This field is required."),
        ("a/b", 400, "A model's name has 1–250 characters, none of / \\ : ? # %, and is not “.” or “..”. Choose another."),
        ("churn", 409, "There is a model called “churn” already, so nothing was changed. Choose another name."),
    ],
)
def test_a_name_that_cannot_be_says_why_and_keeps_what_was_typed(team, name, status, reason):
    page = send(browser(team.engineer), MODEL, {"name": name, "description": "Kept."}, status)
    assert reason in page.words
    assert (page.values["name"], page.values["description"]) == (name, "Kept.")


def test_a_version_is_registered_with_what_was_typed(team):
    typed = {
        "name": "v9",
        "description": "Better.",
        "artifact_uri": "s3://models/9",
        "artifact_digest": "sha256:DEADBEEF",
        "metrics": "auc = 0.9\r\nImageNet-1K/acc@1 = 76",
        "parameters": '{"depth": 6, "sizes": [1, 2]}',
        "attributes": "team = risk",
        "labels": "gold",
        "run_url": "http://mlflow:5000/run/1",
    }
    client = browser(team.engineer)
    where = send(client, VERSION, typed)
    version = ModelVersion.objects.get()
    assert where == "/w/default/models/churn/versions/1"
    assert (version.name, version.stage, version.artifact_digest) == ("v9", "unassigned", "sha256:deadbeef")
    assert version.metrics == {"auc": 0.9, "ImageNet-1K/acc@1": 76}
    assert (version.parameters, version.attributes) == ({"depth": 6, "sizes": [1, 2]}, {"team": "risk"})
    assert (version.labels, version.run_url, version.description) == (["gold"], "http://mlflow:5000/run/1", "Better.")
    assert flashes(client, where) == ["v9 is registered. It is unassigned until somebody asks for a stage."]


def test_a_version_without_a_name_gets_the_next_number(team):
    team.version()
    send(browser(team.engineer), VERSION, {})
    assert ModelVersion.objects.get(number=2).name == "v2"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"metrics": "auc 0.9"}, "Line 1: “auc 0.9” has no “=”. Write each line as name = value."),
        (
            {"metrics": "auc = high"},
            "The metric “auc” is not a number. Metrics are names with numbers; put the rest in attributes.",
        ),
        (
            {"metrics": "auc = NaN"},
            "The metric “auc” is not a number. Metrics are names with numbers; put the rest in attributes.",
        ),
        ({"parameters": '{"a": '}, "This is not JSON: line 1, column 7: expecting value."),
        (
            {"artifact_digest": "md5:1"},
            "artifact_digest is “sha256:” and 8 to 64 hex digits, such as the output of sha256sum.",
        ),
        ({"run_url": "ftp://x"}, "run_url is a web address that begins with http:// or https://."),
    ],
)
def test_a_value_that_cannot_be_taken_says_why_and_keeps_what_was_typed(team, typed, reason):
    page = send(browser(team.engineer), VERSION, {"name": "v9", "attributes": "kept = yes", **typed}, 400)
    assert reason in page.words
    assert {field: page.values[field] for field in typed} == typed
    assert (page.values["name"], page.values["attributes"]) == ("v9", "kept = yes")
    assert ModelVersion.objects.count() == 0


def test_a_version_name_that_is_taken_is_refused_at_its_field(team):
    team.version(name="v9")
    page = send(browser(team.engineer), VERSION, {"name": "v9"}, 409)
    assert "churn has a version called “v9” already, so nothing was changed. Choose another name." in page.words


def test_an_archived_model_takes_no_version(team):
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.engineer))
    assert browser(team.engineer).get(VERSION).status_code == 409
    assert browser(team.engineer).post(VERSION, {"name": "v1"}).status_code == 409


def test_the_page_shows_the_same_through_the_api(team):
    words = look(browser(team.engineer), VERSION).words
    assert "curl http://testserver/api/v1/workspaces/default/models/churn/versions" in words
