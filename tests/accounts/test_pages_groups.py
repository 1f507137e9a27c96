"""Approver groups on their pages."""

import pytest

from accounts.models import ApproverGroup, GroupMember
from tests.cast import make_team
from tests.log import activities, no_activity
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
GROUPS = "/w/default/groups"
RISK = f"{GROUPS}/risk"


@pytest.fixture
def team():
    return make_team()


def people():
    return list(GroupMember.objects.order_by("pk").values_list("user__username", flat=True))


def test_an_admin_makes_a_group_and_puts_people_into_it(team):
    client = browser(team.admin)
    with activities("group.created"):
        where = send(client, GROUPS, {"name": "Model risk", "key": "risk"})
    assert where == RISK
    with activities("group.member_added"):
        where = send(client, f"{RISK}/add", {"user_id": team.reviewer.pk})
    assert (flashes(client, where)[-1], people()) == ("Reviewer is now in Model risk.", ["reviewer"])
    assert "Reviewer" in look(client, RISK).rows[1][0]
    with activities("group.member_removed"):
        where = send(client, f"{RISK}/{team.reviewer.pk}/remove", {})
    assert (flashes(client, where), people()) == (["Reviewer is no longer in Model risk."], [])


def test_the_list_says_who_is_in_a_group_and_which_stages_ask_for_it(team):
    team.group("risk", team.reviewer, team.second_reviewer)
    team.group("legal")
    team.policy("production", 2, groups=[{"group": "risk", "minimum": 1}])
    rows = look(browser(team.viewer), GROUPS).rows[1:]
    assert [[cell.replace(" ", "") for cell in row] for row in rows] == [
        ["legallegal", "nobodyyet", "nostage"],
        ["riskrisk", "Reviewer,SecondReviewer", "Production"],
    ]


def test_a_group_is_renamed_and_removed(team):
    team.group("risk", team.reviewer)
    client = browser(team.admin)
    with activities("group.renamed"):
        where = send(client, RISK, {"name": "Model risk"})
    assert (where, ApproverGroup.objects.get().name) == (RISK, "Model risk")
    with activities("group.deleted"):
        where = send(client, f"{RISK}/delete", {})
    assert (where, flashes(client, where)[-1]) == (GROUPS, "Model risk is removed.")
    assert client.get(RISK).status_code == 404


def test_a_group_that_a_policy_names_stays(team):
    team.group("risk", team.reviewer, team.second_reviewer)
    team.policy("production", groups=[{"group": "risk", "minimum": 1}])
    client = browser(team.admin)
    assert "A policy asks for it: change that first." in look(client, RISK).words
    with no_activity():
        where = send(client, f"{RISK}/delete", {})
    assert flashes(client, where) == ["The policy of Production asks for risk, so it was not removed. Change that policy first."]


def test_what_cannot_be_made_is_refused_and_kept(team):
    team.group("risk")
    client = browser(team.admin)
    for key, status in (("risk", 409), ("Model Risk", 400), ("", 400)):
        with no_activity():
            page = send(client, GROUPS, {"name": "Model risk", "key": key}, status)
        assert (page.values["name"], page.values["key"]) == ("Model risk", key)
    with no_activity():
        assert send(client, RISK, {"name": ""}, 400).words


def test_only_members_who_are_people_can_be_chosen(team):
    team.group("risk", team.reviewer)
    page = browser(team.admin).get(RISK).content.decode()
    for user, offered in ((team.engineer, True), (team.reviewer, False), (team.service, False), (team.stranger, False)):
        assert (user.username, f'<option value="{user.pk}">' in page) == (user.username, offered)
    with no_activity():
        send(browser(team.admin), f"{RISK}/add", {"user_id": team.stranger.pk})
    assert people() == ["reviewer"]


@pytest.mark.parametrize(("who", "status"), [("engineer", 403), ("viewer", 403), ("stranger", 404), ("staff", 404)])
def test_only_admins_of_the_workspace_change_groups(team, who, status):
    team.group("risk", team.reviewer)
    client, reads = browser(getattr(team, who)), status == 403
    with no_activity():
        for address in (GROUPS, RISK, f"{RISK}/add", f"{RISK}/{team.reviewer.pk}/remove", f"{RISK}/delete"):
            sent = {"name": "x", "key": "x", "user_id": team.engineer.pk}
            assert (address, client.post(address, sent).status_code) == (address, status)
    for address in (GROUPS, RISK):
        assert client.get(address).status_code == (200 if reads else 404)


def test_a_group_that_is_not_there(team):
    assert browser(team.admin).get(f"{GROUPS}/nothing").status_code == 404
    team.group("risk")
    assert browser(team.admin).post(f"{RISK}/{team.engineer.pk}/remove").status_code == 404


def test_the_pages_cost_the_same_with_one_row_and_with_three(team, django_assert_num_queries):
    client = browser(team.admin)
    client.get(GROUPS)
    team.group("risk", team.reviewer)
    for more in ((), ("a", "b")):
        for key in more:
            team.group(key, team.reviewer, team.engineer)
        for address, count in ((GROUPS, 9), (RISK, 10)):
            with django_assert_num_queries(count):
                client.get(address)
