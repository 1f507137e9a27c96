"""Verification finds what somebody with the database's password did to the log, and names the line.

Each test drops the guards, lays hands on the log, and puts the guards back.
"""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import F

from activity.hashing import line_hash
from activity.log import SYSTEM, Subject, record
from activity.models import Activity, Chain, Outbox
from activity.unit import unit_of_work
from activity.verify import verify_chains
from tests.log import delete, findings, rehash, rewrite, without_triggers

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> list[Activity]:
    """Six lines of one chain; the four of another one are written between them."""
    written = []
    for number in range(6):
        with unit_of_work():
            subject = Subject(workspace_id=1, model_id=5, version_id=9, request_id=2, person_id=4)
            written.append(record("thing.done", by=SYSTEM, on=subject, data={"number": number}))
            if number < 4:
                record("other.done", by=SYSTEM, on=Subject(workspace_id=1))
    assert findings() == []
    return written


EDITS = {
    "verb": "thing.undone", "via": "api", "actor_id": 8, "token_id": 8, "workspace_id": 8, "model_id": 8, "version_id": 8,
    "request_id": 8, "person_id": 8, "from_stage": "x", "to_stage": "y", "data": '{"number":7}',
    "created_at": datetime(2020, 1, 1, tzinfo=UTC),
}  # fmt: skip


@pytest.mark.parametrize("column", EDITS)
def test_an_edited_column_is_found_at_its_line(lines, column):
    with without_triggers():
        rewrite(lines[2], **{column: EDITS[column]})
    assert findings() == [("model:5: line 3 was changed after it was written", lines[2].pk)]


def test_every_column_was_tried():
    tried_below = {"id", "chain_id", "seq", "prev_hash", "hash"}
    assert {field.attname for field in Activity._meta.concrete_fields} == set(EDITS) | tried_below


def test_an_edited_hash_is_found_at_its_line_and_where_the_next_one_leans_on_it(lines):
    with without_triggers():
        rewrite(lines[2], hash="0" * 64)
    assert findings() == [
        ("model:5: line 3 was changed after it was written", lines[2].pk),
        ("model:5: line 4 does not continue the line before it", lines[3].pk),
    ]


def test_an_edited_link_is_found_at_its_line(lines):
    with without_triggers():
        rewrite(lines[2], prev_hash="0" * 64)
    assert findings() == [
        ("model:5: line 3 does not continue the line before it", lines[2].pk),
        ("model:5: line 3 was changed after it was written", lines[2].pk),
    ]


def test_a_line_given_a_new_id_is_found(lines):
    with without_triggers():
        Outbox.objects.filter(activity=lines[2]).delete()
        rewrite(lines[2], id=lines[4].pk + 1000)
    assert findings() == [("model:5: line 4 has an id below that of the line before it", lines[3].pk)]


def test_a_deleted_line_is_found_at_the_one_after_it(lines):
    with without_triggers():
        delete(lines[2])
    assert findings() == [("model:5: line 4 follows line 2, so 1 are missing", lines[3].pk)]


def test_deleted_first_lines_are_found(lines):
    with without_triggers():
        delete(*lines[:2])
    assert findings() == [("model:5: line 3 follows line 0, so 2 are missing", lines[2].pk)]


def test_a_deleted_line_is_found_when_the_rest_was_moved_up(lines):
    with without_triggers():
        delete(lines[2])
        Activity.objects.filter(chain=lines[0].chain, seq__gt=3).update(seq=F("seq") - 1)
        Chain.objects.filter(key="model:5").update(seq=5)
    assert findings()[:2] == [
        ("model:5: line 3 does not continue the line before it", lines[3].pk),
        ("model:5: line 3 was changed after it was written", lines[3].pk),
    ]


def test_an_inserted_line_is_found_where_it_was_put(lines):
    with without_triggers():
        for line in reversed(lines[3:]):
            rewrite(line, seq=line.seq + 1)
        forged = Activity.objects.get(pk=lines[2].pk)
        forged.pk, forged.seq, forged.prev_hash = None, 4, forged.hash
        forged.hash = line_hash("model:5", forged)
        forged.save(force_insert=True)
    first, second, *_ = findings()
    assert first == ("model:5: line 5 does not continue the line before it", lines[3].pk)
    assert second == ("model:5: line 5 was changed after it was written", lines[3].pk)


def test_a_well_made_line_put_at_the_end_is_found(lines):
    with without_triggers():
        forged = Activity.objects.get(pk=lines[5].pk)
        forged.pk, forged.seq, forged.prev_hash = None, 7, forged.hash
        forged.hash = line_hash("model:5", forged)
        forged.save(force_insert=True)
    assert findings() == [("model:5: the log ends at line 7, the chain's head says line 6 with another hash", forged.pk)]


