"""Setting what a move into a stage demands."""

import pytest

from approvals.forms import policy_forms
from approvals.models import StagePolicy
from tests.cast import make_team
from tests.log import activities, no_activity
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
ADDRESS = "/w/default/stages/production/policy"


@pytest.fixture
def team():
    return make_team()


def policy():
    return StagePolicy.objects.get(stage__key="production")


def test_an_admin_sets_how_many_must_approve(team):
    client = browser(team.admin)
    values = look(client, ADDRESS).values | {"approvals_required": 3}
    del values["exclude_last_editor"]
    with activities("policy.changed"):
        where = send(client, ADDRESS, values)
    assert (where, policy().approvals_required, policy().exclude_last_editor) == ("/w/default/settings", 3, False)
    assert flashes(client, where) == ["Saved what a move into Production needs."]


@pytest.mark.parametrize("number", ["0", "3"])
def test_the_bounds_are_taken(team, number):
    client = browser(team.admin)
    send(client, ADDRESS, look(client, ADDRESS).values | {"approvals_required": number})
    assert policy().approvals_required == int(number)


@pytest.mark.parametrize("number", ["-1", "21", "", "many"])
def test_what_makes_no_sense_is_refused_and_kept(team, number):
    client = browser(team.admin)
    values = look(client, ADDRESS).values | {"approvals_required": number}
    with no_activity():
        page = send(client, ADDRESS, values, 400)
    assert page.values["approvals_required"] == number


def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(team):
    client = browser(team.admin)
    values = look(client, ADDRESS).values
    team.policy("production", 3, exclude_last_editor=True)
    with no_activity():
        page = send(client, ADDRESS, values | {"approvals_required": 2}, 412)
    assert "This was changed since you read it" in page.words


def test_the_page_warns_when_requests_wait_for_the_stage(team):
    assert "Requests wait for this stage." not in look(browser(team.admin), ADDRESS).words
    team.ask(team.version(), "production")
    assert "Requests wait for this stage." in look(browser(team.admin), ADDRESS).words


@pytest.mark.parametrize(("who", "status"), [("engineer", 403), ("viewer", 403), ("stranger", 404), ("staff", 404)])
def test_only_admins_of_the_workspace_set_it(team, who, status):
    client = browser(getattr(team, who))
    with no_activity():
        response = client.post(ADDRESS, {"approvals_required": 0, "revision": 1})
    assert (client.get(ADDRESS).status_code, response.status_code) == (status, status)


def test_an_unknown_stage_is_not_there(team):
    assert browser(team.admin).get("/w/default/stages/shadow/policy").status_code == 404


def test_the_settings_show_every_stage_in_order_and_admins_a_form_for_each(team):
    rows = look(browser(team.admin), "/w/default/settings").rows[1:]
    assert [row[0] for row in rows] == ["Unassigned", "Development", "Staging", "Production", "Archived"]
    page = browser(team.admin).get("/w/default/settings").content.decode()
    assert page.count('action="/w/default/stages/') == 5
    assert [row[1:] for row in look(browser(team.viewer), "/w/default/settings").rows[1:]][3] == ["1", "may not approve"]


def test_the_forms_of_all_stages_take_one_query(team, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len(policy_forms(team.workspace)) == 5
