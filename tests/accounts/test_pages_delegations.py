"""“While I am away”: given, seen by both, ended by either."""

from datetime import timedelta

import pytest

from accounts.models import Delegation
from activity import clock
from tests.cast import make_team
from tests.log import activities, no_activity
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
AWAY = "/settings/away"


@pytest.fixture
def team():
    return make_team()


def sent(team, days=7.0, **changed):
    until = clock.now() + timedelta(days=days)
    return {"delegate": team.engineer.pk, "starts_at": "", "ends_at": f"{until:%Y-%m-%dT%H:%M}", "reason": "On leave."} | changed


def test_somebody_names_who_decides_for_them(team):
    client = browser(team.reviewer)
    with activities("delegation.given"):
        where = send(client, AWAY, sent(team))
    row = Delegation.objects.get()
    assert (row.delegator, row.delegate, row.reason) == (team.reviewer, team.engineer, "On leave.")
    assert flashes(client, where)[0].startswith("Engineer decides for you until ")
    for user, words in ((team.reviewer, "decides for you"), (team.engineer, "you decide for them")):
        (_, shown) = look(browser(user), AWAY).rows
        assert (words in shown[0], shown[3], shown[4]) == (True, "On leave.", "in force")
    assert look(browser(team.admin), AWAY).rows == []


@pytest.mark.parametrize("who", ["reviewer", "engineer"])
def test_either_of_them_ends_it(team, who):
    row = team.away(team.reviewer, team.engineer)
    client = browser(getattr(team, who))
    with activities("delegation.withdrawn"):
        where = send(client, f"{AWAY}/{row.pk}/withdraw", {})
    assert flashes(client, where) == ["The delegation is over. What was decided under it stands."]
    page = look(client, AWAY)
    assert (page.rows[1][4], "End it" in page.words) == ("withdrawn", False)


def test_nobody_else_ends_it(team):
    row = team.away(team.reviewer, team.engineer)
    with no_activity():
        assert browser(team.admin).post(f"{AWAY}/{row.pk}/withdraw").status_code == 404


def test_what_makes_no_sense_is_refused_and_kept(team):
    client = browser(team.reviewer)
    for change in (
        {"ends_at": "2020-01-01T00:00"},
        {"ends_at": "soon"},
        {"reason": "   "},
        {"delegate": team.stranger.pk},
        {"delegate": team.reviewer.pk},
        {"delegate": team.service.pk},
    ):
        with no_activity():
            page = send(client, AWAY, sent(team) | change, 400)
        assert page.values["reason"] == (sent(team) | change)["reason"]
    assert not Delegation.objects.exists()


def test_one_to_come_says_so(team):
    soon = clock.now() + timedelta(days=2)
    send(browser(team.reviewer), AWAY, sent(team, starts_at=f"{soon:%Y-%m-%dT%H:%M}"))
    assert look(browser(team.reviewer), AWAY).rows[1][4] == "to come"


def test_only_people_of_my_workspaces_are_offered(team):
    make_team("other", "2")
    page = browser(team.reviewer).get(AWAY).content.decode()
    assert "(engineer)" in page
    for name in ("(stranger)", "(engineer2)", "(bot)", "(reviewer)"):
        assert name not in page


def test_the_page_costs_the_same_with_one_row_and_with_three(team, django_assert_num_queries):
    client = browser(team.reviewer)
    client.get(AWAY)
    for more in (1, 2):
        for _ in range(more):
            team.away(team.reviewer, team.engineer)
        with django_assert_num_queries(6):
            client.get(AWAY)
