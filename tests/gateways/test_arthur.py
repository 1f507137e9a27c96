"""Arthur's model groups and models, request for request, as the SDK sends them."""

from typing import Any

import pytest

from accounts.models import Role
from accounts.services import set_member
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from registry.models import ModelVersion, RegisteredModel
from registry.services import add_stage, register_model
from tests.cast import Team, caller, make_team
from tests.gateways.arthur import ATTRIBUTE, MODEL, SAVE, Arthur, arthur
from tests.log import activities, no_activity, one_activity


@pytest.fixture
def engineer(team: Team) -> Arthur:
    return arthur(team.engineer)


def numbers(who: Arthur, group: int, query: str = "") -> list[int]:
    status, said = who.get(f"model_groups/{group}/versions?page_size=2147483647&expand=attributes{query}")
    assert status == 200
    return [version["version_sequence_num"] for version in said["data"]]


def test_a_model_without_a_group_is_the_first_version_of_a_new_one(team: Team, engineer: Arthur):
    with activities("model.registered", "model_version.registered") as lines:
        status, said = engineer.save(tags=["eu", "retail"], description="Who pays back.", classifier_threshold=0.5)
    version = ModelVersion.objects.get(pk=said["id"])
    assert (status, said["model_group_id"], said["version_sequence_num"]) == (201, str(version.model_id), 1)
    assert (said["status"], said["version_label"], said["stage"]) == ("Ready", "v1", "unassigned")
    assert (version.model.name, version.labels, version.description) == ("Credit risk", ["eu", "retail"], "Who pays back.")
    assert version.attributes == {f"arthur.{key}": value for key, value in MODEL.items() if key != "archived"} | {
        "arthur.classifier_threshold": 0.5
    }
    assert {line.via for line in lines} == {"arthur"}
    with no_activity():
        assert engineer.get(f"models/{version.pk}") == (200, said)
        assert engineer.get("models/credit-1?id_type=partner_model_id&expand=attributes") == (200, said)
    assert said["attributes"] == [ATTRIBUTE]


def test_versions_count_in_their_group_and_are_found_by_number_and_label(team: Team, engineer: Arthur):
    first = engineer.saved()
    with one_activity("model_version.registered"):
        second = engineer.saved(partner_model_id="credit-2", model_group_id=str(first.model_id), version_label="challenger")
    assert (second.model_id, second.number, second.name) == (first.model_id, 2, "challenger")
    group = f"model_groups/{first.model_id}"
    assert numbers(engineer, first.model_id) == [2, 1]
    for query, number in (
        ("sequence_num=1", 1),
        ("label=challenger", 2),
        ("label=v1", 1),
        ("sequence_num=2&label=challenger", 2),
    ):
        status, said = engineer.get(f"{group}/versions?{query}&expand=attributes&include_archived=False")
        assert (status, [each["version_sequence_num"] for each in said["data"]]) == (200, [number]), query
    for query in (
        "sequence_num=3",
        "sequence_num=0",
        "sequence_num=99999999999",
        "label=nobody",
        "sequence_num=1&label=challenger",
    ):
        assert engineer.refused("GET", f"{group}/versions?{query}") == 404, query
    assert engineer.get(f"{group}/versions/latest")[1]["id"] == str(second.pk)
    status, page = engineer.get(f"{group}/versions?page=2&page_size=1")
    assert ([each["id"] for each in page["data"]], page["total_count"]) == ([str(first.pk)], 2)


