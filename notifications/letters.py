"""How a mail looks: text and HTML of one template each, and the headers that let mail programs thread, sort and end it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from activity.feed import feed_lines
from activity.models import Activity
from approvals.models import StageChangeRequest
from notifications.choices import unsubscribe_token
from notifications.models import Notice
from notifications.targets import url_of

BUTTONS = {"decide": "Look at it and decide", "reminder": "Look at the request", "alone": "Look at the change"}


class Letters:
    """The mails about one line of the log: what all of them say is read once."""

    def __init__(self, line: Activity) -> None:
        (shown,) = feed_lines([line])
        self.change_request = StageChangeRequest.objects.with_everything().filter(pk=line.request_id or 0).first()
        self.context = {"line": shown, "change_request": self.change_request, "url": url_of(line)}
        self.words = shown.words

    def to(self, notice: Notice, connection: BaseEmailBackend) -> EmailMultiAlternatives:
        """Write the mail of a notice. Its Message-ID is made of line and person, so that a repeated mail can be told as such.

        A request's mails refer to one root that nobody was sent, so that they form a thread whichever of them somebody gets first.
        """
        thread = f"<{notice.subject.replace(':', '-')}@{_host()}>"
        own = f"<line-{notice.activity_id}-{notice.person_id}@{_host()}>"
        headers = {"Message-ID": own, "References": thread, "In-Reply-To": thread}
        context = {**self.context, "because": notice.because, "button": BUTTONS.get(notice.reason, "Look at it")}
        return written("mail", self._subject(), notice.person, notice.reason, context, headers, connection)

    def _subject(self) -> str:
        """The same for all mails about a request: some programs thread by it."""
        asked = self.change_request
        if asked is None:
            return self.words
        version, move = asked.version, f"{asked.from_stage.name} → {asked.to_stage.name}"
        return f"{version.model.name} {version.name}: {move} (request {asked.pk})"


def written(
    template: str,
    subject: str,
    person: User,
    code: str,
    context: Mapping[str, Any],
    headers: Mapping[str, str],
    connection: BaseEmailBackend | None = None,
) -> EmailMultiAlternatives:
    """Put a mail together: both bodies, how to end mails of this kind, and that nobody wrote it by hand."""
    link = settings.PUBLIC_URL + reverse("unsubscribe", args=[unsubscribe_token(person, code)])
    shown = {
        "person": person,
        "unsubscribe_url": link,
        "choices_url": settings.PUBLIC_URL + reverse("notification-choices"),
        **context,
    }
    one_click = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if link.startswith("https://") else {}
    mail = EmailMultiAlternatives(
        subject=" ".join(subject.split())[:200],
        body=render_to_string(f"notifications/{template}.txt", shown),
        to=[person.email],
        headers={**headers, "Auto-Submitted": "auto-generated", "List-Unsubscribe": f"<{link}>", **one_click},
        connection=connection,
    )
    mail.attach_alternative(render_to_string(f"notifications/{template}.html", shown), "text/html")
    return mail


def _host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"
