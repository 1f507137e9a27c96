"""Days gone by, counted once and kept: what makes charts of a long log quick. The log remains the truth, and this is made of it."""

from datetime import date, timedelta

from activity import clock
from activity.models import Activity
from activity.unit import unit_of_work
from insights.facts import DAY, Facts, facts_between, midnight
from insights.models import Day, Progress

SETTLED = timedelta(hours=1)  # a day is counted so long after its end, when nothing of it can still be on its way


def count_days(*, afresh: bool = False) -> int:
    """Count the days that ended and were not counted yet; return how many these were.

    Effects, for each day in a unit of work of its own: its rows, the progress. `afresh`: what was counted before is forgotten first.
    """
    if afresh:
        with unit_of_work():
            Day.objects.all().delete()
            Progress.objects.all().delete()
    days = 0
    while (day := _next_day()) is not None:
        _count(day)
        days += 1
    return days


def _next_day() -> date | None:
    """Return the first day with lines that was not counted and ended long enough ago."""
    progress = Progress.objects.first()
    lines = Activity.objects.order_by("created_at")
    if progress:
        lines = lines.filter(created_at__gte=midnight(progress.until))
    first = lines.values_list("created_at", flat=True).first()
    if first is None or midnight(first.date()) + DAY + SETTLED > clock.now():
        return None
    return first.date()


def _count(day: date) -> None:
    """Write the rows of one day, unless somebody else did meanwhile."""
    facts = facts_between(midnight(day), midnight(day) + DAY)
    last = Activity.objects.filter(created_at__lt=midnight(day) + DAY).order_by("-created_at", "-pk")
    line_id = last.values_list("pk", flat=True).first() or 0
    with unit_of_work():
        told = {"until": day, "counted_at": clock.now()}
        progress, _ = Progress.objects.select_for_update().get_or_create(pk=1, defaults=told)
        if progress.until > day:
            return
        Day.objects.bulk_create(_rows(facts))
        progress.until, progress.line_id, progress.counted_at = day + DAY, line_id, clock.now()
        progress.save(update_fields=["until", "line_id", "counted_at"])


def _rows(facts: Facts) -> list[Day]:
    return [
        Day(
            day=day,
            model_id=model_id,
            stage=stage,
            change=fact.change,
            applied=fact.applied,
            skipped=fact.skipped,
            break_glass=fact.break_glass,
            waits=" ".join(map(str, fact.waits)),
        )
        for (day, model_id, stage), fact in facts.items()
    ]
