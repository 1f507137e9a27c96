"""One unit of work: one durable transaction, and one effect for one idempotency key."""

import hashlib
import json
import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from activity.errors import Conflict, IdempotencyMismatch, Invalid
from activity.log import SYSTEM, Subject, record
from activity.models import Activity, Chain, StoredAnswer
from activity.tasks import forget_old_keys
from activity.unit import IdempotencyKey, require_unit, unit_of_work

KEY = IdempotencyKey(user_id=1, route="POST /x", key="k", body=b"{}")


def write_once(key: IdempotencyKey | None, answer: dict | None = None) -> tuple[str, object]:
    """What a door does: look for the first answer, else do it and keep the answer."""
    with unit_of_work(key) as unit:
        if unit.stored:
            return "replayed", json.loads(unit.stored.body)
        line = record("thing.done", by=SYSTEM, on=Subject())
        body = answer or {"line": line.pk}
        unit.remember(201, body)
        return "done", body


@pytest.mark.django_db
def test_a_key_that_was_used_gives_the_first_answer_again_and_does_nothing():
    first = write_once(KEY)
    assert write_once(KEY) == ("replayed", first[1])
    assert Activity.objects.count() == 1
    assert StoredAnswer.objects.get().status == 201


@pytest.mark.django_db
def test_without_a_key_everything_is_done_each_time():
    assert [write_once(None)[0], write_once(None)[0]] == ["done", "done"]
    assert (Activity.objects.count(), StoredAnswer.objects.count()) == (2, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("other", [{"user_id": 2}, {"route": "POST /y"}, {"key": "K"}])
def test_a_key_holds_for_one_caller_and_one_route(other):
    write_once(KEY)
    assert write_once(IdempotencyKey(**{**vars(KEY), **other}))[0] == "done"
    assert Activity.objects.count() == 2


@pytest.mark.django_db
def test_a_body_cannot_be_guessed_from_what_is_kept_of_it():
    guess = b'{"password":"summer"}'
    write_once(IdempotencyKey(**{**vars(KEY), "body": guess}))
    assert StoredAnswer.objects.get().fingerprint != hashlib.sha256(guess).hexdigest()


@pytest.mark.django_db
def test_a_key_that_was_used_with_another_body_is_refused():
    write_once(KEY)
    with pytest.raises(IdempotencyMismatch, match="used with another request"):
        write_once(IdempotencyKey(**{**vars(KEY), "body": b"[]"}))
    assert Activity.objects.count() == 1


@pytest.mark.django_db
def test_a_refused_change_stores_no_answer():
    with pytest.raises(Invalid), unit_of_work(KEY):
        raise Invalid("No.")
    assert StoredAnswer.objects.count() == 0
    assert write_once(KEY)[0] == "done"


@pytest.mark.django_db
def test_keys_are_forgotten_after_a_day_and_not_before():
    write_once(KEY)
    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        forget_old_keys()
    assert write_once(KEY)[0] == "replayed"
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        forget_old_keys()
        assert write_once(KEY)[0] == "done"


@pytest.mark.django_db(transaction=True)
def test_units_do_not_nest():
    with unit_of_work(), pytest.raises(RuntimeError, match="cannot be nested"), unit_of_work():
        pytest.fail("a unit inside a unit")


@pytest.mark.django_db(transaction=True)
def test_a_unit_is_required_and_an_open_one_is_enough():
    with pytest.raises(RuntimeError, match="open a unit_of_work"):
        require_unit()
    with unit_of_work():
        assert require_unit() is None  # type: ignore[func-returns-value]


@pytest.mark.django_db(transaction=True)
def test_what_failed_left_nothing_also_not_its_key():
    with pytest.raises(ZeroDivisionError), unit_of_work(KEY) as unit:
        record("thing.done", by=SYSTEM, on=Subject())
        unit.remember(201, {})
        raise ZeroDivisionError
    assert (Activity.objects.count(), Chain.objects.count(), StoredAnswer.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_two_who_make_the_same_at_once_are_told_so():
    Chain.objects.create(key="site")
    with pytest.raises(Conflict, match="made the same at the same moment"), unit_of_work():
        Chain.objects.create(key="site")


@pytest.mark.django_db
def test_a_guard_of_the_database_that_refuses_is_a_fault_of_ours_and_no_conflict():
    write_once(None)
    with pytest.raises(IntegrityError, match="append-only"), unit_of_work():
        Activity.objects.update(verb="x")


@pytest.mark.django_db(transaction=True)
def test_twelve_threads_with_one_key_have_one_effect_and_one_answer():
    barrier = threading.Barrier(12)
    answers: list[tuple[str, object]] = []

    def send() -> None:
        try:
            barrier.wait()
            answers.append(write_once(KEY))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kind for kind, _ in answers) == ["done"] + ["replayed"] * 11
    assert len({json.dumps(body) for _, body in answers}) == 1
    assert Activity.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_waited_for_a_first_sending_that_failed_does_it_themselves():
    inside, go_on = threading.Event(), threading.Event()

    def fail() -> None:
        try:
            with unit_of_work(KEY):
                inside.set()
                go_on.wait(5)
                transaction.set_rollback(True)
        finally:
            connection.close()

    thread = threading.Thread(target=fail)
    thread.start()
    inside.wait(5)
    threading.Timer(0.1, go_on.set).start()
    assert write_once(KEY)[0] == "done"
    thread.join()
