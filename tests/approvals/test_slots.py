"""Slots: who makes room when a version enters a stage, and how several stages are held at once."""

import json

import pytest
from django.db import IntegrityError, transaction

from activity.errors import DomainError
from activity.unit import unit_of_work
from approvals.differences import Difference, differences
from approvals.models import StageChangeRequest
from approvals.situations import load_situations
from registry.models import ModelVersion, Stage, StageAssignment
from tests.approvals.population import undone
from tests.cast import Team, make_team
from tests.log import activities, findings, no_activity
from tests.slots import TABLES, by_services, holders, standing, version_of

pytestmark = pytest.mark.django_db
APPROVED = ("stage_change.approval_given", "stage_change.applied")


@pytest.fixture
def slots() -> Team:
    return make_team(preset="chariot")


@pytest.fixture
def team() -> Team:
    return make_team()


def deletable(team: Team) -> list[int]:
    numbers = []
    for number in ModelVersion.objects.alive().filter(model=team.model).order_by("number").values_list("number", flat=True):
        with undone():
            if not by_services(team, "delete", number):
                numbers.append(number)
    return numbers


@pytest.mark.parametrize("preset", TABLES)
def test_every_row_of_the_state_tables_through_the_services(preset):
    rows, versions = TABLES[preset]
    team = make_team(preset=preset)
    for _ in range(versions):
        team.version()
    for row in rows:
        assert (row.do, by_services(team, *row.do)) == (row.do, row.refused)
        assert (row.do, holders(team, *row.held)) == (row.do, row.held)
        assert (row.do, standing(team)) == (row.do, row.stages)
        if row.deletable is not None:
            assert (row.do, deletable(team)) == (row.do, row.deletable)
    assert findings() == []


def test_who_is_displaced_has_a_line_of_their_own_with_where_they_stand_then(slots):
    first, second = slots.move(slots.version(), "staging", "production"), slots.version(name="better")
    asked = slots.ask(second, "production")
    with activities(*APPROVED, "model_version.displaced") as lines:
        slots.approve(asked)
    line = lines[2]
    assert (line.version_id, line.request_id, line.from_stage, line.to_stage) == (first.pk, asked.pk, "production", "staging")
    assert json.loads(line.data) == {"number": 1, "name": "v1", "left": ["production"], "displaced_by": 2}
    assert ModelVersion.objects.get(pk=first.pk).stage_activity_id == line.pk


def test_a_slot_changes_hands_at_one_moment(slots):
    slots.move(slots.version(), "staging")
    slots.move(slots.version(), "staging")
    first, second = StageAssignment.objects.order_by("pk")
    assert first.left_at == second.entered_at
    assert (first.closed_by_request_id, second.left_at) == (second.opened_by_request_id, None)


def test_a_slot_held_already_is_not_asked_for(slots):
    version = slots.move(slots.version(), "staging", "production")
    with no_activity(), pytest.raises(DomainError, match="v1 holds Staging already, so nothing was asked"):
        slots.ask(version, "staging")


def test_a_second_slot_is_asked_for_as_additional(slots):
    version = slots.move(slots.version(), "production")
    asked = slots.ask(version, "staging")
    assert (asked.from_stage.key, asked.to_stage.key, asked.direction) == ("production", "staging", "additional")
    with activities(*APPROVED) as lines:
        slots.approve(asked)
    assert (lines[1].from_stage, lines[1].to_stage) == ("production", "production")
    assert {"entered": "staging", "left": []}.items() <= json.loads(lines[1].data).items()
    assert standing(slots) == ["production"]


def test_entering_archived_leaves_all(slots):
    slots.move(slots.version(), "staging", "production", "archived")
    assert holders(slots, "staging", "production", "archived") == {"staging": [], "production": [], "archived": [1]}
    assert findings() == []


def test_what_was_asked_of_a_displaced_version_ends_when_it_stands_elsewhere(slots):
    first, second = slots.move(slots.version(), "staging"), slots.version()
    asked = slots.ask(first, "production")
    with activities("stage_change.requested", *APPROVED, "model_version.displaced", "stage_change.superseded"):
        slots.approve(slots.ask(second, "staging"))
    ended = StageChangeRequest.objects.get(pk=asked.pk)
    assert (ended.status, ended.closing_comment) == ("superseded", "v2 took its place in Staging")


def test_what_was_asked_of_a_displaced_version_goes_on_where_it_still_stands(slots):
    first, second = slots.move(slots.version(), "staging", "production"), slots.version()
    asked = slots.ask(first, "archived")
    slots.move(second, "staging")
    assert slots.approve(asked).status == "applied"
    assert standing(slots) == ["archived", "staging"]


