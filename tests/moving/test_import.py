"""A running registry moved into a workspace: what arrives, what is said of the rest, and that nothing is doubled or moved after."""

from datetime import UTC, datetime

import pytest

from accounts.caller import Caller
from accounts.models import Membership, Role, User
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from imports import running
from imports.items import VersionItem
from imports.models import Import
from imports.services import resume_import
from registry.models import Alias, ModelVersion, RegisteredModel, StageAssignment, Tag
from registry.services import remove_alias
from tests.cast import Team, caller
from tests.log import findings
from tests.moving.conftest import Bring, said
from tests.moving.registry import BORN, Registry

pytestmark = pytest.mark.django_db
NO_HISTORY = ("noted", "MLflow", "It keeps no history of stages: each is dated by the last change of its version there.")


def at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def versions(name: str) -> list[tuple[int, str, str]]:
    """Those of a model: number, name, stage."""
    return list(ModelVersion.objects.alive().filter(model__name=name).order_by("number").values_list("number", "name", "stage"))


@pytest.fixture
def fraud(upstream: Registry) -> Registry:
    """Five versions, of which the second was deleted, in every stage there is; with tags and aliases."""
    upstream.model(
        "fraud",
        *("Archived", "None", "Production", "Staging", "None"),
        description="Who cheats.",
        tags=[{"key": "team", "value": "risk"}],
        aliases=[{"alias": "champion", "version": "3"}, {"alias": "challenger", "version": "4"}],
    )
    told = upstream.models["fraud"]["versions"]
    told[2] |= {
        "run_id": "r3", "model_id": "m-3", "run_link": "https://ml.example.org/r3", "user_id": "engineer@example.org", "description": "AUC",
        "tags": [{"key": "n", "value": "3"}, {"key": "empty", "value": ""}],
    }  # fmt: skip
    del told[1]
    return upstream


def test_everything_arrives_with_the_numbers_that_programs_know(team: Team, fraud: Registry, bring: Bring):
    run = bring(fraud.url)
    assert (run.status, run.error) == ("done", "")
    assert run.counts == {
        "models": 1, "versions": 4, "stages": 3, "aliases": 2, "events": 4, "new_events": 4, "gone": 0, "skipped": 0,
    }  # fmt: skip
    assert versions("fraud") == [(1, "v1", "archived"), (3, "v3", "production"), (4, "v4", "staging"), (5, "v5", "unassigned")]
    assert said(run) == [NO_HISTORY]
    model = RegisteredModel.objects.get(name="fraud")
    assert (model.description, model.last_number) == ("Who cheats.", 5)
    assert dict(Alias.objects.values_list("name", "version__number")) == {"champion": 3, "challenger": 4}
    assert sorted(Tag.objects.values_list("version__number", "key", "value"), key=str) == [
        (3, "empty", ""), (3, "n", "3"), (None, "team", "risk"),
    ]  # fmt: skip
    assert findings() == []


def test_a_version_arrives_with_what_is_approved_of_it_and_the_times_that_it_had(team: Team, fraud: Registry, bring: Bring):
    bring(fraud.url)
    third = ModelVersion.objects.get(number=3)
    assert (third.artifact_uri, third.attributes) == (
        "s3://bucket/fraud/3",
        {"mlflow.run_id": "r3", "mlflow.model_id": "m-3"},
    )
    assert (third.run_url, third.description) == ("https://ml.example.org/r3", "AUC")
    held = StageAssignment.objects.get(version=third)
    assert (third.occurred_at, held.entered_at, held.left_at) == (at(BORN + 3000), at(BORN + 3500), None)
    line = Activity.objects.get(pk=held.imported_activity_id or 0)
    assert (line.verb, line.via, line.actor_id, held.actor) == (
        "model_version.stage_imported", "import", team.admin.pk, team.engineer,
    )  # fmt: skip
    assert not StageChangeRequest.objects.exists()


