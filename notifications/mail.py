"""Mail: to those who can decide when something is asked, and to the requester on every end."""

from smtplib import SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string

from accounts.models import User
from activity import clock
from activity.models import Activity
from approvals.models import StageChangeRequest
from approvals.requirements import eligible
from approvals.situations import load_situations
from notifications.models import MailDelivery

ASKED = ("stage_change.requested", "stage_change.approvals_voided")
ENDED = (
    "stage_change.applied",
    "stage_change.rejected",
    "stage_change.revoked",
    "stage_change.expired",
    "stage_change.superseded",
)


def recipients(line: Activity, change_request: StageChangeRequest) -> list[User]:
    """Who hears of a line now: those whose approval would count, or the requester when somebody else ended it.

    A service account has no mailbox, so its owner hears.
    """
    if line.verb in ASKED and change_request.is_pending:
        (situation,) = load_situations([change_request])
        people = [member.user for member in eligible(situation)]
    elif line.verb in ENDED and line.actor_id not in (change_request.requester_id, change_request.requester_principal_id):
        people = [change_request.requester]
    else:
        people = []
    owners = User.objects.in_bulk({person.principal_id for person in people})
    return [person for person in owners.values() if person.email and person.is_active]


def deliver_mail(line: Activity) -> None:
    """Send what is due about one line; what was sent before is not sent again, and who need not hear any more does not.

    An address that is refused keeps nobody else's mail back: it is raised when all were tried.
    """
    if not line.request_id or line.verb not in ASKED + ENDED:
        return
    change_request = StageChangeRequest.objects.with_everything().get(pk=line.request_id)
    people = recipients(line, change_request)
    MailDelivery.objects.bulk_create([MailDelivery(activity=line, recipient=person) for person in people], ignore_conflicts=True)
    due = list(MailDelivery.objects.filter(activity=line, sent_at=None, recipient__in=people).select_related("recipient"))
    if not due:
        return
    refused: list[SMTPResponseException | SMTPRecipientsRefused] = []
    with get_connection() as connection:
        for delivery in due:
            try:
                message(line, change_request, delivery.recipient, connection).send()
            except (SMTPResponseException, SMTPRecipientsRefused) as error:
                refused.append(error)
            else:
                MailDelivery.objects.filter(pk=delivery.pk).update(sent_at=clock.now())
    if refused:
        raise refused[0]


def message(line: Activity, change_request: StageChangeRequest, recipient: User, connection: BaseEmailBackend) -> EmailMessage:
    """Write the mail. Its Message-ID is made of line and recipient, so a repeated mail can be told as such."""
    context = {
        "line": line,
        "change_request": change_request,
        "version": change_request.version,
        "recipient": recipient,
        "asked": line.verb in ASKED,
        "voided": line.verb == "stage_change.approvals_voided",
        "url": f"{settings.PUBLIC_URL}/requests/{change_request.pk}",
    }
    return EmailMessage(
        subject=" ".join(render_to_string("notifications/mail_subject.txt", context).split()),
        body=render_to_string("notifications/mail_body.txt", context),
        to=[recipient.email],
        headers={"Message-ID": f"<line-{line.pk}-{recipient.pk}@{urlsplit(settings.PUBLIC_URL).hostname}>"},
        connection=connection,
    )
