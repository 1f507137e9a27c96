"""Days are counted once, when they are over, and can be counted anew."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from insights.counting import count_days
from insights.models import Day, Progress
from insights.tasks import count_days as count_days_task
from tests.log import no_activity

pytestmark = pytest.mark.django_db


def kept() -> list[Any]:
    return list(
        Day.objects.order_by("day", "model", "stage").values("day", "model", "stage", "change", "applied", "skipped", "waits")
    )


@pytest.fixture
def _past(team, back):
    for days in (5, 3):
        back(days=days)
        team.move(team.version(), "staging")
        team.version()
    back()
    team.version()


@pytest.mark.usefixtures("_past")
def test_each_day_that_is_over_is_counted_once(back):
    with no_activity():
        assert count_days() == 3  # the day the team was made, and two
    rows = kept()
    assert [(row["stage"], row["change"], row["applied"]) for row in rows] == [("staging", 1, 1), ("unassigned", 1, 0)] * 2
    assert count_days() == 0
    assert kept() == rows
    assert str(Progress.objects.get().until) == "2026-06-08"


@pytest.mark.usefixtures("_past")
def test_a_day_is_counted_an_hour_after_its_end(back):
    count_days()
    back(hours=-12.9)
    assert count_days() == 0
    back(hours=-13)
    assert count_days() == 1


@pytest.mark.usefixtures("_past")
def test_counting_afresh_gives_the_same():
    count_days()
    rows = kept()
    Day.objects.filter(stage="staging").delete()
    assert count_days_task() == 0
    assert kept() != rows
    out = StringIO()
    call_command("count_insights", "--afresh", stdout=out)
    assert out.getvalue() == "Counted 3 days of the log.\n"
    assert kept() == rows


def test_there_is_nothing_to_count_in_an_empty_log(db):
    assert count_days() == 0
    assert not Progress.objects.exists()