def test_two_swapped_lines_are_found_at_both(lines):
    with without_triggers():
        rewrite(lines[1], data=lines[3].data, hash=lines[3].hash, prev_hash=lines[3].prev_hash)
        rewrite(lines[3], data=lines[1].data, hash=lines[1].hash, prev_hash=lines[1].prev_hash)
    found = findings()
    assert found[0] == ("model:5: line 2 does not continue the line before it", lines[1].pk)
    assert ("model:5: line 2 was changed after it was written", lines[1].pk) in found
    assert ("model:5: line 4 was changed after it was written", lines[3].pk) in found


def test_two_lines_that_changed_places_are_found_at_both(lines):
    with without_triggers():
        for line, seq in ((lines[1], 99), (lines[3], 2), (lines[1], 4)):
            rewrite(line, seq=seq)
    found = findings()
    assert found[0] == ("model:5: line 2 does not continue the line before it", lines[3].pk)
    assert ("model:5: line 4 was changed after it was written", lines[1].pk) in found


def test_a_line_moved_to_another_chain_is_found_in_both(lines):
    with without_triggers():
        rewrite(lines[5], chain=Chain.objects.get(key="workspace:1"), seq=5)
    assert findings() == [
        ("workspace:1: line 5 does not continue the line before it", lines[5].pk),
        ("workspace:1: line 5 was changed after it was written", lines[5].pk),
        ("model:5: the log ends at line 5, the chain's head says line 6 with another hash", lines[4].pk),
        ("workspace:1: the log ends at line 5, the chain's head says line 4 with another hash", lines[5].pk),
    ]


def test_a_cut_tail_is_found_by_the_head_of_its_chain(lines):
    with without_triggers():
        delete(*lines[4:])
    assert findings() == [("model:5: the log ends at line 4, the chain's head says line 6 with another hash", lines[3].pk)]


def test_a_chain_emptied_is_found(lines):
    with without_triggers():
        delete(*lines)
    assert findings() == [("model:5: the log ends at line 0, the chain's head says line 6 with another hash", None)]


@pytest.mark.parametrize("columns", [{"head": "0" * 64}, {"seq": 5}, {"seq": 7}])
def test_an_edited_head_is_found(lines, columns):
    Chain.objects.filter(key="model:5").update(**columns)
    said = columns.get("seq", 6)
    assert findings() == [(f"model:5: the log ends at line 6, the chain's head says line {said} with another hash", lines[5].pk)]


def test_a_renamed_chain_is_found_at_every_line(lines):
    Chain.objects.filter(key="model:5").update(key="model:6")
    assert findings() == [(f"model:6: line {line.seq} was changed after it was written", line.pk) for line in lines]


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL refuses a line without its chain, whoever asks")
def test_a_chain_whose_row_is_gone_is_found_at_its_lines(lines):
    with without_triggers(), connection.cursor() as cursor:
        cursor.execute("UPDATE activity_activity SET chain_id = 999 WHERE chain_id = %s", [lines[0].chain_id])
        found = findings()
        cursor.execute("UPDATE activity_activity SET chain_id = %s WHERE chain_id = 999", [lines[0].chain_id])
    problem = "a chain that is gone: line {} was changed after it was written"
    assert found[:6] == [(problem.format(line.seq), line.pk) for line in lines]


def test_a_careful_forger_without_the_seal_is_not_found_by_the_chains_alone(lines):
    with without_triggers():
        rewrite(lines[2], data='{"number":7}')
        rehash("model:5")
    assert findings() == []


def test_lines_written_during_the_walk_are_no_finding(lines):
    walk = verify_chains(progress=lambda count: write_more() if count == 10 else None)

    def write_more() -> None:
        with unit_of_work():
            record("thing.done", by=SYSTEM, on=Subject(workspace_id=1, model_id=5))
            record("thing.done", by=SYSTEM, on=Subject(workspace_id=1, model_id=6))

    assert list(walk) == []
    assert Activity.objects.count() == 12
    assert findings() == []


def test_the_walk_tells_how_far_it_is(lines):
    told: list[int] = []
    assert list(verify_chains(told.append)) == []
    assert told == [10]


def test_data_that_is_no_json_is_hashed_as_the_text_it_is(lines):
    with without_triggers():
        rewrite(lines[0], data="not json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(Activity.objects.get(pk=lines[0].pk).data)
    assert findings() == [("model:5: line 1 was changed after it was written", lines[0].pk)]
