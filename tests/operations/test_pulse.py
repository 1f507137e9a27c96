"""The worker's pulse: that it lives, what the clock's tasks did, and its rounds when no hints come."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from activity import clock
from activity.models import Outbox, Seal
from activity.verify import verify_everything
from notifications import tasks
from notifications.outbox import drain
from operations import pulse
from operations.models import Run, Worker
from operations.state import CLOCK, trouble
from tests.cast import make_team

pytestmark = pytest.mark.django_db
SCHEDULED = {str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()}


@pytest.fixture(autouse=True)
def _nothing_noted():
    pulse._noted.clear()


def aged(model, field, **ago):
    model.objects.update(**{field: clock.now() - timedelta(**ago)})


def test_a_worker_says_that_it_lives_and_takes_it_back_when_it_ends(monkeypatch):
    monkeypatch.setattr(connection, "close", lambda: None)
    heart = pulse.Pulse()
    heart.beat()
    heart.beat()
    assert list(Worker.objects.values_list("name", flat=True)) == [heart.worker]
    heart.stop()
    assert not Worker.objects.exists()


def test_a_worker_that_ended_without_a_word_is_forgotten_after_a_day():
    Worker.objects.create(name="gone:1", started_at=clock.now(), seen_at=clock.now() - timedelta(hours=25))
    pulse.Pulse().beat()
    assert not Worker.objects.filter(name="gone:1").exists()


def test_runs_are_noted_seldom_but_what_goes_wrong_or_right_again_at_once():
    for error in ("", "", "no route", "no route", ""):
        pulse.note("a.task", 0.5, error)
        seen = Run.objects.values_list("error", flat=True).get(task="a.task")
        assert seen == error
    before = Run.objects.get(task="a.task").ended_at
    pulse.note("a.task", 0.5)
    assert Run.objects.get(task="a.task").ended_at == before


def test_while_hints_come_a_worker_does_nothing_unasked():
    for task in SCHEDULED:
        pulse.note(task, 0.1)
    assert pulse.rounds() == []


def test_without_hints_a_worker_does_all_that_is_due(mailoutbox):
    team = make_team()
    team.ask(team.version())
    assert set(pulse.rounds()) == SCHEDULED
    assert not Outbox.objects.filter(done_at=None).exists()
    assert mailoutbox
    assert Seal.objects.count() == 1
    assert pulse.rounds() == []


def test_a_task_that_fails_keeps_the_others_waiting_no_longer_and_is_told(monkeypatch, caplog):
    monkeypatch.setattr(tasks.outbox, "drain", lambda **_: 1 / 0)
    assert set(pulse.rounds()) == SCHEDULED
    assert Run.objects.get(task=CLOCK).error == "division by zero"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_clocks_or_workers_at_once_do_no_harm(mailoutbox):
    team = make_team()
    for _ in range(3):
        team.ask(team.version())
    start = threading.Barrier(2)

    def work():
        start.wait()
        try:
            for name in sorted(SCHEDULED):
                pulse.watched(name, import_string(name))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wrong = [*verify_everything(), *Run.objects.exclude(error="").values_list("task", "error")]
    assert wrong == []
    assert Seal.objects.count() == 1
    sent = Counter((mail.to[0], mail.extra_headers["Message-ID"]) for mail in mailoutbox)
    assert set(sent.values()) == {1}  # of each request, and of the day's digest where its hour has come
    assert len(sent) >= 9
    assert Outbox.objects.filter(done_at=None).count() == 0


def test_staff_hear_when_no_worker_was_seen_for_a_minute():
    team = make_team()
    drain()
    team.version()
    assert trouble() is None  # a new installation: its worker is about to start
    with time_machine.travel(clock.now() + timedelta(seconds=62), tick=False):
        told = trouble()
        assert told is not None
        assert told.title == "No worker is running."
    pulse.Pulse().beat()
    assert trouble() is None
    aged(Worker, "seen_at", seconds=61)
    told = trouble()
    assert told is not None
    assert told.title == "No worker is running."


@pytest.mark.usefixtures("celery_elsewhere")
def test_staff_hear_when_hints_stopped_because_the_broker_is_away():
    pulse.Pulse().beat()
    pulse.note(CLOCK, 0.1)
    assert trouble() is None
    aged(Run, "ended_at", seconds=61)
    told = trouble()
    assert told is not None
    assert told.title == "The broker cannot be reached."