def test_the_same_import_again_changes_nothing_also_by_another_address(team: Team, fraud: Registry, bring: Bring):
    bring(fraud.url)
    before, lines = list(ModelVersion.objects.order_by("pk").values()), Activity.objects.count()
    for address in (fraud.url, f"{fraud.url}/", fraud.url.replace("127.0.0.1", "localhost")):
        again = bring(address)
        assert again.counts == {"unchanged": 4, "events": 4, "new_events": 0, "gone": 0, "skipped": 0}
    assert list(ModelVersion.objects.order_by("pk").values()) == before
    assert {line.verb for line in Activity.objects.order_by("pk")[lines:]} == {"import.started", "import.finished"}


def test_a_second_import_brings_the_new_alone_and_asks_for_what_changed(team: Team, fraud: Registry, bring: Bring):
    bring(fraud.url)
    fraud.models["fraud"]["versions"][2]["current_stage"] = "Production"  # version 4
    fraud.models["fraud"]["aliases"] = [{"alias": "champion", "version": "4"}, {"alias": "shadow", "version": "5"}]
    fraud.version("fraud", "Staging", version="6")
    fraud.model("credit", "Production")
    del fraud.models["fraud"]["versions"][0]
    run = bring(fraud.url)
    assert run.counts == {
        "models": 1, "versions": 2, "stages": 1, "requests": 2, "aliases": 1, "unchanged": 1, "events": 5, "new_events": 2, "gone": 1,
        "skipped": 0,
    }  # fmt: skip
    assert versions("credit") == [(1, "v1", "production")]
    assert versions("fraud")[2:] == [(4, "v4", "staging"), (5, "v5", "unassigned"), (6, "v6", "unassigned")]
    asked = StageChangeRequest.objects.order_by("pk").values_list("version__number", "to_stage__key", "requester", "status")
    assert list(asked) == [(4, "production", team.admin.pk, "pending"), (6, "staging", team.admin.pk, "pending")]
    assert dict(Alias.objects.values_list("name", "version__number")) == {"champion": 3, "challenger": 4, "shadow": 5}
    kept = "The alias champion points at it there. Here it points at another version, and stays."
    assert ("noted", "fraud v4", kept) in said(run)
    assert ("noted", "fraud v1", "This is there no more. What it brought stays as it is.") in said(run)
    assert bring(fraud.url).counts["unchanged"] == 5
    assert StageChangeRequest.objects.count() == 2
    assert findings() == []


