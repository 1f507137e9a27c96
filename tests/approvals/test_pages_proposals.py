"""A weaker policy on the pages: proposed by one admin, confirmed, declined or withdrawn by whom it may be."""

import pytest

from accounts.models import Role
from activity.unit import unit_of_work
from approvals.models import StagePolicy
from registry.models import Proposal
from registry.services import edit_stage
from tests.cast import caller, make_team
from tests.log import activities, no_activity
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
SETTINGS = "/w/default/settings"


@pytest.fixture
def team():
    """`admin` proposed one approval instead of two; `reviewer` is an admin too."""
    team = make_team()
    team.policy("production", 2)
    team.role(team.reviewer, Role.ADMIN)
    team.policy("production", 1)
    return team


def address(action):
    return f"/proposals/{Proposal.objects.get().pk}/{action}"


def required():
    return StagePolicy.objects.get(stage__key="production").approvals_required


@pytest.mark.parametrize("where", [SETTINGS, "/w/default/stages/production/policy"])
def test_it_is_shown_before_and_after_with_who_proposed_it(team, where):
    words = look(browser(team.reviewer), where).words
    assert "Proposed: a move into Production needs less" in words
    assert "2 approvals becomes 1 approval less than before" in words
    assert "Proposed by" in words
    assert "Confirm it for Production" in words
    own = look(browser(team.admin), where).words
    assert ("Confirm" in own, "Withdraw it for Production" in own) == (False, True)
    assert "You proposed this, so another admin must confirm it." in own


def test_members_read_it_without_buttons_and_another_stage_does_not_show_it(team):
    words = look(browser(team.viewer), SETTINGS).words
    assert ("Proposed: a move into Production needs less" in words, "Confirm" in words, "Decline" in words) == (
        True,
        False,
        False,
    )
    assert "Proposed:" not in look(browser(team.admin), "/w/default/stages/staging/policy").words


def test_a_second_admin_confirms_it(team):
    client = browser(team.reviewer)
    with activities("policy.changed"):
        where = send(client, address("confirm"), {})
    assert (where, required()) == (SETTINGS, 1)
    assert flashes(client, where) == ["Confirmed: it counts from now on."]
    assert "Proposed:" not in look(client, SETTINGS).words


@pytest.mark.parametrize(("who", "verb"), [("reviewer", "proposal.declined"), ("admin", "proposal.withdrawn")])
def test_it_is_declined_or_withdrawn(team, who, verb):
    client = browser(getattr(team, who))
    with activities(verb):
        where = send(client, address("decline"), {})
    assert (required(), flashes(client, where)) == (2, ["Nothing changes: the proposal ended."])


@pytest.mark.parametrize(
    ("who", "told"),
    [("admin", "You proposed this, so another admin must confirm it."), ("engineer", "You are an editor of this workspace")],
)
def test_nobody_else_confirms_it(team, who, told):
    client = browser(getattr(team, who))
    with no_activity():
        where = send(client, address("confirm"), {})
    (message,) = flashes(client, where)
    assert (message.startswith(told), required()) == (True, 2)


def test_a_second_click_is_told(team):
    client = browser(team.reviewer)
    send(client, address("confirm"), {})
    with no_activity():
        where = send(client, address("decline"), {})
    assert flashes(client, where)[-1].startswith("This proposal was confirmed already")


@pytest.mark.parametrize("action", ["confirm", "decline"])
def test_a_stranger_finds_nothing_and_a_link_does_nothing(team, action):
    assert browser(team.stranger).post(address(action)).status_code == 404
    assert browser(team.reviewer).get(address(action)).status_code == 405
    assert browser(team.reviewer).post(f"/proposals/999999/{action}").status_code == 404
    assert Proposal.objects.get().status == "pending"


def test_the_settings_cost_the_same_with_one_proposal_and_with_three(team, django_assert_num_queries):
    client = browser(team.reviewer)
    client.get(SETTINGS)
    costs = []
    for more in ((), ("development", "archived")):
        for key in more:
            team.policy(key, 0)
        with django_assert_num_queries(9):
            client.get(SETTINGS)
        costs.append(Proposal.objects.count())
    assert costs == [1, 3]


def test_another_admin_finds_it_in_their_inbox_and_nobody_else_does(team):
    told = "Admin proposed a weaker policy for Production in Default. It waits for a second admin."
    page = look(browser(team.reviewer), "/approvals")
    assert (told in page.words, page.links["Look at it: Production"]) == (True, SETTINGS)
    assert told not in look(browser(team.reviewer), "/approvals?tab=all").words
    for user in (team.admin, team.engineer, team.stranger):
        assert "weaker policy" not in look(browser(user), "/approvals").words


def test_looser_rules_of_a_stage_are_confirmed_in_the_same_way(team):
    with unit_of_work():
        proposal = edit_stage(stage_id=team.stage("staging").pk, changes={"protected": False}, by=caller(team.admin))
    words = look(browser(team.reviewer), SETTINGS).words
    assert "Proposed: looser rules for Staging" in words
    assert "Protected yes becomes no" in words
    with activities("lifecycle.changed"):
        send(browser(team.reviewer), f"/proposals/{proposal.pk}/confirm", {})
    assert team.stage("staging").protected is False
