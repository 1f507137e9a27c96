"""Notices: made when a line is told, read, and forgotten when they are old."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Exists, OuterRef

from accounts.models import User
from activity import clock
from activity.models import Activity, Outbox
from notifications.audience import ENDS, Heard, who_hears
from notifications.choices import choice_of, preferences_of
from notifications.models import Mute, Notice, Preference
from notifications.reasons import DECIDE, REMINDER
from notifications.targets import subject_of

KEPT = timedelta(days=90)
BATCH = 1000


def note(line: Activity, *, mail: bool = True) -> list[Heard]:
    """Write a notice for everybody who hears of a line and wants to; who hears of it now, in any way.

    Done twice, it changes nothing the second time: what each wanted at the first time stands. What asked for a decision is read once
    the request has ended. `mail=False`: nothing is mailed, for lines of the past.
    """
    heard = who_hears(line)
    if heard:
        chosen, muted = preferences_of(each.person.pk for each in heard), _muted(line)
        made = [_notice(line, each, chosen.get(each.person.pk), mail) for each in heard if each.person.pk not in muted]
        wanted = [notice for notice in made if notice.shown or notice.mail != Notice.Mail.NEVER]
        Notice.objects.bulk_create(wanted, ignore_conflicts=True)
    if line.verb in ENDS:
        asking = Notice.objects.unread().filter(subject=subject_of(line), reason__in=(DECIDE.code, REMINDER.code))
        asking.filter(activity__lt=line.pk).update(read_at=clock.now())
    return heard


def _muted(line: Activity) -> set[int]:
    """Who wants to hear no more of the request that a line is about."""
    rows = Mute.objects.filter(change_request=line.request_id or 0)
    return set(rows.values_list("person_id", flat=True)) if line.request_id else set()


def _notice(line: Activity, heard: Heard, preference: Preference | None, mail: bool) -> Notice:
    choice = choice_of(preference, heard.reason.code)
    no_digest = choice.mail == Notice.Mail.DIGEST and preference and not preference.digest
    return Notice(
        person=heard.person,
        activity=line,
        workspace_id=line.workspace_id,
        model_id=line.model_id,
        subject=subject_of(line),
        reason=heard.reason.code,
        because=heard.because[:300],
        shown=choice.app,
        mail=choice.mail if mail and heard.person.email and not no_digest else Notice.Mail.NEVER,
        created_at=line.created_at,
    )


def read_subject(user: User, subject: str) -> None:
    """Mark what somebody was told of one thing as read: they look at it. Writes nothing when there is nothing."""
    unread = Notice.objects.unread().filter(person=user, subject=subject, shown=True)
    if unread.exists():
        unread.update(read_at=clock.now())


def read_all(user: User, ids: Iterable[int] | None = None) -> int:
    """Mark these notices of somebody as read, all of them without ids; how many were not."""
    unread = Notice.objects.unread().visible_to(user)
    return (unread if ids is None else unread.filter(pk__in=list(ids))).update(read_at=clock.now())


def forget() -> int:
    """Delete what is older than 90 days and read, or was not for the page; not while its line is still to be told. How many went."""
    gone = 0
    waiting = Outbox.objects.filter(activity=OuterRef("activity_id"), done_at=None)
    old = Notice.objects.filter(~Exists(waiting), created_at__lt=clock.now() - KEPT).exclude(shown=True, read_at=None)
    while ids := list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        gone += Notice.objects.filter(pk__in=ids).delete()[0]
    return gone
