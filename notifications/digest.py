"""The daily digest: what waits for somebody, what of theirs ended, and what they did not want mailed at once.

Sent once for each person and day of theirs, at their hour. A row of that day is the claim: whoever makes it sends, and when they die
before they are done, another one does after the lease, with the same Message-ID.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from smtplib import SMTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership, User
from activity import clock
from approvals.models import StageChangeRequest
from notifications.choices import DIGEST, preferences_of, zone_of
from notifications.letters import written
from notifications.mail import refused_for_good, remember_refusal
from notifications.models import Digest, Notice, Preference
from notifications.news import News, news_for
from registry.models import Collaborator

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
KEPT = timedelta(days=7)


def send_digests() -> int:
    """Send what is due; how many mails went. Harmless to run twice, or at the same time."""
    due = due_now()
    busy = _with_something(person.pk for person, _ in due)
    _nothing_for([(person, day) for person, day in due if person.pk not in busy])
    return sum(_send(person, day) for person, day in due if person.pk in busy)


def due_now() -> list[tuple[User, date]]:
    """Those whose hour has come on their day, and who had no digest on it; three queries."""
    moment = clock.shared()
    people = list(User.objects.filter(is_active=True, kind=User.Kind.PERSON).exclude(email="").order_by("pk"))
    chosen = preferences_of(person.pk for person in people)
    recent = Digest.objects.filter(day__gte=moment.date() - timedelta(days=2))
    taken = set(recent.exclude(done_at=None, claimed_until__lte=moment).values_list("person_id", "day"))
    due = []
    for person in people:
        preference = chosen.get(person.pk)
        day = day_of(preference, moment)
        if day and (person.pk, day) not in taken:
            due.append((person, day))
    return due


def day_of(preference: Preference | None, moment: datetime) -> date | None:
    """The day whose digest is due for somebody: theirs by the clock on their wall, once their hour has come; None before it.

    An hour that a clock skips in spring has come when it shows a later one; one that it shows twice in autumn comes the first time.
    """
    if preference and not preference.digest:
        return None
    there = moment.astimezone(zone_of(preference))
    return there.date() if there.time() >= (preference.digest_at if preference else time(8)) else None


def _with_something(people: Iterable[int]) -> set[int]:
    """Of these people those who may have something to hear: few queries for many who have not."""
    ids = list(people)
    untold = Notice.objects.filter(person__in=ids, mail=Notice.Mail.DIGEST, mailed_at=None, read_at=None)
    pending = StageChangeRequest.objects.open().filter(to_stage__workspace=OuterRef("workspace_id"))
    besides = Q(Exists(Collaborator.objects.concerning_members().who_edit()))
    deciding = Membership.objects.who_decide(besides).filter(Exists(pending), user__in=ids)
    return {*untold.values_list("person_id", flat=True), *deciding.values_list("user_id", flat=True)}


def _nothing_for(due: list[tuple[User, date]]) -> None:
    """Note that there was nothing to say: what happens later on that day is for the next one."""
    moment = clock.shared()
    rows = [Digest(person=person, day=day, claimed_until=moment, done_at=moment) for person, day in due]
    Digest.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def _send(person: User, day: date) -> bool:
    """Claim somebody's day, then write and send; whether a mail went. A failure leaves the claim to run out, and is tried again."""
    if not _claim(person, day):
        return False
    news = news_for(person)
    if news.worth_a_mail:
        try:
            _mail(person, day, news)
        except (OSError, SMTPException) as error:
            if not (said := refused_for_good(error)):
                logger.warning("The digest of person %s could not be sent: %s", person.pk, error)
                return False
            remember_refusal(person, said)
    moment = clock.shared()
    Notice.objects.filter(pk__in=news.told).update(mailed_at=moment)
    Digest.objects.filter(person=person, day=day).update(done_at=moment)
    return news.worth_a_mail


def _claim(person: User, day: date) -> bool:
    """Take somebody's day for `LEASE`; False when another worker has it or it is done. One statement decides."""
    moment = clock.shared()
    Digest.objects.bulk_create([Digest(person=person, day=day, claimed_until=moment)], ignore_conflicts=True)
    free = Digest.objects.filter(person=person, day=day, done_at=None, claimed_until__lte=moment)
    return free.update(claimed_until=moment + LEASE) == 1


def _mail(person: User, day: date, news: News) -> None:
    host = urlsplit(settings.PUBLIC_URL).hostname
    because = "you want a daily digest"
    context = {"news": news, "because": because, "inbox_url": f"{settings.PUBLIC_URL}/approvals", "day": day}
    headers = {"Message-ID": f"<digest-{day.isoformat()}-{person.pk}@{host}>"}
    with get_connection() as connection:
        written("digest", _subject(news), person, DIGEST, context, headers, connection).send()


def _subject(news: News) -> str:
    count = len(news.waiting) + news.more
    waiting = f"{count} request{'' if count == 1 else 's'} wait{'s' if count == 1 else ''} for you" if count else ""
    return f"Stageward: {waiting}" if waiting else "Stageward: what happened"


def let_today_pass() -> None:
    """Send no digest today: for a demo that was made just now, whose people nobody wrote to before."""
    _nothing_for(due_now())


def forget_digests() -> int:
    """Delete the days that are over for long; how many went."""
    return Digest.objects.filter(day__lt=clock.now().date() - KEPT).delete()[0]
