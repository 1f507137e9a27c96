"""The outbox: what was written is told at least once, with one id, however mail servers and workers fail."""

import threading
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.caller import Caller
from activity import clock, outbox
from activity.models import Activity, Outbox
from activity.tasks import forget_old_keys
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from approvals.services import request_stage_change, revoke_stage_change
from config.celery import app
from notifications.models import Notice, Preference
from notifications.outbox import BATCH, LEASE, RETRY_AFTER, drain, oldest_waiting
from notifications.tasks import drain_outbox
from tests.cast import make_team
from tests.notifications.mailserver import mail_server

pytestmark = pytest.mark.django_db
REVIEWERS = ["admin@example.org", "reviewer@example.org", "second_reviewer@example.org"]


@pytest.fixture
def asked():
    """A request whose mail has not been sent; its line."""
    team = make_team()
    drain()
    mail.outbox.clear()
    change_request = team.ask(team.version())
    return Activity.objects.get(request_id=change_request.pk)


@pytest.fixture
def smtp(settings):
    """A mail server that Django is told to use."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def row_of(line: Activity) -> Outbox:
    return Outbox.objects.get(activity=line)


def test_what_was_told_is_marked_and_not_told_again(asked):
    assert drain() == 2  # the version's registration has nobody to tell, and is done all the same
    assert sorted(message.to[0] for message in mail.outbox) == REVIEWERS
    assert (Outbox.objects.filter(done_at=None).count(), row_of(asked).attempts, row_of(asked).last_error) == (0, 1, "")
    assert drain() == 0
    assert len(mail.outbox) == 3


def test_more_lines_than_one_batch_are_told_in_one_go():
    team = make_team()
    for _ in range(BATCH + 1):
        team.version()
    waiting = Outbox.objects.filter(done_at=None).count()
    assert waiting > BATCH + 10
    assert drain() == waiting


def test_a_mail_server_that_is_away_is_tried_again_ever_more_patiently(asked, settings, free_port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    moment = timezone.now()
    for attempt, pause in enumerate([*RETRY_AFTER, RETRY_AFTER[-1], RETRY_AFTER[-1]], start=1):
        with time_machine.travel(moment, tick=False):
            drain()
        row = row_of(asked)
        assert (row.attempts, row.done_at, row.due_at) == (attempt, None, moment + pause)
        assert "Connection refused" in row.last_error
        with time_machine.travel(moment + pause - timedelta(seconds=1), tick=False):
            assert drain() == 0
        moment += pause


def test_a_mail_server_that_comes_back_gets_everything(asked, settings, free_port, smtp):
    settings.EMAIL_PORT = free_port()
    drain()
    settings.EMAIL_PORT = smtp.port
    with time_machine.travel(timezone.now() + RETRY_AFTER[0]):
        assert drain() == 1
    assert smtp.recipients == REVIEWERS
    assert row_of(asked).last_error == ""


def test_lines_without_mail_do_not_need_a_mail_server(settings, free_port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    team = make_team()
    team.policy("staging", 0)
    team.ask(team.version())
    drain()
    assert Outbox.objects.filter(done_at=None).count() == 0


def test_an_address_that_is_refused_for_now_keeps_nobody_elses_mail_back(asked, smtp):
    smtp.later = {"admin@example.org"}
    drain()
    assert smtp.recipients == REVIEWERS[1:]
    assert (row_of(asked).done_at, "not now" in row_of(asked).last_error) == (None, True)


def test_an_address_that_is_refused_for_good_is_remembered_and_the_line_is_done(asked, smtp):
    smtp.refused = {"admin@example.org"}
    drain()
    assert smtp.recipients == REVIEWERS[1:]
    assert (row_of(asked).done_at is not None, row_of(asked).last_error) == (True, "")
    (refused,) = Preference.objects.exclude(refused_address="")
    assert (refused.refused_address, refused.refused_reason) == ("admin@example.org", "550 nobody of that name")
    assert Notice.objects.get(person=refused.person, activity=asked).refused == "550 nobody of that name"


def test_an_address_that_takes_mail_again_is_no_longer_said_to_refuse_it(asked, smtp):
    smtp.refused = {"admin@example.org"}
    drain()
    smtp.refused = set()
    again = StageChangeRequest.objects.get(pk=asked.request_id)
    with unit_of_work():
        revoke_stage_change(change_request_id=again.pk, by=Caller(again.requester, "page"))
    with unit_of_work():
        request_stage_change(version_id=again.version_id, to_stage="staging", by=Caller(again.requester, "page"))
    drain()
    assert "admin@example.org" in smtp.recipients
    assert Preference.objects.exclude(refused_address="").count() == 0


def test_a_retry_sends_only_what_is_missing_with_the_same_message_id(asked, smtp):
    smtp.later = {"admin@example.org"}
    drain()
    smtp.later = set()
    with time_machine.travel(timezone.now() + RETRY_AFTER[0]):
        drain()
    assert smtp.recipients == [*REVIEWERS[1:], "admin@example.org"]
    ids = [message["Message-ID"] for _, message in smtp.taken]
    people = Notice.objects.order_by("mailed_at").values_list("person_id", flat=True)
    assert ids == [f"<line-{asked.pk}-{person}@testserver>" for person in people]


def test_a_mail_that_was_sent_but_not_marked_is_sent_again_with_the_same_message_id(asked, smtp):
    drain()
    Notice.objects.filter(person__username="admin").update(mailed_at=None)
    Outbox.objects.filter(activity=asked).update(done_at=None, due_at=clock.now())
    drain()
    (first, again) = [message["Message-ID"] for to, message in smtp.taken if to == "admin@example.org"]
    assert first == again


def test_one_connection_carries_all_mails_of_a_line(asked, smtp):
    drain()
    assert (smtp.connections, len(smtp.taken)) == (1, 3)


def test_a_claim_that_nobody_finished_is_taken_again_when_its_lease_is_over(asked):
    Outbox.objects.filter(activity=asked).update(due_at=clock.now() + LEASE, attempts=1)  # a worker was killed here
    drain()
    assert mail.outbox == []
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        drain()
    assert len(mail.outbox) == 3
    assert row_of(asked).attempts == 2


def test_a_failing_line_does_not_stop_the_ones_after_it(asked, smtp):
    smtp.refused = set(REVIEWERS)
    team = make_team("other", suffix="2")
    team.ask(team.version())
    drain()
    assert smtp.recipients == ["admin2@example.org", "reviewer2@example.org", "second_reviewer2@example.org"]


def test_the_oldest_line_that_waits_is_known(asked):
    assert oldest_waiting() == Activity.objects.get(verb="model_version.registered")
    drain()
    assert oldest_waiting() is None


def test_the_workers_task_drains(asked):
    assert drain_outbox() == 2
    assert len(mail.outbox) == 3


def test_what_was_told_long_ago_is_forgotten_and_the_line_is_not(asked):
    drain()
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert forget_old_keys() == Activity.objects.count()
    assert Outbox.objects.count() == 0
    assert Activity.objects.filter(pk=asked.pk).exists()


def test_what_was_not_told_is_never_forgotten(asked):
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        forget_old_keys()
    assert oldest_waiting() is not None
    assert row_of(asked).done_at is None


@pytest.mark.django_db(transaction=True)
def test_many_drains_at_once_tell_each_line_once(smtp):
    team = make_team()
    for _ in range(12):
        team.ask(team.version())
    barrier = threading.Barrier(6)
    told: list[int] = []

    def work() -> None:
        try:
            barrier.wait()
            told.append(drain())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    waiting = Outbox.objects.filter(done_at=None).count()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(told) == waiting
    ids = [message["Message-ID"] for _, message in smtp.taken]
    assert (len(ids), len(set(ids))) == (36, 36)
    assert set(Outbox.objects.values_list("attempts", flat=True)) == {1}


@pytest.fixture
def dead_broker(free_port):
    """A broker at an address where nobody listens."""
    app.conf.broker_url = f"redis://127.0.0.1:{free_port()}/0"
    app.conf.broker_transport_options = {"socket_connect_timeout": 1}
    app.pool.force_close_all()
    outbox._next_at = 0.0
    yield
    app.conf.broker_url = "memory://"
    app.pool.force_close_all()
    outbox._next_at = 0.0


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_neither_stops_the_change_nor_is_asked_again_at_once(dead_broker, caplog):
    make_team().version()
    (warning,) = [record.message for record in caplog.records if record.name == "activity.outbox"]
    assert warning.startswith("The broker cannot be reached, the sweep will deliver instead:")
    assert drain() == Activity.objects.count()


def hints() -> list[float]:
    """How long each hint asks the worker to wait, in the order in which they were sent."""
    waits = []
    with app.connection_for_read() as broker:
        queue = broker.SimpleQueue(app.conf.task_default_queue)
        while queue.qsize():
            message = queue.get(block=False)
            eta = message.headers["eta"]
            waits.append((datetime.fromisoformat(eta) - timezone.now()).total_seconds() if eta else 0.0)
            message.ack()
        queue.close()
    return waits


def test_of_many_changes_at_once_the_first_and_the_last_are_hinted_at():
    hints()
    outbox._next_at = 0.0
    for _ in range(50):
        outbox.kick()
    first, last, *others = hints()
    assert (first, others) == (0.0, [])
    assert 0.0 < last < 0.2
