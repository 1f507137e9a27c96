"""How moments are read and written at every door: RFC 3339, UTC."""

from datetime import UTC, datetime, time, timedelta

from django.utils.dateparse import parse_date, parse_datetime

from activity.errors import Invalid


def rfc3339(moment: datetime) -> str:
    """Return the moment as text: UTC, with a Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def span(text: str, field: str) -> tuple[datetime, datetime]:
    """Return the moment that a text names, twice; for a date, the beginning of that day in UTC and of the next. Raises Invalid.

    A moment without an offset is taken as UTC.
    """
    try:
        if day := parse_date(text.strip()):
            start = datetime.combine(day, time.min, UTC)
            return start, start + timedelta(days=1)
        if moment := parse_datetime(text.strip()):
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
            return moment, moment
    except (ValueError, OverflowError):
        pass
    raise Invalid(
        f"{field} is a date (2026-10-03) or a moment (2026-10-03T14:00:00Z; write + as %2B in an address).", field=field
    )


def moment_of(text: str, field: str) -> datetime:
    """Return the moment that a text names, the beginning of the day for a date. Raises Invalid."""
    return span(text, field)[0]
