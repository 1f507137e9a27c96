"""Deciding for somebody who is away, and for groups: both names, one place for one person, never back to the requester."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import ApproverGroup, Role, User
from accounts.services import add_to_group, create_service_account, delegate_decisions, remove_from_group, withdraw_delegation
from activity import clock
from activity.errors import Conflict, Invalid, NotFound
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.errors import NotEligible, OwnRequest
from approvals.models import Review
from approvals.services import delete_group
from tests.cast import Team, caller, make_team
from tests.log import no_activity, one_activity

pytestmark = pytest.mark.django_db
RISK = [{"group": "risk", "minimum": 1}]


@pytest.fixture
def team():
    with clock.invented() as at:
        at(datetime(2026, 10, 3, 14, tzinfo=UTC))
        made = make_team()
        made.extra["at"] = at
        at(datetime(2026, 10, 3, 15, tzinfo=UTC))
        yield made


@pytest.fixture
def risk(team) -> ApproverGroup:
    """Staging asks for one of risk: `second_reviewer`, who is away, and `engineer`."""
    group = team.group("risk", team.second_reviewer, team.engineer)
    team.policy("staging", 1, groups=RISK)
    return group


def put(team: Team, group: ApproverGroup, user: User, by: User) -> None:
    with unit_of_work():
        add_to_group(group_id=group.pk, user_id=user.pk, by=caller(by))


def take_out(team: Team, group: ApproverGroup, user: User) -> None:
    with unit_of_work():
        remove_from_group(group_id=group.pk, user_id=user.pk, by=caller(team.admin))


def bot_of(team: Team, owner: User) -> User:
    team.role(owner, Role.ADMIN)
    with unit_of_work():
        made = create_service_account(username="a-bot", workspace_id=team.workspace.pk, role=Role.EDITOR, by=caller(owner))
    team.role(owner, Role.EDITOR)
    return made


def test_a_delegate_counts_for_the_group_of_who_is_away_and_both_names_are_kept(team, risk):
    asked = team.ask(team.version())
    with pytest.raises(NotEligible, match="Approvals for this move come from risk"):
        team.approve(asked)
    team.away(team.second_reviewer, team.reviewer)
    assert team.approve(asked).status == "applied"
    review, line = Review.objects.get(), Activity.objects.get(verb="stage_change.approval_given")
    assert (review.reviewer, review.principal, review.on_behalf_of) == (team.reviewer, team.reviewer, team.second_reviewer)
    assert f'"on_behalf_of":{team.second_reviewer.pk}' in line.data.replace(" ", "")
    assert line.actor_id == team.reviewer.pk


@pytest.mark.parametrize("first", ["reviewer", "second_reviewer"])
def test_somebody_and_their_delegate_are_one_approval(team, first):
    team.policy("staging", 2)
    team.away(team.second_reviewer, team.reviewer)
    asked = team.ask(team.version())
    acts = {
        "reviewer": lambda: team.approve(asked, on_behalf_of=team.second_reviewer),
        "second_reviewer": lambda: team.approve(asked, by=team.second_reviewer),
    }
    assert acts.pop(first)().status == "pending"
    assert acts.popitem()[1]().status == "pending"
    assert team.approve(asked, by=team.admin).status == "applied"


def test_one_person_has_one_approval_whatever_the_names(team):
    team.policy("staging", 2)
    team.away(team.second_reviewer, team.reviewer)
    asked = team.ask(team.version())
    team.approve(asked)
    with pytest.raises(NotEligible, match="You approved this already"), no_activity():
        team.approve(asked, on_behalf_of=team.second_reviewer)
    with no_activity():
        team.approve(asked)
    assert Review.objects.count() == 1


def test_an_approval_for_somebody_is_theirs_alone_to_repeat(team):
    team.policy("staging", 2)
    for away in (team.second_reviewer, team.admin):
        team.away(away, team.reviewer)
    asked = team.ask(team.version())
    team.approve(asked, on_behalf_of=team.second_reviewer)
    with no_activity():
        team.approve(asked, on_behalf_of=team.second_reviewer)
    with pytest.raises(NotEligible, match="You approved this already"), no_activity():
        team.approve(asked, on_behalf_of=team.admin)


def test_a_delegation_never_goes_back_to_the_requester(team, risk):
    team.away(team.second_reviewer, team.engineer)
    asked = team.ask(team.version())
    for name in (None, team.second_reviewer):
        with pytest.raises(OwnRequest), no_activity():
            team.approve(asked, by=team.engineer, on_behalf_of=name)


def test_nobody_decides_in_the_requesters_name(team, risk):
    team.away(team.engineer, team.reviewer)
    asked = team.ask(team.version())
    with pytest.raises(OwnRequest, match="The person you stand in for asked for this change"), no_activity():
        team.approve(asked, on_behalf_of=team.engineer)
    with pytest.raises(NotEligible), no_activity():
        team.approve(asked)


def test_a_delegation_is_not_handed_on(team, risk):
    team.away(team.second_reviewer, team.reviewer)
    team.away(team.reviewer, team.admin)
    asked = team.ask(team.version())
    for name in (None, team.second_reviewer, team.reviewer):
        with pytest.raises(NotEligible), no_activity():
            team.approve(asked, by=team.admin, on_behalf_of=name)


def test_the_service_account_of_a_delegate_stands_in_for_nobody(team, risk):
    bot = bot_of(team, team.reviewer)
    team.away(team.second_reviewer, team.reviewer)
    asked = team.ask(team.version())
    for name in (None, team.second_reviewer):
        with pytest.raises(NotEligible), no_activity():
            team.approve(asked, by=bot, on_behalf_of=name)


@pytest.mark.parametrize(("days", "counts"), [(0.99, True), (1, False), (400, False)])
def test_a_delegation_ends_by_itself(team, risk, days, counts):
    team.away(team.second_reviewer, team.reviewer, days=1)
    asked = team.ask(team.version())
    team.extra["at"](clock.now() + timedelta(days=days))
    if counts:
        assert team.approve(asked).status == "applied"
    else:
        with pytest.raises(NotEligible), no_activity():
            team.approve(asked)


def test_a_delegation_begins_when_it_says_so(team, risk):
    moment = clock.now()
    with unit_of_work():
        delegate_decisions(
            delegate_id=team.reviewer.pk, starts_at=moment + timedelta(days=1), ends_at=moment + timedelta(days=2), reason="x",
            by=caller(team.second_reviewer),
        )  # fmt: skip
    asked = team.ask(team.version())
    with pytest.raises(NotEligible):
        team.approve(asked)
    team.extra["at"](moment + timedelta(days=1))
    assert team.approve(asked).status == "applied"


@pytest.mark.parametrize("who", ["second_reviewer", "reviewer"])
def test_a_withdrawn_delegation_gives_nothing_and_what_was_decided_under_it_stands(team, risk, who):
    team.policy("staging", 2, groups=RISK)
    delegation = team.away(team.second_reviewer, team.reviewer)
    first, second = team.ask(team.version()), team.ask(team.version())
    team.approve(first, on_behalf_of=team.second_reviewer)
    with one_activity("delegation.withdrawn"), unit_of_work():
        withdraw_delegation(delegation_id=delegation.pk, by=caller(getattr(team, who)))
    with pytest.raises(NotEligible, match="You hold no delegation"), no_activity():
        team.approve(second, on_behalf_of=team.second_reviewer)
    assert team.approve(first, by=team.admin).status == "applied"


@pytest.mark.parametrize("who", ["second_reviewer", "reviewer"])
def test_when_either_of_the_two_may_not_decide_any_more_the_approval_stops_counting(team, who):
    team.policy("staging", 2)
    team.away(team.second_reviewer, team.reviewer)
    asked = team.ask(team.version())
    team.approve(asked, on_behalf_of=team.second_reviewer)
    team.let_go(getattr(team, who))
    assert team.approve(asked, by=team.admin).status == "pending"


def test_the_last_editor_does_not_approve_through_a_delegate(team):
    team.policy("staging", 1, exclude_last_editor=True)
    team.away(team.second_reviewer, team.reviewer)
    version = team.version()
    team.edit(version, by=team.second_reviewer, metrics={"auc": 1})
    asked = team.ask(version)
    with pytest.raises(NotEligible, match="They last edited the content"), no_activity():
        team.approve(asked, on_behalf_of=team.second_reviewer)
    assert team.approve(asked).status == "applied"


@pytest.mark.parametrize("delegate", ["second_reviewer", "service", "stranger"])
def test_one_chooses_another_person_of_ones_workspaces(team, delegate):
    with pytest.raises((Invalid, NotFound)), no_activity():
        team.away(team.second_reviewer, getattr(team, delegate))


def test_a_service_account_delegates_nothing(team):
    with pytest.raises(Invalid, match="counts as its owner"), no_activity():
        team.away(team.service, team.reviewer)


def test_a_group_membership_given_by_the_requester_after_asking_does_not_count(team):
    group = team.group("risk", team.second_reviewer, team.admin)
    team.policy("staging", 1, groups=RISK)
    team.role(team.engineer, Role.ADMIN)
    asked = team.ask(team.version())
    put(team, group, team.reviewer, by=team.engineer)
    with pytest.raises(NotEligible, match="come from risk"), no_activity():
        team.approve(asked)
    take_out(team, group, team.reviewer)
    put(team, group, team.reviewer, by=team.admin)
    assert team.approve(asked).status == "applied"


def test_a_group_membership_given_through_the_requesters_service_account_does_not_count_either(team):
    group = team.group("risk", team.second_reviewer, team.reviewer)
    team.policy("staging", 1, groups=RISK)
    team.extra["at"](datetime(2026, 10, 3, 16, tzinfo=UTC))
    asked = team.ask(team.version(), by=team.admin)
    team.role(team.service, Role.ADMIN)
    take_out(team, group, team.reviewer)
    put(team, group, team.reviewer, by=team.service)
    with pytest.raises(NotEligible, match="come from risk"), no_activity():
        team.approve(asked)


def test_who_leaves_a_group_stops_counting_for_it(team, risk):
    team.policy("staging", 2, groups=RISK)
    asked = team.ask(team.version(), by=team.reviewer)
    team.approve(asked, by=team.engineer)
    take_out(team, risk, team.engineer)
    assert team.approve(asked, by=team.admin).status == "pending"
    assert team.approve(asked, by=team.second_reviewer).status == "applied"


def test_a_service_account_is_in_no_group(team, risk):
    with pytest.raises(Invalid, match="counts as its owner"), no_activity():
        put(team, risk, team.service, by=team.admin)


def test_a_group_that_a_policy_names_is_not_removed(team, risk):
    with pytest.raises(Conflict, match="The policy of Staging asks for risk"), no_activity(), unit_of_work():
        delete_group(group_id=risk.pk, by=caller(team.admin))


def test_a_service_account_decides_only_while_its_owner_may(team):
    bot = bot_of(team, team.reviewer)
    asked = team.ask(team.version())
    team.role(team.reviewer, Role.VIEWER)
    with pytest.raises(NotEligible), no_activity():
        team.approve(asked, by=bot)
    team.role(team.reviewer, Role.EDITOR)
    assert team.approve(asked, by=bot).status == "applied"
