"""Who held which stage when, exact to the moment, and what nobody sees."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser

from accounts.models import Membership, Workspace
from activity.unit import unit_of_work
from approvals.models import Comment, StageChangeRequest
from registry.models import ModelVersion, RegisteredModel, Stage, StageAssignment
from registry.services import delete_version
from tests.cast import caller, make_team
from tests.log import findings

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def team():
    with time_machine.travel(START - timedelta(days=1), tick=False):
        return make_team()


def at_hour(team, hours: int, version: ModelVersion, stage: str) -> StageChangeRequest:
    with time_machine.travel(START + timedelta(hours=hours), tick=False):
        return team.approve(team.ask(version, stage))


def held(moment: datetime) -> list[tuple[str, str]]:
    return sorted(StageAssignment.objects.at(moment).values_list("stage__key", "version__name"))


def test_every_move_closes_what_was_held_and_opens_what_is_held_at_one_moment(team):
    version = team.version()
    moves = [
        at_hour(team, hour, version, stage) for hour, stage in enumerate(["staging", "production", "unassigned", "archived"])
    ]
    rows = list(StageAssignment.objects.order_by("pk").values_list("stage__key", "entered_at", "left_at", "opened_by_request_id",
                                                                   "closed_by_request_id", "actor"))  # fmt: skip
    moments = [START + timedelta(hours=hour) for hour in range(4)]
    reviewer = team.reviewer.pk
    assert rows == [
        ("staging", moments[0], moments[1], moves[0].pk, moves[1].pk, reviewer),
        ("production", moments[1], moments[2], moves[1].pk, moves[2].pk, reviewer),
        ("archived", moments[3], None, moves[3].pk, None, reviewer),
    ]


def test_what_was_in_production_at_a_moment_is_known_to_the_microsecond(team):
    first, second = team.version(), team.version()
    at_hour(team, 0, first, "production")
    at_hour(team, 2, second, "production")
    at_hour(team, 4, first, "archived")
    tick = timedelta(microseconds=1)
    assert held(START - tick) == []
    assert held(START) == [("production", "v1")]
    assert held(START + timedelta(hours=2) - tick) == [("production", "v1")]
    assert held(START + timedelta(hours=2)) == [("production", "v1"), ("production", "v2")]
    assert held(START + timedelta(hours=4) - tick) == [("production", "v1"), ("production", "v2")]
    assert held(START + timedelta(hours=4)) == [("archived", "v1"), ("production", "v2")]


def test_a_move_at_once_by_policy_is_history_too(team):
    team.policy("staging", 0)
    with time_machine.travel(START, tick=False):
        change_request = team.ask(team.version())
    row = StageAssignment.objects.get()
    assert (row.entered_at, row.opened_by_request_id, row.actor) == (START, change_request.pk, team.engineer)


def test_a_deleted_version_holds_nothing_from_then_on(team):
    version = team.version()
    at_hour(team, 0, version, "development")
    with time_machine.travel(START + timedelta(hours=3), tick=False), unit_of_work():
        delete_version(version_id=version.pk, by=caller(team.engineer))
    assert held(START + timedelta(hours=3)) == []
    assert held(START + timedelta(hours=2)) == [("development", "v1")]
    assert list(StageAssignment.objects.visible_to(team.engineer)) == []


def test_the_stage_of_every_version_is_what_its_rows_say(team):
    versions = [team.version() for _ in range(3)]
    team.move(versions[0], "staging", "production")
    team.move(versions[1], "archived", "unassigned")
    now = dict(StageAssignment.objects.now().values_list("version_id", "stage__key"))
    for version in ModelVersion.objects.all():
        assert version.stage == now.get(version.pk, "unassigned")
    assert findings() == []


SEEN = [Stage, RegisteredModel, ModelVersion, StageAssignment, StageChangeRequest, Comment, Workspace]


@pytest.mark.parametrize("model", SEEN)
def test_nobody_sees_nothing_also_where_a_workspace_has_no_members(team, model):
    team.move(team.version(), "staging")
    assert model.objects.visible_to(AnonymousUser()).count() == 0
    Membership.objects.all().delete()
    assert model.objects.visible_to(AnonymousUser()).count() == 0
    assert model.objects.visible_to(team.staff).count() == 0


@pytest.mark.parametrize("model", SEEN)
def test_a_member_of_one_workspace_sees_that_one_alone(team, model):
    other = make_team("other", suffix="2")
    for each in (team, other):
        each.move(each.version(), "staging")
        change_request = StageChangeRequest.objects.get(version__model=each.model)
        Comment.objects.create(version=change_request.version, author=each.viewer, body="x", created_at=START)
    seen = {member: set(model.objects.visible_to(member)) for member in (team.viewer, other.viewer)}
    assert seen[team.viewer] & seen[other.viewer] == set()
    assert seen[team.viewer] | seen[other.viewer] == set(model.objects.all())
    assert len(seen[team.viewer]) == len(seen[other.viewer]) > 0
