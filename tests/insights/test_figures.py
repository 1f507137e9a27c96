"""What the charts show is what happened, whether a day was counted before or is read from the log."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from activity import clock
from activity.unit import unit_of_work
from approvals.services.effects import put_into_effect
from insights import series
from insights.counting import count_days
from insights.facts import midnight, to_three_digits
from insights.figures import figures_for
from insights.quantiles import quantile
from registry.counting import counts_in
from registry.models import ModelVersion, StageAssignment
from registry.services import delete_model
from tests.cast import Team, caller, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["read from the log", "counted before"])
def settle(request: pytest.FixtureRequest) -> Callable[[], object]:
    """Called when the past is made: the figures after it must not depend on which it was."""
    return (lambda: None) if request.param == "read from the log" else count_days


def live_through(team: Team, back: Callable[..., None]) -> None:
    """Forty days of a small team: registering, moving on and back, skipping, deleting."""
    dice = random.Random(7)
    versions: list[ModelVersion] = []
    for day in range(40, -1, -1):
        back(days=day, minutes=dice.randrange(700))
        if dice.random() < 0.5 or not versions:
            versions.append(team.version())
        for _ in range(dice.randrange(3)):
            version = ModelVersion.objects.get(pk=dice.choice(versions).pk)
            to = dice.choice(["unassigned", "development", "staging", "production", "archived"])
            if version.stage != to and version.deleted_at is None:
                team.move(version, to)
        if dice.random() < 0.15:
            version = ModelVersion.objects.get(pk=versions[-1].pk)
            if version.stage == "unassigned" and version.deleted_at is None:
                team.delete(version)
                versions.pop()


def stood_at(moment: datetime) -> dict[str, int]:
    """How many versions stood where, asked of each version by itself."""
    there = [
        version
        for version in ModelVersion.objects.filter(created_at__lt=moment)
        if not (version.deleted_at and version.deleted_at < moment)
    ]
    held = {row.version_id: row.stage.key for row in StageAssignment.objects.at(moment).select_related("stage")}
    return dict(Counter(held.get(version.pk, "unassigned") for version in there))


def test_versions_per_stage_are_what_stood_there_at_the_end_of_each_day(team, back, settle):
    live_through(team, back)
    back()
    settle()
    figures = figures_for(team.viewer, 30)
    assert [point.versions for point in figures.points[:-1]] == [
        stood_at(midnight(point.until + timedelta(days=1))) for point in figures.points[:-1]
    ]
    assert figures.versions == counts_in([team.workspace], team.admin)
    assert sum(figures.points[0].versions.values()) > 2


def test_longer_periods_tell_the_same_in_larger_steps(team, back, settle):
    live_through(team, back)
    back()
    settle()
    month, quarter, year = (figures_for(team.viewer, days) for days in (30, 90, 365))
    assert [len(figures.points) for figures in (month, quarter, year)] == [30, 30, 73]
    by_day = {point.until: point.versions for point in month.points}
    for figures in (quarter, year):
        assert {p.until: p.versions for p in figures.points if p.until in by_day} == {
            p.until: by_day[p.until] for p in figures.points if p.until in by_day
        }
        assert figures.points[0].versions == {}
        assert figures.applied > month.applied > 0
    assert (
        quarter.applied
        == year.applied
        == len(set(StageAssignment.objects.values_list("opened_by_request_id", flat=True))) + sum(1 for _ in to_nowhere())
    )


def to_nowhere() -> list[int | None]:
    """The requests that led to Unassigned, which nobody holds."""
    closed = StageAssignment.objects.exclude(closed_by_request_id=None).values_list("closed_by_request_id", flat=True)
    opened = set(StageAssignment.objects.values_list("opened_by_request_id", flat=True))
    return [pk for pk in closed if pk not in opened]


def test_a_day_that_ends_on_a_change_counts_it_once(team, back, settle):
    back(days=1, hours=12, microseconds=1)  # the last moment of that day
    team.move(team.version(), "staging")
    back(days=1, hours=-12)  # the first moment of the day after the next
    team.version()
    back()
    settle()
    assert [point.versions for point in figures_for(team.viewer, 30).points[-3:]] == [
        {"staging": 1},
        {"staging": 1},
        {"staging": 1, "unassigned": 1},
    ]


def test_slots_count_a_version_once_and_a_change_for_the_stage_that_it_entered(back, settle):
    team = make_team(preset="chariot")
    back(days=3)
    first, second = team.version(), team.version()
    team.move(first, "production", "staging")
    back(days=2)
    team.move(second, "production")  # the first keeps Staging
    back(days=1)
    team.move(second, "staging")  # now it moves the first out of all
    back()
    settle()
    figures = figures_for(team.viewer, 30)
    assert [point.versions for point in figures.points[-4:]] == [
        {"production": 1, "unassigned": 1},
        {"production": 1, "staging": 1},
        {"production": 1, "archived": 1},
        {"production": 1, "archived": 1},
    ]
    assert figures.versions == counts_in([team.workspace], team.admin)
    assert [(wait.stage, wait.count) for wait in figures.waits] == [("staging", 2), ("production", 2)]


def test_what_a_deleted_model_did_is_left_out(team, back, settle):
    back(days=3)
    team.version()
    back(days=2)
    with unit_of_work():
        delete_model(model_id=team.model.pk, by=caller(team.engineer))
    back()
    settle()
    assert figures_for(team.viewer, 30).versions == {}


def test_approved_changes_tell_how_long_they_waited(team, back, settle):
    for day, hours in enumerate((1, 2, 3, 4, 30), start=3):
        back(days=day, hours=hours)
        request = team.ask(team.version(), "staging")
        back(days=day)
        team.approve(request)
    back(days=3)
    team.reject(team.ask(team.version(), "production"))
    team.policy("development", 0)
    team.ask(team.version(), "development")
    back()
    settle()
    figures = figures_for(team.viewer, 30)
    (wait,) = figures.waits
    assert (wait.stage, wait.count, wait.median, wait.ninetieth) == (
        "staging",
        5,
        3 * 3600,
        (4 + 0.6 * 26) * 3600,
    )
    assert figures.wait
    assert figures.wait.count == 5
    assert figures.applied == 6


def test_waits_before_the_period_are_not_told(team, back, settle):
    back(days=31)
    team.move(team.version(), "staging")
    back()
    settle()
    figures = figures_for(team.viewer, 30)
    assert (figures.waits, figures.wait, figures.applied, figures.versions) == ([], None, 0, {"staging": 1})


def test_skips_and_break_glass_are_counted_among_the_changes(team, back, settle):
    back(days=2)
    team.move(team.version(), "development", "staging", "production")
    team.move(team.version(), "production")
    request = team.ask(team.version(), "production")
    with unit_of_work():
        put_into_effect(request, caller(team.admin), "break-glass", "It burns.")
    back()
    settle()
    figures = figures_for(team.viewer, 30)
    (point,) = [point for point in figures.points if point.applied]
    assert point.until == (clock.now() - timedelta(days=2)).date()
    assert (point.applied, point.skipped, point.break_glass) == (5, 2, 1)
    assert (figures.applied, figures.skipped, figures.break_glass) == (5, 2, 1)
    assert [(wait.stage, wait.count) for wait in figures.waits] == [("development", 1), ("staging", 1), ("production", 2)]


def test_pending_requests_are_told_by_age(team, back):
    for days in (45, 20, 8, 8, 2, 0):
        back(days=days, hours=1)
        team.ask(team.version())
    back()
    figures = figures_for(team.viewer, 30)
    assert [(band.since, band.count) for band in figures.bands] == [(0, 1), (1, 1), (3, 0), (7, 2), (14, 1), (30, 1)]
    assert figures.pending == 6
    assert figures.oldest == clock.now() - timedelta(days=45, hours=1)


def test_only_what_one_may_see_is_counted(team, back, settle):
    other = make_team("other", suffix="2")
    for each in (team, other):
        back(days=2)
        each.move(each.version(), "production")
        each.ask(each.version())
    back()
    settle()
    mine, theirs = figures_for(team.viewer, 30), figures_for(team.stranger, 30)
    assert mine.wait
    assert (mine.versions, mine.applied, mine.pending, mine.wait.count) == ({"production": 1, "unassigned": 1}, 1, 1, 1)
    assert (theirs.versions, theirs.applied, theirs.pending, theirs.wait) == ({}, 0, 0, None)
    assert theirs.stages == []
    for narrowed in ({"workspace": "other"}, {"model": "nothing"}, {"workspace": "default", "model": "nothing"}):
        assert figures_for(team.viewer, 30, **narrowed).versions == {}
    assert figures_for(team.viewer, 30, workspace="default", model="churn").versions == mine.versions


def test_a_tail_too_long_to_read_is_left_to_the_worker(team, back, monkeypatch):
    back(days=2)
    team.version()
    back(hours=1)
    count_days()
    team.version()
    back()
    assert figures_for(team.viewer, 30).versions == {"unassigned": 2}
    monkeypatch.setattr(series, "MOST_LINES", 0)
    figures = figures_for(team.viewer, 30)
    assert (figures.versions, figures.told_until) == ({"unassigned": 1}, (clock.now() - timedelta(days=2)).date())


@pytest.mark.parametrize("size", [1, 2, 5, 40, 501])
def test_quantiles_are_those_of_the_inclusive_method(size):
    dice = random.Random(size)
    values = [dice.randrange(100) for _ in range(size)]
    for share in (0.0, 0.5, 0.9, 1.0):
        place = (size - 1) * share
        low, high = sorted(values)[int(place)], sorted(values)[min(int(place) + 1, size - 1)]
        assert quantile(Counter(values), share) == low + (high - low) * (place - int(place))


def test_of_nothing_there_is_no_quantile():
    assert quantile(Counter(), 0.5) is None


@pytest.mark.parametrize(("exact", "kept"), [(0, 0), (-1, 0), (999.4, 999), (1234, 1230), (86_399, 86_400), (123_456, 123_000)])
def test_waits_are_kept_to_three_digits(exact, kept):
    assert to_three_digits(exact) == kept