def test_a_model_made_again_under_its_name_is_another_one(team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud", "None")
    bring(upstream.url)
    upstream.model("fraud", "None", "None", born=BORN + 5_000_000)
    run = bring(upstream.url)
    assert versions("fraud-2") == [(1, "v1", "unassigned"), (2, "v2", "unassigned")]
    assert ("noted", "fraud", "It is called fraud-2 here, because its own name cannot be had.") in said(run)


def test_a_model_that_was_renamed_there_is_known_by_when_it_was_made(team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud", "None")
    bring(upstream.url)
    upstream.models = {"fraud-eu": upstream.models["fraud"] | {"name": "fraud-eu"}}
    upstream.models["fraud-eu"]["versions"][0]["name"] = "fraud-eu"
    assert bring(upstream.url).counts["unchanged"] == 1
    assert not RegisteredModel.objects.filter(name="fraud-eu").exists()


def test_where_a_number_was_given_here_before_the_version_gets_the_next_one(team: Team, upstream: Registry, bring: Bring):
    team.version()
    upstream.model("churn", "None", "Production")
    run = bring(upstream.url)
    assert versions("churn") == [(1, "v1", "unassigned"), (2, "v2", "unassigned"), (3, "v3", "unassigned")]
    assert [text for _, about, text in said(run) if about == "churn v1"] == [
        "It is version 2 here, because its own number was given before."
    ]
    assert StageChangeRequest.objects.get().version.artifact_uri == "s3://bucket/churn/2"


def test_models_without_versions_arrive_too_once(team: Team, upstream: Registry, bring: Bring):
    upstream.model("nothing yet", description="Soon.", tags=[{"key": "a", "value": "b"}])
    assert bring(upstream.url).counts == {"models": 1, "events": 0, "new_events": 0, "gone": 0, "skipped": 0}
    assert RegisteredModel.objects.get(name="nothing yet").description == "Soon."
    assert bring(upstream.url).counts.get("models") is None


def test_what_our_rules_refuse_is_listed_with_its_reason_and_the_rest_arrives(team: Team, upstream: Registry, bring: Bring):
    upstream.model("odd", tags=[{"key": "a*b", "value": "x"}, {"key": "stageward.pending_request", "value": "12"}])
    upstream.models["odd"]["aliases"] = [{"alias": "the best!", "version": "1"}]
    upstream.version("odd", run_link="ftp://somewhere")
    upstream.version("odd", status="FAILED_REGISTRATION", status_message="disk full")
    upstream.version("odd", version="three")
    upstream.version("odd", creation_timestamp="yesterday")
    upstream.version("odd", source="s" * 3000)
    upstream.model("is it?", "None")
    upstream.model("both ' and \"", "None")
    upstream.model("greeting", "None", tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}])
    run = bring(upstream.url)
    assert versions("odd") == [(1, "v1", "unassigned")]
    assert versions("is-it") == [(1, "v1", "unassigned")]
    assert sorted(said(run)) == sorted([
        ("noted", "is it?", "It is called is-it here, because its own name cannot be had."),
        ("skipped", "both ' and \"", "Its name has both kinds of quotes, so its versions cannot be asked for there."),
        ("skipped", "greeting", "It is a prompt, and no model."),
        ("skipped", "odd", "A tag was left out. A tag's key has 1–250 letters, digits, spaces and _ - . : / only. Choose another."),
        ("skipped", "odd", "A tag was left out. Tags that begin with “stageward.” are told by Stageward itself. Choose another key."),
        ("skipped", "odd 1", "An alias was left out. An alias has 1–255 letters, digits, _ and - only. Choose another."),
        ("skipped", "odd 1", "Its run's link was left out. run_link is a web address that begins with http:// or https://."),
        ("skipped", "odd 2", "It is not registered there to the end (FAILED_REGISTRATION): disk full."),
        ("skipped", "odd three", "“three” is no number of a version."),
        ("skipped", "odd 4", "Its creation_timestamp is “yesterday”, which is no time."),
        ("skipped", "odd v5", "artifact_uri has 3,000 characters; the most is 2,000. Shorten it."),
    ])  # fmt: skip
    assert run.counts["skipped"] == 10