def test_what_is_archived_is_told_where_it_is_asked_for(team: Team, engineer: Arthur):
    first = engineer.saved()
    second = engineer.saved(partner_model_id="credit-2", model_group_id=str(first.model_id))
    group = f"model_groups/{first.model_id}"
    team.move(second, "archived")
    assert numbers(engineer, first.model_id) == [1]
    assert [model["id"] for model in engineer.get("models")[1]["data"]] == [str(first.pk)]
    assert [model["id"] for model in engineer.get("models?include_archived=True")[1]["data"]] == [str(second.pk), str(first.pk)]
    assert numbers(engineer, first.model_id, "&include_archived=True") == [2, 1]
    assert engineer.get(f"{group}/versions/latest?include_archived=False")[1]["version_sequence_num"] == 1
    assert engineer.get(f"{group}/versions/latest?include_archived=True")[1]["version_sequence_num"] == 2
    status, said = engineer.get(f"{group}/versions?label=v2&include_archived=False")
    assert (status, "include_archived=True" in said["error"]) == (404, True)
    told = engineer.get(f"models/{second.pk}")[1]
    assert (told["archived"], told["status"], told["stage"]) == (True, "Archived", "archived")
    team.move(first, "archived")
    assert engineer.refused("GET", f"{group}/versions/latest") == 404


def test_a_second_group_of_one_name_is_called_by_what_is_unique(team: Team, engineer: Arthur):
    first = engineer.saved()
    second = engineer.saved(partner_model_id="credit-2")
    assert (first.model.name, second.model.name, second.number) == ("Credit risk", "credit-2", 1)
    assert engineer.get(f"models/{second.pk}")[1]["display_name"] == "Credit risk"
    assert engineer.saved(partner_model_id="nameless", display_name=None).model.name == "nameless"


def test_a_partner_model_id_names_one_active_model_of_a_workspace(team: Team, engineer: Arthur):
    first = engineer.saved()
    with no_activity():
        status, said = engineer.save(display_name="Another")
    assert (status, "credit-1" in said["error"]) == (409, True)
    team.move(first, "archived")
    again = engineer.saved(display_name="Another")
    assert engineer.get("models/credit-1?id_type=partner_model_id")[1]["id"] == str(again.pk)
    team.move(again, "archived")
    team.move(first, "development")
    assert engineer.get("models/credit-1?id_type=partner_model_id")[1]["id"] == str(first.pk)


def test_each_workspace_has_partner_model_ids_of_its_own(team: Team, engineer: Arthur):
    first, other = engineer.saved(), make_team("vision", "-vision")
    with unit_of_work():
        set_member(workspace_id=other.workspace.pk, user_id=team.engineer.pk, role=Role.EDITOR, by=caller(other.admin))
    elsewhere = Arthur(engineer.key, "vision")
    second = elsewhere.saved()
    assert second.model.workspace == other.workspace
    for who, version in ((engineer, first), (elsewhere, second)):
        assert who.get("models/credit-1?id_type=partner_model_id")[1]["id"] == str(version.pk)


def test_a_label_is_unique_in_its_group_alone(team: Team, engineer: Arthur):
    first = engineer.saved(version_label="champion")
    with no_activity():
        status, said = engineer.save(partner_model_id="b", model_group_id=str(first.model_id), version_label="champion")
    assert (status, "“champion”" in said["error"]) == (409, True)
    assert engineer.saved(partner_model_id="c", version_label="champion").name == "champion"


def test_an_update_changes_what_is_sent_and_writes_nothing_where_nothing_is_new(team: Team, engineer: Arthur):
    version = engineer.saved(description="Who pays back.")
    team.edit(version, attributes=version.attributes | {"ours": 1})
    told = engineer.get(f"models/{version.pk}")[1]
    with no_activity():
        assert engineer.send("PUT", f"models/{version.pk}", told) == (200, told)
        assert engineer.send("PUT", f"models/{version.pk}", {"id": str(version.pk)}) == (200, told)
        nothing = dict.fromkeys(("description", "tags", "version_label", "pixel_width", "whatever_else"))
        assert engineer.send("PUT", f"models/{version.pk}", nothing) == (200, told)
    with one_activity("model_version.edited"):
        status, said = engineer.send(
            "PUT", f"models/{version.pk}", told | {"tags": ["eu"], "version_label": "best", "pixel_width": 3, "description": ""}
        )
    assert (status, said["tags"], said["version_label"], said["pixel_width"], said["description"]) == (200, ["eu"], "best", 3, "")
    kept = ModelVersion.objects.get(pk=version.pk).attributes
    assert (kept["ours"], kept["arthur.attributes"]) == (1, [ATTRIBUTE])


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "999"}, {"model_group_id": "999"}, {"version_sequence_num": 2}, {"partner_model_id": "else"}, {"archived": True},
        {"accuracy_enabled": True}, {"tags": "eu"}, {"tags": ["a,b"]}, {"attributes": {}}, {"attributes": [{"name": "x"}]},
        {"version_label": 1}, {"description": 1}, {"display_name": []},
    ],
)  # fmt: skip
def test_an_update_of_what_stays_or_would_be_lost_is_refused(team: Team, engineer: Arthur, changed: dict[str, Any]):
    version = engineer.saved()
    told = engineer.get(f"models/{version.pk}")[1]
    with no_activity():
        assert engineer.refused("PUT", f"models/{version.pk}", told | changed) == 400


