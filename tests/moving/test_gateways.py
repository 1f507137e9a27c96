"""From one Stageward into another, by the protocols that it speaks: what went in through MLflow's client comes out whole."""

import pytest
from pytest_django.live_server_helper import LiveServer

from activity.unit import unit_of_work
from imports.models import Import
from registry.models import Alias, ModelVersion, RegisteredModel, Tag
from registry.services import set_alias, set_model_tag, set_version_tag
from tests.api.conftest import token_of
from tests.cast import Team, caller, make_team
from tests.log import findings
from tests.moving.conftest import Bring, said

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def there(live_server: LiveServer, settings) -> Team:
    """Another workspace, with a history: a deleted version, one in Production, one for which a request waits."""
    settings.IMPORT_ALLOWED_HOSTS = ["localhost"]
    team = make_team("there", "-there")
    first, second, third, fourth = (
        team.version(artifact_uri=f"s3://b/{number}", attributes={"mlflow.run_id": f"r{number}"}) for number in (1, 2, 3, 4)
    )
    team.delete(second)
    team.move(third, "production")
    team.move(fourth, "development")
    team.ask(first, "staging")
    with unit_of_work():
        set_alias(version_id=third.pk, name="champion", by=caller(team.admin))
        set_model_tag(model_id=team.model.pk, key="team", value="risk", by=caller(team.admin))
        set_version_tag(version_id=third.pk, key="n", value="3", by=caller(team.admin))
    RegisteredModel.objects.filter(pk=team.model.pk).update(name="fraud")
    return team


def bring_from(there: Team, live_server: LiveServer, bring: Bring, kind: str) -> Import:
    return bring(f"{live_server.url}/w/there", kind, token=token_of(there.viewer))


@pytest.mark.parametrize("kind", ["mlflow", "databricks"])
def test_a_workspace_arrives_whole_and_once(kind: str, team: Team, there: Team, live_server: LiveServer, bring: Bring):
    run = bring_from(there, live_server, bring, kind)
    assert (run.status, run.error) == ("done", "")
    here = ModelVersion.objects.filter(model__workspace=team.workspace).order_by("number")
    columns = ("model__name", "number", "name", "stage", "artifact_uri", "attributes")
    assert list(here.values_list(*columns)) == [
        ("fraud", 1, "v1", "unassigned", "s3://b/1", {"mlflow.run_id": "r1"}),
        ("fraud", 3, "v3", "production", "s3://b/3", {"mlflow.run_id": "r3"}),
        ("fraud", 4, "v4", "development", "s3://b/4", {"mlflow.run_id": "r4"}),
    ]
    assert list(Alias.objects.filter(model__workspace=team.workspace).values_list("name", "version__number")) == [("champion", 3)]
    tags = Tag.objects.filter(model__workspace=team.workspace).order_by("key").values_list("version__number", "key", "value")
    assert list(tags) == [(3, "n", "3"), (None, "team", "risk")]
    waits = [line for line in said(run) if line[0] == "skipped"]
    assert [about for _, about, _ in waits] == ["fraud 1"] * len(waits)
    assert len(waits) == (2 if kind == "databricks" else 1)
    again = bring_from(there, live_server, bring, kind)
    assert (again.counts["unchanged"], again.counts.get("versions"), again.counts["new_events"]) == (3, None, 0)
    assert findings() == []
