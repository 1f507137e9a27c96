"""Notices: written once for each line and person, put together by what they are about, read, muted and forgotten."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from activity.errors import Invalid, NotFound
from activity.models import Activity, Outbox
from activity.unit import unit_of_work
from approvals.context import counts_of
from approvals.services import add_comment
from notifications.choices import Choice, choose, mute, unmute
from notifications.models import Notice, Preference
from notifications.notices import forget, note, read_all, read_subject
from notifications.outbox import drain, let_pass
from notifications.reasons import REASONS
from notifications.tasks import forget_notices
from tests.cast import Team, caller, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    made = make_team()
    drain()
    mail.outbox.clear()
    return made


def say(team: Team, change_request: Any, who: User) -> None:
    with unit_of_work():
        add_comment(version_id=change_request.version_id, change_request_id=change_request.pk, body="So?", by=caller(who))


def prefer(person: User, **choices: Choice) -> None:
    with unit_of_work():
        choose(choices=choices, digest=True, digest_at=timezone.now().time(), time_zone="UTC", by=caller(person))


def told(person: User) -> list[tuple[str, bool]]:
    """The codes of what stands on somebody's page, oldest first, and whether each was read."""
    rows = Notice.objects.visible_to(person).order_by("pk")
    return [(row.reason, row.read_at is not None) for row in rows]


def test_telling_writes_a_notice_for_each_and_telling_again_writes_none(team):
    change_request = team.ask(team.version())
    drain()
    line = Activity.objects.get(request_id=change_request.pk)
    assert {row.person.username for row in Notice.objects.filter(activity=line)} == {"admin", "reviewer", "second_reviewer"}
    before = list(Notice.objects.order_by("pk").values())
    note(line)
    Outbox.objects.filter(activity=line).update(done_at=None)
    drain()
    assert list(Notice.objects.order_by("pk").values()) == before
    assert len(mail.outbox) == 3


def test_a_worker_that_died_after_writing_notices_leaves_mail_to_the_next(team):
    change_request = team.ask(team.version())
    note(Activity.objects.get(request_id=change_request.pk))
    drain()
    assert len(mail.outbox) == 3


def test_ten_comments_are_one_row_and_count_as_one(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    for _ in range(10):
        say(team, change_request, team.reviewer)
    drain()
    mine = Notice.objects.visible_to(team.engineer)
    assert (mine.count(), mine.rows(unread=True).count(), mine.rows().count()) == (10, 1, 1)
    assert counts_of(team.engineer)["unread_count"] == 1


def test_reading_a_thing_reads_all_of_it_and_nothing_else(team):
    first, second = team.ask(team.version()), team.ask(team.version())
    drain()
    read_subject(team.reviewer, f"request:{first.pk}")
    assert told(team.reviewer) == [("decide", True), ("decide", False)]
    assert told(team.admin) == [("decide", False), ("decide", False)]
    assert counts_of(team.reviewer) == {"waiting_count": 2, "unread_count": 1}
    assert read_all(team.reviewer) == 1
    assert second.is_pending


def test_reading_what_is_read_writes_nothing(team):
    with CaptureQueriesContext(connection) as queries:
        read_subject(team.reviewer, "request:1")
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]


def test_ids_of_others_are_left_alone(team):
    team.ask(team.version())
    drain()
    theirs = list(Notice.objects.filter(person=team.admin).values_list("pk", flat=True))
    assert read_all(team.reviewer, theirs) == 0
    assert told(team.admin) == [("decide", False)]


def test_what_asked_for_a_decision_is_read_once_there_is_nothing_to_decide(team):
    change_request = team.ask(team.version())
    drain()
    team.approve(change_request)
    drain()
    assert told(team.second_reviewer) == [("decide", True)]
    assert told(team.engineer) == [("ended", False)]


def test_who_is_no_member_any_more_finds_nothing_on_their_page(team):
    team.ask(team.version())
    drain()
    team.reviewer.memberships.all().delete()
    assert told(team.reviewer) == []
    assert counts_of(team.reviewer) == {"waiting_count": 0, "unread_count": 0}


