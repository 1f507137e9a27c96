"""The one door into the log: when it opens, what it writes, what it hashes."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from activity import clock
from activity.hashing import canonical, hashed_text, iso, line_body, line_hash
from activity.log import SYSTEM, Actor, Subject, record
from activity.models import Activity, Chain, Outbox
from activity.unit import unit_of_work
from tests.log import activities, one_activity

SOMEBODY = Actor(user_id=7, via="page", token_id=3)
MODEL = Subject(workspace_id=1, model_id=5, version_id=9, request_id=2)


@pytest.mark.django_db(transaction=True)
def test_record_refuses_outside_a_transaction():
    with pytest.raises(RuntimeError, match="open a unit_of_work"):
        record("thing.done", by=SOMEBODY, on=MODEL)
    assert (Activity.objects.count(), Chain.objects.count(), Outbox.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_fails_takes_its_line_its_head_and_its_outbox_row_with_it():
    with pytest.raises(ZeroDivisionError), unit_of_work():
        record("thing.done", by=SOMEBODY, on=MODEL)
        raise ZeroDivisionError
    assert (Activity.objects.count(), Chain.objects.count(), Outbox.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_record_writes_one_line_with_everything_it_was_told():
    moment = clock.now()
    with one_activity("thing.done") as lines, unit_of_work():
        record("thing.done", by=SOMEBODY, on=MODEL, from_stage="a", to_stage="b", data={"why": "Grüße", "n": 1})
    (line,) = lines
    told = (line.actor_id, line.via, line.token_id, line.workspace_id, line.model_id, line.version_id, line.request_id)
    assert told == (7, "page", 3, 1, 5, 9, 2)
    assert (line.from_stage, line.to_stage, line.data) == ("a", "b", '{"n":1,"why":"Grüße"}')
    assert (line.chain.key, line.seq, line.prev_hash) == ("model:5", 1, "")
    assert moment <= line.created_at <= clock.now()


@pytest.mark.django_db
def test_the_line_of_a_change_waits_in_the_outbox():
    with unit_of_work():
        line = record("thing.done", by=SYSTEM, on=Subject())
    row = Outbox.objects.get()
    assert (row.activity_id, row.attempts, row.done_at) == (line.pk, 0, None)
    assert row.due_at <= clock.now() + timedelta(
        milliseconds=1
    )  # at once, by the database's clock, which SQLite has in milliseconds


@pytest.mark.django_db
def test_each_line_of_a_chain_carries_the_hash_of_the_one_before_and_the_chain_that_of_the_last():
    with activities("one", "two", "three") as lines, unit_of_work():
        for verb in ("one", "two", "three"):
            record(verb, by=SYSTEM, on=MODEL)
    assert [line.seq for line in lines] == [1, 2, 3]
    assert [line.prev_hash for line in lines] == ["", lines[0].hash, lines[1].hash]
    assert Chain.objects.values_list("key", "seq", "head").get() == ("model:5", 3, lines[2].hash)


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        (Subject(workspace_id=1, model_id=5), "model:5"),
        (Subject(workspace_id=1), "workspace:1"),
        (Subject(workspace_id=1, person_id=4), "workspace:1"),
        (Subject(person_id=4), "site"),
        (Subject(), "site"),
    ],
)
def test_a_line_joins_the_chain_of_its_narrowest_subject(subject, key):
    assert subject.chain_key == key


def test_equal_content_has_one_spelling():
    assert canonical({"b": [1, "é"], "a": None}) == canonical({"a": None, "b": [1, "é"]}) == '{"a":null,"b":[1,"é"]}'


def test_a_moment_is_hashed_in_utc_with_microseconds():
    moment = datetime(2026, 10, 3, 16, 0, tzinfo=timezone(timedelta(hours=2)))
    assert iso(moment) == "2026-10-03T14:00:00.000000+00:00"


def the_line(**fields) -> Activity:
    told = {
        "seq": 2, "prev_hash": "ab" * 32, "verb": "stage_change.applied", "via": "api", "actor_id": 4, "token_id": None,
        "workspace_id": 1, "model_id": 5, "version_id": 9, "request_id": 2, "person_id": None, "from_stage": "staging",
        "to_stage": "production", "data": '{"effect":"approved"}', "created_at": datetime(2026, 10, 3, 14, tzinfo=UTC),
    }  # fmt: skip
    return Activity(**told | fields)


SAID = [
    "stage_change.applied", "api", 4, None, 1, 5, 9, 2, None, "staging", "production", '{"effect":"approved"}',
    "2026-10-03T14:00:00.000000+00:00",
]  # fmt: skip


def written(parts: list) -> str:
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_hash_of_a_line_can_be_computed_without_this_application():
    assert line_hash("model:5", the_line()) == sha256(written(["model:5", 2, "ab" * 32, sha256(written(SAID))]))


def test_what_is_hashed_of_a_line_tells_nothing_of_what_it_says():
    assert hashed_text("model:5", the_line()) == written(["model:5", 2, "ab" * 32, sha256(line_body(the_line()))])
    assert "production" not in hashed_text("model:5", the_line())


def test_the_hash_of_a_line_stays_what_it_is():
    assert line_hash("model:5", the_line()) == "f5a23fdc96d287ab41b59f8cb8f507283a63ea827523ea3a6466ea6a35cd1e61"


HASHED = [field.attname for field in Activity._meta.concrete_fields if field.attname not in ("id", "chain_id", "hash")]


@pytest.mark.parametrize("field", HASHED)
def test_every_column_of_a_line_is_in_its_hash(field):
    other = {"created_at": datetime(2026, 10, 3, 14, 0, 0, 1, tzinfo=UTC)}.get(field, 99)
    assert line_hash("model:5", the_line(**{field: other})) != line_hash("model:5", the_line())


def test_the_chain_is_in_the_hash_of_a_line():
    assert line_hash("model:6", the_line()) != line_hash("model:5", the_line())
