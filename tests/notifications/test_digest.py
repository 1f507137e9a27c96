"""The daily digest: what it says, at which hour in which zone, once for each person and day whatever fails."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection

from accounts.models import Role
from activity.unit import unit_of_work
from approvals.services import add_comment
from notifications import digest
from notifications.choices import Choice, choose, mute
from notifications.digest import LEASE, day_of, due_now, forget_digests, send_digests
from notifications.models import Digest, Notice, Preference
from notifications.notices import read_subject
from notifications.outbox import drain
from notifications.reasons import REASONS
from tests.cast import Team, caller, make_team
from tests.notifications.mailserver import MailServer, mail_server

pytestmark = pytest.mark.django_db
NOON = datetime(2099, 11, 20, 12, tzinfo=UTC)  # after whatever the database takes for now, so that lines are due


@pytest.fixture
def team() -> Iterator[Team]:
    """A team on whose first day nobody had a digest yet, at noon."""
    with time_machine.travel(NOON, tick=False):
        made = make_team()
        drain()
        mail.outbox.clear()
        yield made


def digests() -> dict[str, str]:
    """Who is sent which digest now."""
    drain()
    mail.outbox.clear()
    send_digests()
    sent = {message.to[0].removesuffix("@example.org"): str(message.body) for message in mail.outbox}
    assert len(sent) == len(mail.outbox)
    return sent


def say(team: Team, change_request: Any, words: str = "So?") -> None:
    with unit_of_work():
        add_comment(version_id=change_request.version_id, change_request_id=change_request.pk, body=words, by=caller(team.viewer))


def prefer(person: Any, **changes: Any) -> None:
    wanted = {"choices": {}, "digest": True, "digest_at": time(8), "time_zone": "UTC", **changes}
    with unit_of_work():
        choose(by=caller(person), **wanted)


def test_on_a_day_without_news_nobody_is_mailed(team):
    assert digests() == {}
    assert Digest.objects.filter(done_at=None).count() == 0


def test_what_waits_stands_in_it_the_oldest_first_with_how_long_it_waited(team):
    with time_machine.travel(NOON - timedelta(days=3), tick=False):
        first = team.ask(team.version())
    second = team.ask(team.version())
    sent = digests()
    assert sorted(sent) == ["admin", "reviewer", "second_reviewer"]
    lines = [line for line in sent["reviewer"].splitlines() if line.startswith(("- ", "  http"))]
    assert lines == [
        "- churn v1: Unassigned → Staging, asked by Engineer, for 3 days",
        f"  http://testserver/requests/{first.pk}",
        "- churn v2: Unassigned → Staging, asked by Engineer, for under a minute",
        f"  http://testserver/requests/{second.pk}",
    ]


def test_what_waits_for_a_viewer_who_edits_that_model_stands_in_theirs(team):
    team.let_in(team.viewer, Role.EDITOR)
    team.ask(team.version())
    assert "asked by Engineer" in digests()["viewer"]


def test_comments_come_together_and_only_once(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.role(team.viewer, Role.EDITOR)
    for _ in range(3):
        say(team, change_request)
    body = digests()["engineer"]
    assert "- Viewer commented on churn v1. And 2 before it." in body
    with time_machine.travel(NOON + timedelta(days=1)):
        assert "engineer" not in digests()


def test_what_was_read_meanwhile_is_not_mailed(team):
    change_request = team.ask(team.version())
    team.role(team.viewer, Role.EDITOR)
    say(team, change_request)
    drain()
    read_subject(team.engineer, f"request:{change_request.pk}")
    assert "engineer" not in digests()


def test_what_of_ones_own_ended_stands_in_it_when_there_is_a_digest_anyway(team):
    prefer(team.engineer, choices={"ended": Choice(True, Notice.Mail.DIGEST)})
    team.approve(team.ask(team.version()))
    body = digests()["engineer"]
    assert "What you asked for:" in body
    assert "- Reviewer put the move of churn v1 into effect: Unassigned → Staging." in body


def test_what_one_muted_and_what_one_wants_no_mail_of_does_not_wait_in_it(team):
    change_request = team.ask(team.version())
    with unit_of_work():
        mute(change_request_id=change_request.pk, by=caller(team.admin))
    prefer(team.reviewer, choices={"decide": Choice(True, Notice.Mail.NEVER)})
    prefer(team.second_reviewer, digest=False)
    assert digests() == {}


def test_who_left_the_workspace_gets_nothing_of_it(team):
    change_request = team.ask(team.version())
    team.role(team.viewer, Role.EDITOR)
    say(team, change_request)
    drain()
    team.engineer.memberships.all().delete()
    assert "engineer" not in digests()


def test_it_comes_once_a_day(team):
    team.ask(team.version())
    assert len(digests()) == 3
    assert digests() == {}
    with time_machine.travel(NOON + timedelta(hours=19), tick=False):  # seven in the morning
        assert digests() == {}
    with time_machine.travel(NOON + timedelta(hours=20), tick=False):
        assert len(digests()) == 3


def test_what_happens_after_the_hour_waits_for_the_next_day(team):
    assert digests() == {}
    team.ask(team.version())
    with time_machine.travel(NOON + timedelta(hours=1)):
        assert digests() == {}


# Zone, hour, moment in UTC, and the day whose digest is due then; None before the hour.
HOURS = [
    ("UTC", time(8), datetime(2026, 5, 4, 7, 59, tzinfo=UTC), None),
    ("UTC", time(8), datetime(2026, 5, 4, 8, 0, tzinfo=UTC), date(2026, 5, 4)),
    ("Asia/Tokyo", time(8), datetime(2026, 5, 3, 23, 0, tzinfo=UTC), date(2026, 5, 4)),
    ("America/Los_Angeles", time(8), datetime(2026, 5, 4, 14, 59, tzinfo=UTC), None),
    ("America/Los_Angeles", time(8), datetime(2026, 5, 4, 15, 0, tzinfo=UTC), date(2026, 5, 4)),
    ("Pacific/Kiritimati", time(0), datetime(2026, 5, 3, 10, 0, tzinfo=UTC), date(2026, 5, 4)),
    # Berlin: 02:30 does not exist on 29 March 2026, and comes twice on 25 October.
    ("Europe/Berlin", time(2, 30), datetime(2026, 3, 29, 0, 59, tzinfo=UTC), None),
    ("Europe/Berlin", time(2, 30), datetime(2026, 3, 29, 1, 0, tzinfo=UTC), date(2026, 3, 29)),
    ("Europe/Berlin", time(2, 30), datetime(2026, 10, 25, 0, 29, tzinfo=UTC), None),
    ("Europe/Berlin", time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),
    ("Europe/Berlin", time(2, 30), datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 25)),
    ("Asia/Kathmandu", time(8), datetime(2026, 5, 4, 2, 15, tzinfo=UTC), date(2026, 5, 4)),
]


@pytest.mark.parametrize(("zone", "hour", "moment", "day"), HOURS)
def test_the_hour_is_that_of_the_clock_on_ones_wall(zone, hour, moment, day):
    assert day_of(Preference(time_zone=zone, digest_at=hour), moment) == day


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
def test_over_a_year_with_its_changes_of_the_clock_there_is_one_for_each_day(zone):
    preference = Preference(time_zone=zone, digest_at=time(2, 30))
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    found = {day_of(preference, start + timedelta(minutes=30 * step)) for step in range(366 * 48)} - {None}
    assert found == {date(2026, 1, 2) + timedelta(days=count) for count in range(366)} | (found & {date(2026, 1, 1)})


def test_a_worker_that_died_before_it_sent_is_followed_by_another_after_the_lease(team, monkeypatch):
    team.ask(team.version())
    drain()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(digest, "_mail", die)
        send_digests()
    assert set(digests()) == {"reviewer", "second_reviewer"}  # the admin's day is claimed still
    with time_machine.travel(NOON + LEASE, tick=False):
        assert set(digests()) == {"admin"}
        assert digests() == {}


def test_a_worker_that_died_after_it_sent_leaves_a_digest_with_the_same_message_id(team):
    team.ask(team.version())
    digests()
    (first,) = [message.extra_headers["Message-ID"] for message in mail.outbox if message.to == [team.admin.email]]
    Digest.objects.filter(person=team.admin).update(done_at=None)
    with time_machine.travel(NOON + LEASE, tick=False):
        assert set(digests()) == {"admin"}
    assert [message.extra_headers["Message-ID"] for message in mail.outbox] == [first]


@pytest.fixture
def smtp(settings: Any) -> Iterator[MailServer]:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def test_an_address_that_is_refused_keeps_nobody_elses_digest_back(team, smtp):
    team.ask(team.version())
    drain()
    smtp.taken.clear()
    smtp.refused, smtp.later = {"admin@example.org"}, {"reviewer@example.org"}
    send_digests()
    assert smtp.recipients == ["second_reviewer@example.org"]
    assert Preference.objects.get(person=team.admin).refused_reason == "550 nobody of that name"
    assert list(Digest.objects.filter(done_at=None).values_list("person__username", flat=True)) == ["reviewer"]
    smtp.later = set()
    with time_machine.travel(NOON + LEASE, tick=False):
        send_digests()
    assert smtp.recipients[1:] == ["reviewer@example.org"]


def test_days_that_are_over_for_long_are_forgotten(team):
    digests()
    assert Digest.objects.exists()
    with time_machine.travel(NOON + timedelta(days=8)):
        assert forget_digests() > 0
    assert not Digest.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_digest_once(smtp):
    team = make_team()
    for person in (team.admin, team.reviewer, team.second_reviewer):
        prefer(person, digest_at=time(0))
    team.ask(team.version())
    drain()
    smtp.taken.clear()
    barrier = threading.Barrier(5)

    def work() -> None:
        try:
            barrier.wait()
            send_digests()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(smtp.recipients) == ["admin@example.org", "reviewer@example.org", "second_reviewer@example.org"]


@pytest.mark.parametrize("more", [1, 5])
def test_finding_who_is_due_costs_the_same_for_few_and_for_many(team, django_assert_num_queries, more):
    for number in range(more):
        make_team(f"t{number}", f"-{number}")
    with django_assert_num_queries(3):
        assert len(due_now()) > 5


def test_every_reason_has_a_choice_that_the_digest_knows():
    assert {reason.mail for reason in REASONS.values()} <= set(Notice.Mail)
