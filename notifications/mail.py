"""Sending mail about a line of the log, to those who want it at once."""

import time
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import get_connection

from accounts.models import User
from activity import clock
from activity.models import Activity
from notifications.audience import Heard
from notifications.letters import Letters
from notifications.models import Notice, Preference

# Seconds: after them the line is left to the next try, long before its claim is somebody else's to take.
PATIENCE = 25.0


def deliver_mail(line: Activity, heard: list[Heard]) -> None:
    """Send what is due about one line to those who hear of it now; what was sent before is not sent again.

    An address that is refused for good is remembered, shown to its person, and not tried again with this mail. Any other failure with one
    address keeps nobody else's mail back: it is raised when all were tried.
    """
    people = [each.person for each in heard]
    due = Notice.objects.filter(activity=line, mail=Notice.Mail.NOW, mailed_at=None, refused="", person__in=people)
    notices = list(due.exclude(person__email="").select_related("person").order_by("person_id"))
    if not notices:
        return
    letters, deadline = Letters(line), time.monotonic() + PATIENCE
    failed: list[Exception] = []
    with get_connection() as connection:
        for notice in notices:
            if time.monotonic() > deadline:
                failed.append(TimeoutError("The mail server is slow: the rest of this line's mails are left for the next try."))
                break
            try:
                letters.to(notice, connection).send()
            except (SMTPResponseException, SMTPRecipientsRefused) as error:
                if said := refused_for_good(error):
                    remember_refusal(notice.person, said)
                    Notice.objects.filter(pk=notice.pk).update(refused=said)
                else:
                    failed.append(error)
            else:
                Notice.objects.filter(pk=notice.pk).update(mailed_at=clock.now())
                forget_refusal(notice.person)
    if failed:
        raise failed[0]


def refused_for_good(error: Exception) -> str:
    """What the server said when it will never take mail for an address (550 and its like); nothing for any other failure."""
    if not isinstance(error, SMTPRecipientsRefused):
        return ""
    answers = list(error.recipients.values())
    if not answers or any(code < 500 for code, _ in answers):
        return ""
    code, words = answers[0]
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}".replace("\x00", "")[:500]


def remember_refusal(person: User, said: str) -> None:
    """Keep what a mail server said of somebody's address, for their own page."""
    told = {"refused_address": person.email, "refused_reason": said, "refused_at": clock.now()}
    Preference.objects.update_or_create(person=person, defaults=told)


def forget_refusal(person: User) -> None:
    """The address takes mail again."""
    Preference.objects.filter(person=person).exclude(refused_address="").update(
        refused_address="", refused_reason="", refused_at=None
    )
