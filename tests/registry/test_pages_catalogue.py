"""The catalogue: what it lists, what narrows it, what each row offers."""

import pytest

from accounts.caller import Caller
from accounts.models import Role
from accounts.services import set_member
from activity.unit import unit_of_work
from registry.models import Stage
from registry.services import archive_model, edit_model, register_model, register_version
from tests.cast import caller, make_team
from tests.pages import browser, look

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def add_model(team, name, by=None, **fields):
    with unit_of_work():
        return register_model(workspace_id=team.workspace.pk, name=name, by=caller(by or team.engineer), **fields)


def add_version(team, model, **fields):
    with unit_of_work():
        return register_version(model_id=model.pk, by=caller(team.engineer), **fields)


def named(team, query="", user=None):
    """The names of the models that the catalogue lists."""
    return [row.name for row in browser(user or team.viewer).get(f"/models{query}").context["rows"]]


def join(team, other, role=Role.VIEWER, user=None):
    with unit_of_work():
        set_member(workspace_id=other.workspace.pk, user_id=(user or team.viewer).pk, role=role, by=Caller.operator())


def test_who_is_signed_out_is_asked_to_sign_in():
    assert browser().get("/models")["Location"] == "/accounts/login/?next=/models"


def test_a_stranger_sees_no_models(team):
    page = look(browser(team.stranger), "/models")
    assert "You are in no workspace yet" in page.words
    assert "churn" not in page.words


def test_the_models_of_all_my_workspaces_are_listed_the_last_changed_first(team):
    other = make_team("other", suffix="2")
    join(team, other)
    with unit_of_work():
        edit_model(model_id=team.model.pk, changes={"description": "Who leaves next month."}, by=caller(team.engineer))
    rows = browser(team.viewer).get("/models").context["rows"]
    assert [(row.name, row.model.workspace.slug) for row in rows] == [("churn", "default"), ("churn", "other")]


def test_the_workspace_is_named_only_where_there_are_several(team):
    assert [row.workspace for row in browser(team.viewer).get("/models").context["rows"]] == [""]
    join(team, make_team("other", suffix="2"))
    assert {row.workspace for row in browser(team.viewer).get("/models").context["rows"]} == {"Default"}


def test_a_tile_tells_what_stands_where_and_what_waits(team):
    team.move(team.version(name="live"), "production")
    team.ask(team.version(name="next"))
    (row,) = browser(team.viewer).get("/models").context["rows"]
    assert [(stage.key, count) for stage, count in row.counts if count] == [("unassigned", 1), ("production", 1)]
    assert [(holder.name, holder.url) for holder in row.production] == [("live", "/w/default/models/churn/versions/1")]
    assert (row.version_count, row.pending, row.pending_url) == (2, 1, "/w/default/models/churn/approvals")


def test_a_tile_names_three_versions_in_production_and_counts_the_rest(team):
    for number in range(5):
        team.move(team.version(name=f"v{number}"), "production")
    (row,) = browser(team.viewer).get("/models").context["rows"]
    assert [holder.name for holder in row.production] == ["v4", "v3", "v2", "2 more"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["vision", "churn"]),
        ("?q=VIS", ["vision"]),
        ("?q=leaves", ["churn"]),
        ("?q=candidate-7", ["vision"]),
        ("?q=nothing-like-it", []),
        ("?stage=staging", ["churn"]),
        ("?stage=no-such-stage", []),
        ("?pending=true", ["vision"]),
        ("?production=none", ["vision", "churn"]),
        ("?label=gold", ["vision"]),
        ("?label=gol", []),
        ("?owner=reviewer", ["vision"]),
        ("?owner=nobody", ["vision", "churn"]),
        ("?workspace=default", ["vision", "churn"]),
        ("?sort=name", ["churn", "vision"]),
        ("?sort=nonsense", ["vision", "churn"]),
        ("?archived=true", []),
    ],
)
def test_each_filter_narrows_the_list(team, query, found):
    team.move(team.version(), "staging")
    vision = add_model(team, "vision", by=team.reviewer, labels=["gold"])
    team.ask(add_version(team, vision, name="candidate-7"))
    assert named(team, query) == found


def test_nothing_in_production_leaves_out_what_is(team):
    team.move(team.version(), "production")
    assert named(team, "?production=none") == []


def test_archived_models_are_hidden_unless_asked_for(team):
    add_model(team, "vision")
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.engineer))
    assert (named(team), named(team, "?archived=true")) == (["vision"], ["churn"])


def test_a_workspace_narrows_the_list_to_its_models(team):
    other = make_team("other", suffix="2")
    join(team, other)
    add_model(other, "vision")
    assert named(team, "?workspace=other&sort=name") == ["churn", "vision"]
    assert named(team, "?workspace=default") == ["churn"]


