"""The filters of the log, shared by the page, the API and the exports."""

from datetime import UTC, datetime, timedelta

import pytest

from activity.errors import Invalid
from activity.filters import filtered
from activity.models import Activity
from activity.moments import moment_of, rfc3339, span
from tests.cast import Team, make_team


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


def verbs(**params: str) -> list[str]:
    return list(filtered(Activity.objects.order_by("id"), params).values_list("verb", flat=True))


def test_each_filter_narrows_the_lines(team: Team):
    first, _second = team.version(), team.version()
    request = team.ask(first)
    mine = ["model.registered", "model_version.registered", "model_version.registered", "stage_change.requested"]
    assert verbs(actor="engineer") == mine
    assert verbs(verb="model_version.registered") == mine[1:3]
    assert verbs(verb="stage_change") == mine[3:]
    assert verbs(workspace="default", actor="engineer") == mine
    assert verbs(model="churn") == mine
    assert verbs(model="churn", version="1") == [mine[1], mine[3]]
    assert verbs(request=str(request.pk)) == mine[3:]


def test_a_name_that_does_not_exist_matches_nothing_and_an_empty_one_filters_nothing(team: Team):
    assert [verbs(**{name: "nobody"}) for name in ("actor", "verb", "workspace", "model")] == [[], [], [], []]
    assert verbs(actor="", since=" ", cursor="x") == verbs()


def test_a_model_of_the_same_name_elsewhere_is_told_apart_by_its_workspace(team: Team):
    make_team("other", "2")
    assert len(verbs(model="churn")) == 2
    assert verbs(model="churn", workspace="other") == ["model.registered"]


def test_since_and_until_take_days_and_moments(team: Team):
    moment = Activity.objects.latest("id").created_at
    at, day = rfc3339(moment), moment.date().isoformat()
    tomorrow = (moment.date() + timedelta(days=1)).isoformat()
    assert verbs(since=day) == verbs(until=day) == verbs(since=day, until=day) == verbs()
    assert verbs(since=tomorrow) == []
    assert Activity.objects.latest("id").verb in verbs(since=at, until=at)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"since": "yesterday"}, "since"),
        ({"until": "2026-13-01"}, "until"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since"),
        ({"until": "9999-12-31"}, "until"),
        ({"since": "2026-10-03T14:00:00 02:00"}, "since"),
        ({"request": "twelve"}, "request"),
        ({"request": "9" * 30}, "request"),
        ({"request": "٣"}, "request"),
        ({"version": "1"}, "version"),
        ({"model": "a\x00b"}, "model"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told_by_its_name(team: Team, params: dict[str, str], field: str):
    with pytest.raises(Invalid) as refused:
        verbs(**params)
    assert refused.value.field == field


def test_moments_are_read_in_any_offset_and_written_in_utc():
    assert rfc3339(moment_of("2026-10-03T14:00:00+02:00", "at")) == "2026-10-03T12:00:00Z"
    assert moment_of("2026-10-03T14:00:00", "at") == datetime(2026, 10, 3, 14, tzinfo=UTC)
    assert span("2026-10-03", "at") == (datetime(2026, 10, 3, tzinfo=UTC), datetime(2026, 10, 4, tzinfo=UTC))
