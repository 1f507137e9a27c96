"""Why a row stands in a list, and on whom it waits."""

from datetime import timedelta

import pytest

from accounts.models import Membership, Role
from activity import clock
from approvals.models import StageChangeRequest
from approvals.reasons import my_decision, waits_on, why_mine
from approvals.situations import load_situations
from tests.cast import make_team, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def situations():
    return load_situations(StageChangeRequest.objects.with_everything().order_by("pk"))


def waits(user):
    (situation,) = situations()
    reason = waits_on(situation, user)
    return reason.text, [who.display_name for who in reason.people]


def only(*users):
    """Let nobody else of the workspace decide."""
    Membership.objects.exclude(user__in=users).update(role=Role.VIEWER)


def test_a_request_waits_on_people_by_name_while_they_are_few(team):
    team.ask(team.version())
    only(team.reviewer, team.admin)
    assert waits(team.engineer) == ("waits on", ["Admin", "Reviewer"])


def test_a_request_waits_on_a_number_of_people_when_they_are_many(team):
    Membership.objects.filter(user=team.service).update(role=Role.VIEWER)
    Membership.objects.create(workspace=team.workspace, user=person("extra"), role=Role.EDITOR, given_at=clock.now())
    team.ask(team.version())
    assert waits(team.engineer) == ("waits on one of 4 people", [])
    assert waits(team.reviewer) == ("waits on you or 3 others", [])


def test_a_request_that_nobody_may_approve_says_so(team):
    team.ask(team.version())
    only(team.engineer)
    assert waits(team.engineer) == ("nobody may approve it: an admin can add an editor", [])


def test_it_waits_since_the_last_approval_that_counts(team):
    team.policy("staging", 2)
    asked = team.ask(team.version())
    (situation,) = situations()
    assert waits_on(situation, team.engineer).since == asked.created_at
    team.approve(asked)
    (situation,) = situations()
    assert waits_on(situation, team.engineer).since == situation.given[0].created_at


def test_a_vote_taken_back_makes_it_mine_again(team):
    team.policy("staging", 2)
    asked = team.approve(team.ask(team.version()))
    team.withdraw(asked)
    (reason,) = why_mine(situations(), team.reviewer).values()
    assert reason.text == "you withdrew your approval"
    assert reason.since is not None
    assert clock.now() - reason.since < timedelta(minutes=1)


def test_a_stale_vote_names_what_changed_up_to_three_things(team):
    team.policy("staging", 2)
    version = team.version(metrics={"a": 1})
    team.approve(team.ask(version))
    team.edit(version, metrics={"a": 2})
    team.edit(version, metrics={"a": 1, "b": 1, "c": 1, "d": 1, "e": 1})
    (reason,) = why_mine(situations(), team.reviewer).values()
    assert reason.text == "you approved, then metrics.b, metrics.c, metrics.d and 1 more changed: your approval no longer counts"


def test_a_vote_that_a_policy_made_stale_says_so_in_general(team):
    team.policy("staging", 2)
    team.approve(team.ask(team.version()))
    team.policy("staging", 3)
    (reason,) = why_mine(situations(), team.reviewer).values()
    assert reason.text == "you approved, then the content or the policy changed: your approval no longer counts"


def test_stale_votes_take_one_query_however_many(team, django_assert_num_queries):
    team.policy("staging", 2)
    for _ in range(3):
        version = team.version()
        team.approve(team.ask(version))
        team.edit(version, metrics={"auc": 0.5})
    listed = situations()
    with django_assert_num_queries(1):
        assert len(why_mine(listed, team.reviewer)) == 3
    with django_assert_num_queries(0):
        why_mine(listed, team.admin)


def test_my_decision_says_when_it_no_longer_counts(team):
    team.policy("staging", 2)
    version = team.version()
    team.approve(team.ask(version))
    (situation,) = situations()
    assert my_decision(situation, team.reviewer).text == "you approved"
    team.edit(version, metrics={"auc": 0.5})
    (situation,) = situations()
    assert (
        my_decision(situation, team.reviewer).text == "you approved, which no longer counts: the content or the policy changed,"
    )