def test_filters_stay_in_the_address_and_a_chip_takes_them_off_again(team):
    client = browser(team.viewer)
    links = look(client, "/models?view=table&stage=staging").links
    assert links["Staging"] == "/models?view=table"
    assert links["Nothing in production"] == "/models?view=table&stage=staging&production=none"
    assert links["Clear"] == "/models?view=table"
    assert links["Tiles"] == "/models?stage=staging"
    assert "Clear" not in look(client, "/models?view=table&sort=name").links


def test_the_address_leaves_out_what_is_empty(team):
    address = "/models?q=churn&stage=&pending=&sort=name"
    assert browser(team.viewer).get(address, headers={"HX-Request": "true"})["HX-Replace-Url"] == "/models?q=churn&sort=name"
    assert "HX-Replace-Url" not in browser(team.viewer).get(address)


def test_what_matches_nothing_offers_to_clear_the_filters(team):
    page = look(browser(team.viewer), "/models?q=nothing-like-it")
    assert ("No model is like that" in page.words, page.links["Clear the filters"]) == (True, "/models")


def test_the_table_has_a_column_for_each_stage_and_names_the_versions_there(team):
    live = team.move(team.version(name="live"), "production")
    team.version(name="new")
    page = look(browser(team.viewer), "/models?view=table")
    head, row = page.rows
    assert head[:-1] == ["Model", "Unassigned", "Development", "Staging", "Production", "Archived", "Pending", "Changed"]
    assert row[:7] == ["churn", "1 version in Unassigned", "–", "–", "live", "–", "–"]
    assert page.links["live"] == f"/w/default/models/churn/versions/{live.number}"
    assert page.links["1 version in Unassigned"] == "/w/default/models/churn/versions?find=stage+%3D%3D+unassigned"


def test_a_stage_with_many_versions_is_a_number_that_leads_to_them(team):
    for _ in range(4):
        team.move(team.version(), "development")
    page = look(browser(team.viewer), "/models?view=table")
    assert page.links["4 versions in Development"] == "/w/default/models/churn/versions?find=stage+%3D%3D+development"


def test_workspaces_with_other_stages_have_no_columns_until_one_is_chosen(team):
    other = make_team("other", suffix="2")
    join(team, other)
    Stage.objects.create(workspace=other.workspace, key="canary", name="Canary", position=9, kind="working", colour="sky")
    client = browser(team.viewer)
    assert client.get("/models?view=table").context["columns"] == []
    chosen = client.get("/models?view=table&workspace=other").context["columns"]
    assert [stage.key for stage in chosen] == ["unassigned", "development", "staging", "production", "archived", "canary"]


def test_each_row_has_a_menu_to_change_a_stage(team):
    (row,) = browser(team.engineer).get("/models?view=table").context["rows"]
    assert [(item["text"], item["url"]) for item in row.menu] == [
        ("Change stage…", "/w/default/models/churn/change-stage"),
        ("Register a version", "/w/default/models/churn/register-version"),
        ("Settings", "/w/default/models/churn/settings"),
    ]


def test_a_viewer_has_no_menu_and_a_reason_in_place_of_the_button(team):
    response = browser(team.viewer).get("/models?view=table")
    assert [row.menu for row in response.context["rows"]] == [[]]
    assert "You are a viewer: an admin of a workspace can make you an editor." in response.content.decode()


def test_who_writes_in_several_workspaces_chooses_where_to_register(team):
    assert look(browser(team.engineer), "/models").links["Register a model"] == "/w/default/register-model"
    join(team, make_team("lab", suffix="2"), Role.EDITOR, team.engineer)
    register = browser(team.engineer).get("/models").context["register"]
    assert [item["url"] for item in register] == ["/w/default/register-model", "/w/lab/register-model"]


def test_the_list_comes_in_pages(team):
    for number in range(31):
        add_model(team, f"model-{number:02}")
    client = browser(team.viewer)
    first = client.get("/models?sort=name&view=table")
    second = client.get(first.context["page"].next)
    assert [row.name for row in second.context["rows"]] == ["model-29", "model-30"]
    assert (second.context["as_table"], second.context["page"].next) == (True, None)


def test_a_wrong_page_is_refused_with_a_sentence(team):
    assert browser(team.viewer).get("/models?cursor=nonsense").status_code == 400


@pytest.mark.parametrize(("address", "queries"), [("/models", 13), ("/models?view=table&sort=name", 14)])
@pytest.mark.parametrize("count", [1, 3])
def test_the_catalogue_asks_the_same_number_of_questions_for_one_row_and_for_three(
    team, django_assert_num_queries, address, queries, count
):
    team.move(team.version(), "production")
    for number in range(count - 1):
        version = add_version(team, add_model(team, f"model-{number}"))
        team.ask(team.move(version, "production"), "archived")
    client = browser(team.reviewer)
    client.get(address)
    with django_assert_num_queries(queries):
        client.get(address)
