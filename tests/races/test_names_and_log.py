"""Many at once on one name, one number, one chain, one seal; and verification beside people at work."""

# ruff: noqa: B023 - a race is over before the round is

import threading

import pytest
from django.db import connection

from activity.log import SYSTEM, Subject, record
from activity.models import Activity, Chain, Seal
from activity.seals import write_seal
from activity.unit import unit_of_work
from activity.verify import Finding, verify_everything
from registry.models import ModelVersion
from registry.services import register_model
from tests.cast import caller, person
from tests.gateways.arthur import arthur
from tests.log import findings
from tests.races.arena import Arena, told

pytestmark = pytest.mark.postgresql


def test_versions_registered_at_once_have_numbers_without_gap_or_double(team, arena: Arena, fewer):
    for _ in fewer:
        arena.race(*[team.version] * 4)
    numbers = list(ModelVersion.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 4 * len(fewer) + 1))
    assert findings() == []


def test_one_name_goes_to_one_model(team, arena: Arena, fewer):
    for number in fewer:

        def register() -> None:
            with unit_of_work():
                register_model(workspace_id=team.workspace.pk, name=f"model-{number}", by=caller(team.engineer))

        words = sorted(map(told, arena.race(register, register, register)))
        assert words == ["conflict", "conflict", "done"]
    assert findings() == []


def test_one_partner_model_id_goes_to_one_model_and_one_name_to_one_group(team, arena: Arena, fewer):
    who = arthur(team.engineer)
    for number in fewer:
        same = {"partner_model_id": f"same-{number}"}
        in_the_group = {"model_group_id": str(team.model.pk), **same}
        saves = [in_the_group, {"display_name": f"New {number}", **same}, {"partner_model_id": f"other-{number}"}]
        statuses = arena.race(*[lambda sent=sent: who.save(**sent)[0] for sent in [*saves, saves[0]]])
        assert (sorted(statuses), statuses[2]) == ([201, 201, 409, 409], 201)
    assert findings() == []


def test_one_user_name_goes_to_one_person(team, arena: Arena, fewer):
    for number in fewer:
        words = sorted(map(told, arena.race(lambda: person(f"new-{number}"), lambda: person(f"new-{number}"))))
        assert words == ["conflict", "done"]
    assert findings() == []


def test_a_chain_begun_by_several_at_once_is_one_chain(arena: Arena, fewer):
    for number in fewer:

        def write() -> None:
            with unit_of_work():
                record("thing.done", by=SYSTEM, on=Subject(model_id=1000 + number))

        arena.race(*[write] * 6)
    assert Chain.objects.count() == len(fewer)
    assert set(Chain.objects.values_list("seq", flat=True)) == {6}
    assert findings() == []


def test_two_seals_at_once_are_one(team, arena: Arena, fewer):
    for number in fewer:
        team.version()
        words = sorted(map(told, arena.race(write_seal, write_seal, write_seal)))
        assert words in (["conflict", "conflict", "done"], ["conflict", "done", "done"], ["done", "done", "done"])
        assert Seal.objects.count() == number + 1
    assert findings() == []


def test_seals_written_beside_people_at_work_hold(team, arena: Arena, fewer):
    for _ in fewer:
        arena.race(team.version, team.version, write_seal, team.version)
    write_seal()
    assert findings() == []


def test_verification_beside_people_at_work_finds_nothing(team, fewer):
    done, found = threading.Event(), list[Finding]()

    def verify() -> None:
        try:
            while not done.is_set():
                found.extend(verify_everything())
        finally:
            connection.close()

    verifiers = [threading.Thread(target=verify) for _ in range(2)]
    for verifier in verifiers:
        verifier.start()
    for _ in fewer:
        team.approve(team.ask(team.version(), "development"))
    done.set()
    for verifier in verifiers:
        verifier.join()
    assert found == []
    assert Activity.objects.filter(verb="stage_change.applied").count() == len(fewer)
