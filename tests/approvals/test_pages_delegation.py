"""Deciding for somebody who is away, as the pages offer and show it."""

import pytest

from accounts.models import Role
from accounts.services import withdraw_delegation
from activity.unit import unit_of_work
from approvals.models import Review
from registry.models import ModelVersion
from tests.cast import caller, make_team
from tests.log import activities, no_activity
from tests.pages import browser, look, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def risk(team):
    """Production takes one of risk, where the second reviewer is, and one more; they let the reviewer decide for them."""
    team.group("risk", team.second_reviewer, team.admin)
    team.policy("production", 2, groups=[{"group": "risk", "minimum": 1}])
    team.extra["away"] = team.away(team.second_reviewer, team.reviewer, days=3)
    return team.ask(team.version(), "production")


def whys(user):
    return [row.why.text for row in browser(user).get("/approvals").context["rows"]]


def test_a_delegate_chooses_in_whose_name_and_what_helps_most_comes_first(team, risk):
    until = f"{team.extra['away'].ends_at:%-d %B}"
    page = look(browser(team.reviewer), f"/requests/{risk.pk}/approve")
    assert f"for Second Reviewer (until {until})" in page.words
    assert page.words.index("for Second Reviewer (until") < page.words.index("in my own name")
    assert page.values["on_behalf_of"] == str(team.second_reviewer.pk)


def test_ones_own_name_comes_first_where_it_helps_as_much(team):
    team.away(team.second_reviewer, team.reviewer)
    page = look(browser(team.reviewer), f"/requests/{team.ask(team.version()).pk}/approve")
    assert page.values["on_behalf_of"] == ""


def test_who_stands_in_for_nobody_is_not_asked(team):
    assert "on_behalf_of" not in look(browser(team.reviewer), f"/requests/{team.ask(team.version()).pk}/approve").values


@pytest.mark.parametrize(("chosen", "for_whom"), [("away", "second_reviewer"), ("own", "")])
def test_the_decision_is_kept_in_the_name_that_was_chosen(team, risk, chosen, for_whom):
    client, address = browser(team.reviewer), f"/requests/{risk.pk}"
    values = look(client, f"{address}/approve").values
    with activities("stage_change.approval_given"):
        send(client, f"{address}/approve", values | ({"on_behalf_of": ""} if chosen == "own" else {}))
    given = Review.objects.get().on_behalf_of
    assert (given.username if given else "") == for_whom
    shown = (
        "You approved for Second Reviewer" in look(client, address).words,
        "approved for Second" in look(client, "/activity").words,
    )
    assert shown == (bool(for_whom), bool(for_whom))


def test_a_rejection_too_is_made_in_the_name_of_who_is_away(team, risk):
    client, address = browser(team.reviewer), f"/requests/{risk.pk}"
    send(client, f"{address}/reject", look(client, f"{address}/reject").values | {"comment": "No."})
    assert Review.objects.get().on_behalf_of == team.second_reviewer
    assert "rejected for Second Reviewer" in look(client, "/activity").words


def test_who_may_decide_only_for_another_is_told_so(team):
    team.group("risk", team.second_reviewer, team.admin)
    team.policy("production", 1, groups=[{"group": "risk", "minimum": 1}])
    team.away(team.second_reviewer, team.reviewer)
    version, client = team.version(), browser(team.reviewer)
    address = f"/requests/{team.ask(version, 'production').pk}/approve"
    page = look(client, address)
    assert "You decide for Second Reviewer (until" in page.words
    send(client, address, page.values)
    assert ModelVersion.objects.get().stage == "production"
    assert Review.objects.get().on_behalf_of == team.second_reviewer


def test_a_delegation_that_ended_meanwhile_is_refused_and_the_comment_kept(team, risk):
    client, address = browser(team.reviewer), f"/requests/{risk.pk}/approve"
    values = look(client, address).values
    team.away(team.admin, team.reviewer)
    with unit_of_work():
        withdraw_delegation(delegation_id=team.extra["away"].pk, by=caller(team.second_reviewer))
    with no_activity():
        page = send(client, address, values | {"comment": "Looks right."}, 400)
    assert "You do not stand in for them any more, so nothing was done. Choose again." in page.words
    assert page.values["comment"] == "Looks right."


def test_the_inbox_says_by_what_power_it_is_mine(team, risk):
    until = f"{team.extra['away'].ends_at:%-d %B}"
    assert whys(team.reviewer) == [f"delegate of Second Reviewer, member of risk, until {until}"]
    assert whys(team.admin) == ["member of risk"]
    team.role(team.viewer, Role.EDITOR)
    assert whys(team.viewer) == ["asked of any editor of Default"]


def test_a_decision_for_another_is_told_as_such_among_mine(team, risk):
    client, address = browser(team.reviewer), f"/requests/{risk.pk}/approve"
    send(client, address, look(client, address).values)
    row = browser(team.reviewer).get("/approvals?tab=decided").context["rows"][0]
    assert row.why.text == "you approved for Second Reviewer"


def test_several_are_decided_in_the_name_that_the_summary_says(team, risk):
    client = browser(team.reviewer)
    page = look(client, f"/approvals/selected?action=approve&requests={risk.pk}")
    assert "you decide for Second Reviewer (until" in page.rows[1][3]
    send(client, "/approvals/selected", page.values | {"action": "approve"}, 200)
    assert Review.objects.get().on_behalf_of == team.second_reviewer