def test_stages_that_nobody_knows_stop_the_import_until_it_is_said_which_they_are(team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud", "Shadow", "None")
    run = bring(upstream.url)
    assert run.status == "failed"
    assert run.error.startswith("It has stages that this workspace does not know: Shadow. Add them, or start again and say which")
    assert not RegisteredModel.objects.filter(name="fraud").exists()
    assert bring(upstream.url, stages={"Shadow": "staging"}).status == "done"
    assert versions("fraud") == [(1, "v1", "staging"), (2, "v2", "unassigned")]


def test_databricks_tells_which_requests_wait_there(team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud", "Staging", "None")
    upstream.waiting["fraud/2"] = [{"to_stage": "Production", "user_id": "a@example.org"}]
    run = bring(upstream.url, "databricks", token="dapi1")
    assert (run.status, run.counts["versions"]) == ("done", 2)
    assert said(run)[0] == ("skipped", "fraud 2", "A request to move it to Production waits there. Ask for it here.")
    assert {credentials for _, credentials in upstream.asked} == {"Bearer dapi1"}


def _dying_after(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next import stop after so many versions."""
    taken: list[object] = []
    bring_one = running._bring

    def dies(run: Import, item: VersionItem, by: Caller) -> None:
        if len(taken) == count:
            raise MemoryError
        taken.append(item)
        bring_one(run, item, by)

    monkeypatch.setattr(running, "_bring", dies)


def test_an_import_that_was_interrupted_goes_on_with_other_credentials(team: Team, fraud: Registry, bring: Bring, monkeypatch):
    fraud.model("nothing yet")
    _dying_after(2, monkeypatch)
    run = bring(fraud.url, token="old")
    assert (run.status, run.done, run.total) == ("failed", 2, 4)
    monkeypatch.undo()
    with unit_of_work():
        resume_import(import_id=run.pk, by=caller(team.admin), options={"token": "new", "stages": {"x": "staging"}})
    running.run_due()
    run = Import.objects.get(pk=run.pk)
    assert (run.status, run.done, run.counts["versions"], run.counts["stages"], run.options) == (
        "done", 4, 4, 3, {"stages": {"x": "staging"}},
    )  # fmt: skip
    assert versions("fraud") == [(1, "v1", "archived"), (3, "v3", "production"), (4, "v4", "staging"), (5, "v5", "unassigned")]
    assert RegisteredModel.objects.filter(name="nothing yet").count() == 1
    assert fraud.asked[-1][1] == "Bearer new"
    assert findings() == []


def _goes_on(run: Import, team: Team) -> Import:
    with unit_of_work():
        resume_import(import_id=run.pk, by=caller(team.admin))
    running.run_due()
    return Import.objects.get(pk=run.pk)


def test_an_import_that_goes_on_later_asks_where_people_decide_by_now(team: Team, upstream: Registry, bring: Bring, monkeypatch):
    upstream.model("credit", "None")
    upstream.model("fraud", "None", "None")
    upstream.model("churned", "None")
    _dying_after(3, monkeypatch)
    run = bring(upstream.url)
    monkeypatch.undo()
    team.move(ModelVersion.objects.get(model__name="fraud", number=1), "production")
    for name in ("fraud", "credit"):
        upstream.version(name, "Production", creation_timestamp=BORN + 10_000_000)
    run = _goes_on(run, team)
    assert (run.status, run.error) == ("done", "")
    assert versions("fraud") == [(1, "v1", "production"), (2, "v2", "unassigned"), (3, "v3", "unassigned")]
    assert versions("credit") == [(1, "v1", "unassigned"), (2, "v2", "production")]
    asked = StageChangeRequest.objects.pending().values_list("version__model__name", "version__number", "to_stage__key")
    assert list(asked) == [("fraud", 3, "production")]
    assert findings() == []


def test_an_alias_that_was_removed_here_stays_away_until_it_moves_there(team: Team, fraud: Registry, bring: Bring):
    bring(fraud.url)
    model = RegisteredModel.objects.get(name="fraud")
    with unit_of_work():
        remove_alias(model_id=model.pk, name="champion", by=caller(team.admin))
    run = bring(fraud.url)
    assert not Alias.objects.filter(name="champion").exists()
    told = "The alias champion points at it there. It was brought over before and removed here."
    assert (("noted", "fraud v3", told) in said(run), run.counts.get("aliases")) == (True, None)
    fraud.models["fraud"]["aliases"][0]["version"] = "5"
    bring(fraud.url)
    assert Alias.objects.get(name="champion").version.number == 5


def test_whoever_leaves_the_workspace_brings_nothing_more_and_another_admin_goes_on(
    team: Team, fraud: Registry, bring: Bring, monkeypatch: pytest.MonkeyPatch
):
    bring_one = running._bring

    def leaves(run: Import, item: VersionItem, by: Caller) -> None:
        Membership.objects.filter(user=team.admin).update(role=Role.VIEWER)
        User.objects.filter(pk=team.admin.pk).update(is_active=False)
        bring_one(run, item, by)

    monkeypatch.setattr(running, "_bring", leaves)
    run = bring(fraud.url)
    assert (run.status, run.done, list(run.report.filter(at_reading=False))) == ("failed", 0, [])
    assert run.error.startswith("There is nothing here that you may see.")
    assert not ModelVersion.objects.filter(model__name="fraud").exists()
    monkeypatch.undo()
    Membership.objects.filter(user=team.admin).update(role=Role.ADMIN)
    User.objects.filter(pk=team.admin.pk).update(is_active=True)
    assert (_goes_on(run, team).counts["versions"], len(versions("fraud"))) == (4, 4)


def test_who_moved_something_there_is_known_among_the_members_alone(team: Team, upstream: Registry, bring: Bring):
    upstream.model("fraud")
    for who in (team.engineer, team.stranger):
        upstream.version("fraud", "Production", user_id=who.email)
    bring(upstream.url)
    assert list(StageAssignment.objects.order_by("pk").values_list("actor__username", flat=True)) == ["engineer", "admin"]
    assert not Activity.objects.filter(data__contains=f'"author":{team.stranger.pk}').exists()
