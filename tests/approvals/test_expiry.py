"""Time: a request past its end is over for everybody, the sweep says so once, a reminder comes before, and one may ask again."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.caller import Caller
from activity import clock
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.errors import NotPending
from approvals.models import StageChangeRequest
from approvals.services import bypass_stage_change, expire_stage_change, remind_of_expiry
from approvals.tasks import sweep_requests
from tests.cast import Team, caller, make_team
from tests.log import activities, no_activity, one_activity

pytestmark = pytest.mark.django_db
CHECK = [{"name": "tests"}]


@pytest.fixture
def team():
    """Requests into Staging last four days; `later` moves the clock."""
    with clock.invented() as at:
        at(datetime(2026, 10, 3, 14, tzinfo=UTC))
        made = make_team()
        made.policy("staging", 1, expires_after_days=4, required_checks=CHECK, break_glass_roles=["admin"])
        made.extra["at"] = at
        yield made


def later(team: Team, asked: StageChangeRequest, days: float) -> StageChangeRequest:
    """So many days after it was asked."""
    team.extra["at"](asked.created_at + timedelta(days=days))
    return asked


def verbs(asked) -> list[str]:
    return list(Activity.objects.filter(request_id=asked.pk).order_by("pk").values_list("verb", flat=True))


def test_a_request_ends_after_the_days_that_the_policy_says(team):
    asked = team.ask(team.version())
    assert asked.expires_at - asked.created_at == timedelta(days=4)
    assert team.ask(team.version(), "production").expires_at is None


def test_a_change_of_policy_leaves_the_end_of_what_waits(team):
    asked = team.ask(team.version())
    team.policy("staging", 1, expires_after_days=None)
    assert StageChangeRequest.objects.get().expires_at == asked.expires_at


def test_nothing_is_done_with_a_request_past_its_end_also_before_the_sweep(team):
    asked = team.ask(team.version())
    team.approve(asked)
    later(team, asked, 4)
    for act in (team.approve, team.reject, team.withdraw, team.revoke, team.bypass, team.check):
        with pytest.raises(NotPending, match="This request expired on") as refused, no_activity():
            act(asked)
        assert refused.value.extras["request_status"] == "expired"
    with pytest.raises(NotPending), no_activity():
        team.approve(asked, by=team.second_reviewer)


def test_the_same_approval_again_past_the_end_is_no_success(team):
    asked = team.ask(team.version())
    team.approve(asked)
    later(team, asked, 4)
    with pytest.raises(NotPending), no_activity():
        team.approve(asked)


def test_the_sweep_ends_it_with_one_line_and_the_second_sweep_does_nothing(team):
    asked = team.ask(team.version())
    later(team, asked, 2)
    other = team.ask(team.version())
    later(team, asked, 3.9)
    sweep_requests()
    later(team, asked, 4)
    with one_activity("stage_change.expired") as lines:
        assert sweep_requests() == 1
    assert (lines[0].actor_id, lines[0].via) == (None, "system")
    with no_activity():
        assert sweep_requests() == 0
    ended, waits = (StageChangeRequest.objects.get(pk=each.pk) for each in (asked, other))
    assert (ended.status, ended.decided_by, ended.closing_activity_id) == ("expired", None, lines[0].pk)
    assert waits.status == "pending"


@pytest.mark.parametrize("days", [0, 2.9])
def test_a_reminder_does_not_come_early(team, days):
    later(team, team.ask(team.version()), days)
    with no_activity():
        assert sweep_requests() == 0


def test_a_reminder_comes_once_a_day_before_the_end(team):
    asked = later(team, team.ask(team.version()), 3.1)
    with one_activity("stage_change.expires_soon"):
        assert sweep_requests() == 1
    with no_activity():
        assert sweep_requests() == 0
    later(team, asked, 4)
    with one_activity("stage_change.expired"):
        assert sweep_requests() == 1
    assert verbs(asked) == ["stage_change.requested", "stage_change.expires_soon", "stage_change.expired"]


def test_a_request_that_is_over_is_not_reminded_of_first(team):
    later(team, team.ask(team.version()), 5)
    with one_activity("stage_change.expired"):
        sweep_requests()


def test_for_a_short_wait_the_reminder_comes_when_half_of_it_is_over(team):
    team.policy("staging", 1, expires_after_days=1)
    asked = team.ask(team.version())
    later(team, asked, 0.49)
    with no_activity():
        sweep_requests()
    later(team, asked, 0.51)
    with one_activity("stage_change.expires_soon"):
        sweep_requests()


def test_one_may_ask_again_after_the_end_and_the_old_one_ends_then(team):
    asked = later(team, team.ask(team.version()), 4)
    with activities("stage_change.expired", "stage_change.requested"):
        again = team.ask(asked.version)
    assert (StageChangeRequest.objects.get(pk=asked.pk).status, again.status) == ("expired", "pending")


@pytest.mark.parametrize("service", [expire_stage_change, remind_of_expiry])
@pytest.mark.parametrize("how", ["approved", "revoked"])
def test_what_ended_meanwhile_is_left_alone(team, service, how):
    asked = team.ask(team.version())
    if how == "revoked":
        team.revoke(asked)
    else:
        team.approve(asked)
        team.check(asked)
    with no_activity(), unit_of_work():
        service(change_request_id=asked.pk, by=Caller.stageward())


def test_a_request_whose_time_is_not_over_does_not_expire(team):
    asked = team.ask(team.version())
    with no_activity(), unit_of_work():
        expire_stage_change(change_request_id=asked.pk, by=Caller.stageward())
    assert StageChangeRequest.objects.get().is_pending


def test_what_is_over_waits_for_nobody(team):
    asked = team.ask(team.version())
    assert list(StageChangeRequest.objects.awaiting(team.reviewer)) == [asked]
    later(team, asked, 4)
    assert list(StageChangeRequest.objects.awaiting(team.reviewer)) == []


def test_break_glass_does_not_bring_it_back(team):
    asked = later(team, team.ask(team.version()), 4)
    sweep_requests()
    with pytest.raises(NotPending, match="This request was expired"), no_activity(), unit_of_work():
        bypass_stage_change(change_request_id=asked.pk, by=caller(team.admin), comment="x")
