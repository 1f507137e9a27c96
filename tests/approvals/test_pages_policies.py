"""Setting what a move into a stage demands."""

import pytest

from accounts.models import Role
from approvals.models import StagePolicy
from approvals.views.policies import policy_rows
from registry.models import Proposal
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


def test_the_settings_say_each_policy_in_words_and_lead_admins_to_it(team):
    team.policy("production", 2, exclude_last_editor=True, skip_rule="forbid", expires_after_days=14)
    rows = [row[:2] for row in look(browser(team.viewer), "/w/default/settings").rows[1:]]
    assert rows == [
        ["Unassigned", "1 approval"],
        ["Development", "1 approval"],
        ["Staging", "1 approval, not by who last edited the content"],
        ["Production", "2 approvals, not by who last edited the content, no stage skipped, a decision within 14 days"],
        ["Archived", "1 approval"],
    ]
    assert ADDRESS in look(browser(team.admin), "/w/default/settings").links.values()
    assert ADDRESS not in look(browser(team.viewer), "/w/default/settings").links.values()


def test_the_policies_in_words_take_one_query(team, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len(policy_rows(team.workspace)) == 5


WHOLE = {
    "approvals_required": "2",
    "group-risk": "1",
    "group-legal": "0",
    "exclude_last_editor": "on",
    "skip_rule": "extra_approval",
    "required_checks": "fairness\n load test from bot \n",
    "expires_after_days": "30",
    "release_accounts": "bot\n",
    "break_glass_roles": ["admin"],
}


def test_every_field_is_taken_and_shown_again(team):
    team.group("risk", team.reviewer, team.second_reviewer)
    team.group("legal")
    client = browser(team.admin)
    with activities("policy.changed"):
        send(client, ADDRESS, WHOLE | {"revision": look(client, ADDRESS).values["revision"]})
    assert policy().content == {
        "approvals_required": 2,
        "groups": [{"group": "risk", "minimum": 1}],
        "exclude_last_editor": True,
        "skip_rule": "extra_approval",
        "required_checks": [{"name": "fairness", "reporter": None}, {"name": "load test", "reporter": "bot"}],
        "expires_after_days": 30,
        "release_accounts": ["bot"],
        "break_glass_roles": ["admin"],
    }
    values = look(client, ADDRESS).values
    again = {"required_checks": "fairness\nload test from bot", "release_accounts": "bot", "break_glass_roles": "admin"}
    again |= {"exclude_last_editor": values["exclude_last_editor"]}
    assert {name: values[name] for name in WHOLE} == WHOLE | again
    with no_activity():  # saved as it is, nothing changes
        send(client, ADDRESS, values | {"exclude_last_editor": "on"})


def test_a_preview_says_who_can_approve_and_saves_nothing(team):
    team.group("risk", team.reviewer, team.second_reviewer)
    client = browser(team.admin)
    values = look(client, ADDRESS).values | {"approvals_required": "3", "group-risk": "2", "preview": "1"}
    with no_activity():
        page = send(client, ADDRESS, values, 200)
    assert "2 from risk Reviewer, Second Reviewer" in page.words
    assert "1 more by anybody who decides Admin, Engineer, Reviewer, Second Reviewer" in page.words
    assert "1 approval becomes 3 approvals" in page.words
    assert (page.values["approvals_required"], page.values["group-risk"]) == ("3", "2")


@pytest.mark.parametrize("action", ["preview", "save"])
def test_what_nobody_could_satisfy_is_told_before_and_refused(team, action):
    team.group("risk", team.reviewer)
    client = browser(team.admin)
    with no_activity():
        page = send(
            client, ADDRESS, look(client, ADDRESS).values | {"group-risk": "2", action: "1"}, 200 if action == "preview" else 400
        )
    assert "Nobody could satisfy this policy, so it was not saved" in page.words
    assert "risk has 1 who may decide" in page.words
    assert "Saving this would be refused" in page.words


def test_what_became_impossible_since_is_told(team):
    team.policy("production", 3)
    team.let_go(team.reviewer)
    words = look(browser(team.admin), ADDRESS).words
    assert "Nobody can satisfy this as things are: whoever asks cannot approve, and 1 more would be missing" in words


def test_a_wrong_account_is_refused_at_its_field(team):
    client = browser(team.admin)
    with no_activity():
        page = send(client, ADDRESS, look(client, ADDRESS).values | {"release_accounts": "stranger"}, 400)
    assert "“stranger” is no active member of this workspace" in page.words
    assert page.values["release_accounts"] == "stranger"


def test_less_than_before_is_told_and_waits_for_a_second_admin(team):
    team.policy("production", 3)
    team.role(team.reviewer, Role.ADMIN)
    client = browser(team.admin)
    values = look(client, ADDRESS).values | {"approvals_required": "1"}
    page = send(client, ADDRESS, values | {"preview": "1"}, 200)
    assert "This waits for a second admin" in page.words
    assert "3 approvals becomes 1 approval less than before" in page.words
    with activities("proposal.made"):
        where = send(client, ADDRESS, values)
    assert flashes(client, where) == [
        "A move into Production would need less than before, so a second admin must confirm it. Until then nothing changes."
    ]
    assert (policy().approvals_required, Proposal.objects.get().status) == (3, "pending")


def test_less_than_before_counts_at_once_where_there_is_one_admin(team):
    team.policy("production", 3)
    client = browser(team.admin)
    values = look(client, ADDRESS).values | {"approvals_required": "1"}
    assert "There is no other admin to confirm it" in send(client, ADDRESS, values | {"preview": "1"}, 200).words
    send(client, ADDRESS, values)
    assert policy().approvals_required == 1


def test_the_preview_alone_is_sent_to_a_script_that_asks_for_it(team):
    client = browser(team.admin)
    asked = {"HX-Request": "true", "HX-Target": "policy-preview"}
    values = look(client, ADDRESS).values
    answer = client.post(ADDRESS, values | {"approvals_required": "2", "preview": "1"}, headers=asked)
    assert (answer.status_code, "<html" in answer.content.decode(), "2 by anybody" in answer.content.decode()) == (
        200,
        False,
        True,
    )
    wrong = client.post(ADDRESS, values | {"approvals_required": "x", "preview": "1"}, headers=asked)
    assert (wrong.status_code, "Nothing can be said of it" in wrong.content.decode()) == (200, True)


def test_the_page_costs_the_same_with_one_group_and_with_three(team, django_assert_num_queries):
    client = browser(team.admin)
    client.get(ADDRESS)
    team.group("risk", team.reviewer, team.second_reviewer)
    team.policy("production", 3, groups=[{"group": "risk", "minimum": 1}])
    for more in ((), ("legal", "safety")):
        for key in more:
            team.group(key, team.reviewer, team.second_reviewer)
        with django_assert_num_queries(15):
            client.get(ADDRESS)