def test_content_follows_the_stage_through_this_door_too(team: Team, engineer: Arthur):
    version = engineer.saved()
    team.move(version, "production")
    with no_activity():
        assert engineer.refused("PUT", f"models/{version.pk}", {"classifier_threshold": 0.7}) == 409
    with one_activity("model_version.edited"):
        assert engineer.refused("PUT", f"models/{version.pk}", {"tags": ["eu"]}) == 200


def test_to_archive_is_to_ask_for_a_stage_change(team: Team, engineer: Arthur):
    version = engineer.saved()
    with one_activity("stage_change.requested"):
        status, said = engineer.send("DELETE", f"models/{version.pk}")
    filed = StageChangeRequest.objects.get()
    sentence = f"Stage change request {filed.pk} waits for 1 approval: http://testserver/requests/{filed.pk}"
    assert (status, said, filed.to_stage.key) == (409, {"error": sentence}, "archived")
    with no_activity():  # as the SDK does three times over
        assert engineer.send("DELETE", f"models/{version.pk}") == (status, said)
    team.approve(filed)
    with no_activity():
        assert engineer.send("DELETE", f"models/{version.pk}") == (204, {})


def test_where_no_approval_is_needed_it_is_archived_at_once(team: Team, engineer: Arthur):
    team.policy("archived", 0)
    version = engineer.saved()
    with activities("stage_change.requested", "stage_change.applied"):
        assert engineer.send("DELETE", f"models/{version.pk}") == (204, {})
    assert engineer.get(f"models/{version.pk}")[1]["archived"] is True


def test_what_is_in_any_stage_of_that_kind_is_archived(team: Team, engineer: Arthur):
    with unit_of_work():
        add_stage(workspace_id=team.workspace.pk, name="Scrapped", kind="archived", by=caller(team.admin))
    version = engineer.saved()
    team.move(version, "scrapped")
    with no_activity():
        assert engineer.send("DELETE", f"models/{version.pk}") == (204, {})
    assert engineer.get(f"models/{version.pk}")[1]["archived"] is True


@pytest.mark.parametrize("stage", ["staging", "production"])
def test_what_holds_a_protected_stage_is_not_archived_from_here(team: Team, engineer: Arthur, stage: str):
    team.policy("archived", 0)
    version = engineer.saved()
    team.move(version, stage)
    with no_activity():
        status, said = engineer.send("DELETE", f"models/{version.pk}")
        assert (status, said["error"].startswith(f"v1 is in {stage.title()}, so it is not archived")) == (409, True)
        status, said = engineer.send("DELETE", f"model_groups/{version.model_id}")
        assert (status, f"is in {stage.title()}, so the model was not archived" in said["error"]) == (409, True)


def test_where_nothing_can_be_archived_it_is_told(db: None):
    team = make_team(preset="gto")
    who = arthur(team.engineer)
    version = who.saved()
    with no_activity():
        status, said = who.send("DELETE", f"models/{version.pk}")
    assert (status, said["error"].startswith("This workspace has no stage for what is archived")) == (409, True)
    assert numbers(who, version.model_id) == [1]


