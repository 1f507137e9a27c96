"""Work of the clock: requests that nobody decided in time expire, and a reminder comes before."""

from datetime import timedelta

from celery import shared_task
from django.db.models import Q

from accounts.caller import Caller
from activity import clock
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from approvals.services.expiry import REMINDER, expire_stage_change, remind_of_expiry, reminder_due

MOST = 1000  # requests of one sweep; the next one goes on


@shared_task
def sweep_requests() -> int:
    """Expire what is past its end and remind of what ends soon, each by itself; how many. Harmless to run twice, or at the same time."""
    moment, done = clock.now(), 0
    soon = StageChangeRequest.objects.pending().filter(expires_at__lte=moment + REMINDER + timedelta(days=1))
    unsaid = soon.filter(Q(expires_at__lte=moment) | Q(reminded_at=None))
    for change_request in unsaid.order_by("expires_at", "pk")[:MOST]:
        due = reminder_due(change_request)
        if change_request.expires_at and change_request.expires_at <= moment:
            end = expire_stage_change
        elif due and due <= moment:
            end = remind_of_expiry
        else:
            continue
        with unit_of_work():
            end(change_request_id=change_request.pk, by=Caller.stageward())
        done += 1
    return done
