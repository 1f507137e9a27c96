"""The one clock."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from activity import clock
from activity.clock import ClockRefused, invented
from activity.log import SYSTEM, Subject, record
from activity.unit import unit_of_work

PAST = datetime(2026, 10, 3, 14, tzinfo=UTC)


def test_the_clock_tells_the_present_in_utc():
    before = timezone.now()
    assert before <= clock.now() <= timezone.now()
    assert clock.now().utcoffset() == timedelta(0)


@pytest.mark.django_db
def test_an_empty_database_can_be_filled_with_a_past():
    with invented() as set_clock:
        set_clock(PAST)
        with unit_of_work():
            line = record("thing.done", by=SYSTEM, on=Subject())
    assert line.created_at == PAST
    assert clock.now() > PAST


@pytest.mark.django_db
def test_the_clock_is_the_real_one_again_when_filling_fails():
    with pytest.raises(ZeroDivisionError), invented() as set_clock:
        set_clock(PAST)
        raise ZeroDivisionError
    assert clock.now() > PAST


@pytest.mark.django_db
def test_no_past_is_invented_once_the_log_has_begun():
    with unit_of_work():
        record("thing.done", by=SYSTEM, on=Subject())
    with pytest.raises(ClockRefused, match="The activity log has begun"), invented():
        pytest.fail("the clock was lent")
