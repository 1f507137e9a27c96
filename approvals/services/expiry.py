"""What the clock does to requests that wait."""

from datetime import datetime, timedelta

from accounts.caller import Caller
from activity import clock
from activity.unit import require_unit
from approvals.models import StageChangeRequest
from approvals.services.effects import close
from approvals.services.locking import lock_model_of, tell_log

REMINDER = timedelta(days=1)  # before the end; for short waits, when half of the time is over


def until(change_request: StageChangeRequest) -> str:
    """When it expires, for the log; nothing when it does not."""
    return change_request.expires_at.isoformat() if change_request.expires_at else ""


def reminder_due(change_request: StageChangeRequest) -> datetime | None:
    """When those who decide are to be reminded; None when it waits for ever."""
    created, ends = change_request.created_at, change_request.expires_at
    return max(ends - REMINDER, created + (ends - created) / 2) if ends else None


def expire_stage_change(*, change_request_id: int, by: Caller) -> None:
    """End a pending request whose time is over: called by the sweep, and when somebody asks again before it came by.

    Effects, in order: activity `stage_change.expired`, the request's end. Does nothing when it ended meanwhile.
    """
    change_request = _locked_by_the_clock(change_request_id)
    if change_request and change_request.expires_at and change_request.expires_at <= clock.now():
        line = tell_log("stage_change.expired", change_request, by, expires_at=until(change_request))
        change_request.expire()
        close(change_request, by.user, line.pk, "")


def remind_of_expiry(*, change_request_id: int, by: Caller) -> None:
    """Say in the log that a request ends soon, once, so that whoever listens can tell those who decide.

    Effects, in order: when it was said, activity `stage_change.expires_soon`. Does nothing when it ended or was said meanwhile.
    """
    change_request = _locked_by_the_clock(change_request_id)
    if change_request and change_request.reminded_at is None:
        change_request.reminded_at = clock.now()
        change_request.save(update_fields=["reminded_at"])
        tell_log("stage_change.expires_soon", change_request, by, expires_at=until(change_request))


def _locked_by_the_clock(change_request_id: int) -> StageChangeRequest | None:
    require_unit()
    lock_model_of.one(change_request_id)
    pending = (
        StageChangeRequest.objects.pending()
        .select_for_update(of=("self",))
        .select_related("version__model", "from_stage", "to_stage")
    )
    return pending.filter(pk=change_request_id).first()