def test_who_wants_mail_alone_or_nothing_gets_that(team):
    prefer(team.reviewer, decide=Choice(False, Notice.Mail.NOW))
    prefer(team.second_reviewer, decide=Choice(False, Notice.Mail.NEVER))
    prefer(team.admin, decide=Choice(True, Notice.Mail.NEVER))
    team.ask(team.version())
    drain()
    assert [message.to for message in mail.outbox] == [[team.reviewer.email]]
    assert (told(team.reviewer), told(team.second_reviewer), told(team.admin)) == ([], [], [("decide", False)])
    assert Notice.objects.filter(person=team.second_reviewer).count() == 0


def test_choices_are_kept_only_where_they_differ_from_the_defaults(team):
    defaults = {code: Choice(True, reason.mail) for code, reason in REASONS.items()}
    prefer(team.reviewer, **{**defaults, "comment": Choice(True, Notice.Mail.NOW)})
    assert Preference.objects.get().choices == {"comment": {"app": True, "mail": "now"}}


@pytest.mark.parametrize("zone", ["", "Nowhere/At_All", "../etc/passwd", "Europe/Berlin\n"])
def test_a_zone_that_there_is_not_is_refused(team, zone):
    with pytest.raises(Invalid, match="no time zone"), unit_of_work():
        choose(choices={}, digest=True, digest_at=timezone.now().time(), time_zone=zone, by=caller(team.reviewer))


def test_who_muted_a_request_hears_no_more_of_it_until_they_want_to(team):
    change_request = team.ask(team.version())
    with unit_of_work():
        mute(change_request_id=change_request.pk, by=caller(team.engineer))
    with unit_of_work():
        mute(change_request_id=change_request.pk, by=caller(team.engineer))
    say(team, change_request, team.reviewer)
    drain()
    assert told(team.engineer) == []
    with unit_of_work():
        unmute(change_request_id=change_request.pk, by=caller(team.engineer))
    say(team, change_request, team.reviewer)
    drain()
    assert told(team.engineer) == [("comment", False)]


def test_a_stranger_mutes_nothing(team):
    change_request = team.ask(team.version())
    with pytest.raises(NotFound), unit_of_work():
        mute(change_request_id=change_request.pk, by=caller(team.stranger))


def test_what_was_read_is_forgotten_after_ninety_days_and_what_was_not_stays(team):
    first, second = team.ask(team.version()), team.ask(team.version())
    prefer(team.admin, decide=Choice(False, Notice.Mail.NOW))
    third = team.ask(team.version())
    drain()
    read_subject(team.reviewer, f"request:{first.pk}")
    with time_machine.travel(timezone.now() + timedelta(days=89)):
        assert forget() == 0
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        assert forget_notices() == 1 + 3  # the admin's were never for the page
    assert told(team.reviewer) == [("decide", False)] * 2
    assert (second.is_pending, third.is_pending) == (True, True)


def test_what_is_still_to_be_told_is_not_forgotten(team):
    change_request = team.ask(team.version())
    note(Activity.objects.get(request_id=change_request.pk))
    read_all(team.reviewer)
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        assert forget() == 0


def test_a_past_that_is_let_pass_stands_on_the_pages_and_is_mailed_to_nobody(team):
    team.ask(team.version())
    moment = timezone.now()
    assert let_pass(before=moment, shown_since=moment - timedelta(days=1)) == 2
    drain()
    assert (mail.outbox, told(team.reviewer)) == ([], [("decide", False)])
    assert set(Notice.objects.values_list("mail", flat=True)) == {"never"}


def test_an_older_past_stands_nowhere(team):
    team.ask(team.version())
    moment = timezone.now()
    let_pass(before=moment, shown_since=moment)
    drain()
    assert (mail.outbox, told(team.reviewer)) == ([], [])


def test_both_counts_of_the_navigation_take_one_query(team, django_assert_num_queries):
    team.ask(team.version())
    drain()
    with django_assert_num_queries(2):  # the other is for the policies that name groups
        assert counts_of(team.reviewer) == {"waiting_count": 1, "unread_count": 1}
