"""Home: totals, what waits, what is in production, and the first steps of an empty installation."""

import pytest

from accounts.caller import Caller
from accounts.models import Role
from accounts.services import set_member
from activity.unit import unit_of_work
from registry.services import archive_model, create_workspace
from tests.cast import caller, make_team, person
from tests.pages import browser, look

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def test_who_is_signed_out_is_asked_to_sign_in():
    response = browser().get("/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/")


def test_the_totals_count_models_versions_and_what_stands_where(team):
    team.move(team.version(), "production")
    team.move(team.version(), "staging")
    team.version()
    figures = browser(team.viewer).get("/").context["figures"]
    assert [(figure["value"], figure.get("label") or figure["stage"].name) for figure in figures] == [
        ("1", "model"),
        ("3", "versions"),
        ("1", "Production"),
        ("1", "Staging"),
        ("0", "Development"),
    ]


def test_what_belongs_to_others_is_not_counted(team):
    other = make_team("other", suffix="2")
    other.ask(other.move(other.version(), "production"), "archived")
    context = browser(team.reviewer).get("/").context
    assert [figure["value"] for figure in context["figures"]] == ["1", "0", "0", "0", "0"]
    assert (context["waiting"]["count"], context["in_production"]) == (0, [])


def test_the_five_oldest_requests_that_wait_for_me_are_listed(team):
    asked = [team.ask(team.version()) for _ in range(6)]
    waiting = browser(team.reviewer).get("/").context["waiting"]
    assert ([row.change_request for row in waiting["rows"]], waiting["count"]) == (asked[:5], 6)


def test_the_headline_says_how_many_wait(team):
    client = browser(team.reviewer)
    assert "Nothing waits for you" in look(client, "/").words
    team.ask(team.version())
    assert "1 request waits for you" in look(client, "/").words
    team.ask(team.version())
    assert "2 requests wait for you" in look(client, "/").words


def test_my_own_open_requests_are_listed_and_do_not_wait_for_me(team):
    asked = team.ask(team.version())
    context = browser(team.engineer).get("/").context
    assert ([row.change_request for row in context["mine"]["rows"]], context["waiting"]["count"]) == ([asked], 0)


def test_the_versions_in_production_are_listed_the_newest_first(team):
    first, second = team.move(team.version(name="v1"), "production"), team.move(team.version(name="v2"), "production")
    team.move(team.version(name="v3"), "production", "archived")
    shown = browser(team.viewer).get("/").context["in_production"]
    assert [(row["assignment"].version, row["url"]) for row in shown] == [
        (second, "/w/default/models/churn/versions/2"),
        (first, "/w/default/models/churn/versions/1"),
    ]


def test_the_recent_activity_is_that_of_my_workspaces(team):
    other = make_team("other", suffix="2")
    other.version(name="hidden")
    team.version(name="seen")
    words = look(browser(team.viewer), "/").words
    assert "Engineer registered churn seen" in words
    assert "hidden" not in words


def test_an_installation_without_models_shows_three_steps_to_staff_without_a_workspace():
    page = look(browser(person("founder", is_staff=True)), "/")
    assert "Three steps to the first approved version" in page.words
    assert page.links == {"Make a workspace": "/workspaces"}


def test_who_may_make_no_workspace_is_told_whom_to_ask():
    page = look(browser(person("newcomer")), "/")
    assert "Ask an admin of a workspace to add you." in page.words
    assert page.links == {}


def test_the_steps_that_are_done_are_marked():
    founder, second = person("founder", is_staff=True), person("second")
    with unit_of_work():
        workspace = create_workspace(slug="lab", title="Lab", by=caller(founder))
    client = browser(founder)
    assert look(client, "/").links == {"Register a model": "/w/lab/register-model", "Invite somebody": "/w/lab/members"}
    with unit_of_work():
        set_member(workspace_id=workspace.pk, user_id=second.pk, role=Role.EDITOR, by=Caller.operator())
    steps = client.get("/").context["steps"]
    assert [(step["name"], step["done"]) for step in steps] == [("workspace", True), ("model", False), ("reviewer", True)]


def test_a_viewer_is_not_the_second_person_that_it_takes():
    founder, reader = person("founder", is_staff=True), person("reader")
    with unit_of_work():
        workspace = create_workspace(slug="lab", title="Lab", by=caller(founder))
        set_member(workspace_id=workspace.pk, user_id=reader.pk, role=Role.VIEWER, by=Caller.operator())
    assert browser(founder).get("/").context["steps"][2]["done"] is False


def test_archived_models_alone_are_no_models(team):
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.engineer))
    assert "Three steps" in look(browser(team.engineer), "/").words


@pytest.mark.parametrize("count", [1, 3])
def test_home_asks_the_same_number_of_questions_for_one_row_and_for_three(team, django_assert_num_queries, count):
    for _ in range(count):
        team.move(team.version(), "production")
        team.ask(team.version())
        team.ask(team.version(), by=team.reviewer)
    client = browser(team.reviewer)
    client.get("/")
    with django_assert_num_queries(37):
        client.get("/")
