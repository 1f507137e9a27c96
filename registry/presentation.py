"""How things are put into words and pictures on the pages: pure functions, no HTML, no database."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

WORDS = {"asked": "asked for", "skipped": "would be skipped"}


def read(thing: Any, name: str, default: Any = "") -> Any:
    """Return `thing.name` or `thing["name"]`."""
    value = thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)
    return default if value is None else value


MANY = 100


def few(count: int) -> int | str:
    """A number that was counted up to 100 only: all that is more is told as 99+."""
    return count if count < MANY else "99+"


def full_name(user: Any) -> str:
    """Return how a person is called on the pages."""
    if user is None or user == "":
        return "Stageward"
    called = getattr(user, "get_full_name", None)
    return (called() if called else read(user, "name")) or read(user, "username")


def initials(name: str) -> str:
    """Return one or two letters for a round picture."""
    parts = [part for part in name.replace(".", " ").replace("-", " ").replace("_", " ").split() if part[0].isalnum()]
    letters = parts[0][0] + parts[-1][0] if len(parts) > 1 else name[:2]
    return letters.upper()


def ago_text(moment: datetime, now: datetime) -> str:
    """Return a moment in words, seen from `now`."""
    seconds = (now - moment).total_seconds()
    past, seconds = seconds >= 0, abs(seconds)
    if seconds < 45:
        return "just now" if past else "in a moment"
    days = abs((now.date() - moment.date()).days)
    if seconds < 3600:
        count, unit = max(1, int(seconds / 60)), "minute"
    elif seconds < 86400:
        count, unit = int(seconds / 3600), "hour"
    elif days == 1:
        return "yesterday" if past else "tomorrow"
    elif days < 14:
        count, unit = days, "day"
    else:
        return f"{moment.day} {moment:%b}" if moment.year == now.year else f"{moment.day} {moment:%b %Y}"
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{words} ago" if past else f"in {words}"


def waited_text(since: datetime, now: datetime) -> str:
    """Return how long something has gone on, in whole units: `3 days`."""
    seconds = (now - since).total_seconds()
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if (count := int(seconds / size)) >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "under a minute"


def duration(value: timedelta | None) -> str:
    """Return a span of time in one unit: `1.4 days`."""
    if value is None:
        return "–"
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if value.total_seconds() >= size:
            count = f"{value.total_seconds() / size:.1f}".removesuffix(".0")
            return f"{count} {unit}{'' if count == '1' else 's'}"
    return "under a minute"


def number(value: Any, signed: bool = False) -> str:
    """Return a figure to read: grouped integers, six significant digits; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–" if value is None or value == "" else str(value)
    if not math.isfinite(value):
        return str(value)
    sign = "+" if signed else ""
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e15):
        return format(int(value), f"{sign},").replace("-", "−")
    if 1e-4 <= abs(value) < 1e9:
        digits = max(0, 5 - math.floor(math.log10(abs(value))))
        text = format(value, f"{sign},.{digits}f").replace("-", "−")
        return text.rstrip("0").rstrip(".") if digits else text
    return format(value, f"{sign}.4g").replace("e-0", "e-")


def split_rows(counts: Iterable[tuple[Any, int]]) -> list[dict[str, Any]]:
    """Return one row per stage that holds something, with its place in a bar of 100."""
    held = [(stage, count) for stage, count in counts if count]
    whole, rows, start = sum(count for _, count in held), [], 0.0
    widths = [max(100 * count / whole, 3.0) for _, count in held]
    for (stage, count), width in zip(held, widths, strict=True):
        share = 100 * width / sum(widths)
        rows.append({"stage": stage, "count": count, "x": f"{start:.2f}%", "width": f"{share:.2f}%"})
        start += share
    return rows


def track_state(stage: Any, current_stage: Any, asked: Any, skipped: set[str], held: set[str] | None) -> str:
    """Return what a stage is to a version: `here`, `asked`, `skipped`, `done` (it was there), or nothing."""
    key, position = read(stage, "key"), read(stage, "position", 0)
    if key == read(current_stage, "key"):
        return "here"
    if asked and key == read(asked, "key"):
        return "asked"
    if key in skipped:
        return "skipped"
    done = key in held if held is not None else position < read(current_stage, "position", 0)
    return "done" if done else ""


def track_steps(
    stages: Sequence[Any], here: Any, asked: Any, held: Iterable[str] | None, notes: dict[str, str]
) -> list[dict[str, Any]]:
    """Return one row per stage in order: what it is to the version, and the note under its name."""
    low, high = (read(stage, "position", 0) for stage in (here, asked or here))
    between = {read(stage, "key") for stage in stages if low < read(stage, "position", 0) < high}
    kept, steps = None if held is None else set(held), []
    for stage in sorted(stages, key=lambda stage: int(read(stage, "position", 0))):
        state = track_state(stage, here, asked, between, kept)
        ahead = bool(asked) and low <= read(stage, "position", 0) <= high
        note = notes.get(read(stage, "key")) or WORDS.get(state, "")
        steps.append({"stage": stage, "state": state, "toward": ahead, "note": note})
    return steps