def test_groups_are_told_described_and_put_away(team: Team, engineer: Arthur):
    group = engineer.saved().model
    status, said = engineer.get(f"model_groups/{group.pk}")
    assert (status, said["id"], said["name"], said["archived"]) == (200, str(group.pk), "Credit risk", False)
    with one_activity("model.edited"):
        assert engineer.send("PATCH", f"model_groups/{group.pk}", {"description": "Risk."})[1]["description"] == "Risk."
    with no_activity():
        assert engineer.refused("PATCH", f"model_groups/{group.pk}", {"name": "Other"}) == 403
        assert engineer.refused("PATCH", f"model_groups/{group.pk}", {"archived": True}) == 400
    with one_activity("model.renamed"):
        assert arthur(team.admin).send("PATCH", f"model_groups/{group.pk}", {"name": "Other"})[1]["name"] == "Other"
    with one_activity("model.archived"):
        status, said = engineer.send("DELETE", f"model_groups/{group.pk}")
    assert (status, said["archived"]) == (202, True)
    with no_activity():
        assert engineer.refused("DELETE", f"model_groups/{group.pk}") == 202
        status, said = engineer.save(partner_model_id="late", model_group_id=str(group.pk))
    assert (status, said["error"].startswith("Other is archived")) == (409, True)


@pytest.mark.parametrize("many", [1, 3])
def test_lists_take_the_same_number_of_queries(team: Team, engineer: Arthur, many: int, django_assert_num_queries: Any):
    for _ in range(many):
        team.version()
    with unit_of_work():
        for number in range(many - 1):
            register_model(workspace_id=team.workspace.pk, name=f"m{number}", by=caller(team.engineer))
    engineer.get("users/me")
    with django_assert_num_queries(6):
        assert engineer.get(f"model_groups/{team.model.pk}/versions")[1]["total_count"] == many
    with django_assert_num_queries(4):
        assert len(engineer.get("model_groups")[1]["data"]) == many
    with django_assert_num_queries(6):
        assert len(engineer.get("models")[1]["data"]) == many


def test_archived_groups_are_listed_where_they_are_asked_for(team: Team, engineer: Arthur):
    assert engineer.send("DELETE", f"model_groups/{team.model.pk}")[0] == 202
    assert engineer.get("model_groups")[1]["data"] == []
    assert [group["name"] for group in engineer.get("model_groups?include_archived=True")[1]["data"]] == ["churn"]
    for query in ("include_archived=yes", "page=0", "page_size=0", "page=x"):
        assert engineer.refused("GET", f"model_groups?{query}") == 400


def test_a_version_of_another_door_is_told_with_nothing_where_arthur_has_something(team: Team, engineer: Arthur):
    version = team.version(attributes={"arthur.attributes": "none of Arthur's"})
    status, said = engineer.get(f"models/{version.pk}")
    assert (status, said["partner_model_id"], said["input_type"], said["attributes"]) == (200, None, None, [])
    assert (said["display_name"], said["version_label"]) == ("churn", "v1")


def test_reference_data_is_refused_as_the_client_can_bear_and_the_model_stays(team: Team, engineer: Arthur):
    version = engineer.saved()
    with no_activity():
        status, said = engineer.send("POST", f"models/{version.pk}/reference_data", raw=b"PAR1" * 2_000_000)
    assert (status, said["counts"]) == (207, {"success": 0, "failure": 1, "total": 1})
    assert said["results"] == said["failures"]
    assert (said["results"][0]["status"], said["results"][0]["message"].startswith("Stageward is a registry:")) == (400, True)


def test_the_organization_names_the_workspace(team: Team):
    other = make_team("vision", "-vision")
    key = arthur(other.engineer).key
    assert Arthur(key, "").saved().model.workspace == other.workspace
    with no_activity():
        assert Arthur(key, "default").send("POST", SAVE, MODEL)[0] == 404
    assert RegisteredModel.objects.filter(workspace=team.workspace).count() == 1