def test_approvals_are_void_when_others_make_room_than_those_that_were_seen(slots):
    slots.policy("staging", 2)
    asked = slots.approve(slots.ask(slots.version(), "staging"))
    slots.policy("staging", 1)
    seen = slots.approve(slots.ask(slots.version(), "production"))  # another stage: nothing is void
    assert seen.status == "applied"
    slots.policy("staging", 2)
    assert slots.approve(asked).status == "pending"
    slots.policy("archived", 0)
    other = slots.ask(slots.version(), "staging")
    slots.approve(other)
    with activities("stage_change.approval_given", "stage_change.applied", "stage_change.approvals_voided"):
        slots.approve(other, by=slots.second_reviewer)
    with pytest.raises(DomainError) as refused:
        slots.approve(asked, by=slots.second_reviewer, digest=asked.digest)
    assert refused.value.code == "digest-changed"


def test_deleting_an_incumbent_voids_what_was_approved_with_it_in_sight(slots):
    Stage.objects.filter(key="staging").update(protected=False)
    holder = slots.move(slots.version(), "staging")
    slots.policy("staging", 2)
    asked = slots.approve(slots.ask(slots.version(), "staging"))
    with activities("model_version.deleted", "stage_change.approvals_voided"):
        slots.delete(holder)
    assert StageChangeRequest.objects.get(pk=asked.pk).digest != asked.digest


def test_a_locked_incumbent_cannot_make_room(slots):
    holder, version = slots.move(slots.version(), "staging"), slots.version()
    asked = slots.ask(version, "staging")
    slots.lock(holder, "redact")
    for refuse in (lambda: slots.approve(asked), lambda: slots.ask(slots.version(), "staging")):
        with pytest.raises(DomainError, match="v1 holds Staging and is locked") as refused:
            refuse()
        assert refused.value.code == "version-locked"
    slots.lock(holder, "open")
    assert slots.approve(asked).status == "applied"


def test_holders_are_archived_where_the_request_asks_for_it_once(team):
    first, second = team.move(team.version(), "staging"), team.move(team.version(), "staging")
    asked = team.ask(team.version(), "staging", archive_incumbents=True)
    with activities(*APPROVED, "model_version.displaced", "model_version.displaced"):
        team.approve(asked)
    assert standing(team) == ["archived", "archived", "staging"]
    team.move(team.version(), "staging")
    assert holders(team, "staging") == {"staging": [4, 3]}
    assert {first.number, second.number} == {1, 2}
    assert findings() == []


@pytest.mark.parametrize("stage", ["archived", "unassigned"])
def test_nobody_is_archived_for_a_stage_that_versions_do_not_work_in(team, stage):
    version = team.move(team.version(), "staging")
    with no_activity(), pytest.raises(DomainError, match="Leave archive_incumbents out") as refused:
        team.ask(version, stage, archive_incumbents=True)
    assert refused.value.code == "invalid"


def test_without_an_archived_stage_the_displaced_are_unassigned():
    team = make_team(preset="gto")
    team.move(team.version(), "prod")
    team.approve(team.ask(team.version(), "prod", archive_incumbents=True))
    assert standing(team) == ["unassigned", "prod"]


def test_the_database_refuses_a_second_holder_of_an_exclusive_stage(slots):
    slots.move(slots.version(), "staging")
    holding = StageAssignment.objects.get()
    holding.pk, holding.version = None, slots.version()
    with pytest.raises(IntegrityError), transaction.atomic():
        holding.save(force_insert=True)


def test_the_database_keeps_whether_holders_are_to_be_archived(team):
    asked = team.ask(team.version())
    with pytest.raises(IntegrityError, match="What a request asks for"), transaction.atomic():
        StageChangeRequest.objects.filter(pk=asked.pk).update(archive_incumbents=True)


def test_content_is_kept_for_every_stage_that_is_held(slots):
    version = slots.move(slots.version(), "staging", "production")
    slots.move(slots.version(), "production")
    Stage.objects.filter(key="production").update(protected=False)
    with pytest.raises(DomainError, match="is in Staging, so its artifact stays"):
        slots.edit(version, artifact_uri="s3://other")
    with unit_of_work():
        assert version_of(slots, 1).stage == "staging"


def test_who_made_room_for_what_was_seen_is_told_beside_who_does_now(slots):
    slots.policy("staging", 2)
    asked = slots.approve(slots.ask(slots.version(), "staging"))
    other = slots.approve(slots.ask(slots.version(), "staging"))
    slots.approve(other, by=slots.second_reviewer)
    (situation,) = load_situations(StageChangeRequest.objects.with_everything().filter(pk=asked.pk))
    assert differences(situation, asked.digest) == [Difference("version 2 makes room", None, "unassigned")]
