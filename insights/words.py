"""What each chart shows, in one sentence: pure functions."""

from datetime import datetime, timedelta

from insights.figures import Figures
from registry.models import Stage
from registry.presentation import ago_text, duration, number


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: `1 version`, `2 versions`."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def share(part: int, whole: int) -> str:
    """Return a part in per cent; nothing of nothing is no share."""
    if not whole:
        return "–"
    exact = 100 * part / whole
    return "under 1 %" if 0 < exact < 1 else "over 99 %" if 99 < exact < 100 else f"{exact:.0f} %"


def seconds(value: int) -> str:
    """Return seconds in one unit."""
    return duration(timedelta(seconds=value))


def of_versions(figures: Figures) -> str:
    """Say how many versions there are, in production, and how many there were."""
    first, last = figures.points[0], figures.points[-1]
    now, then = sum(last.versions.values()), sum(first.versions.values())
    production = [stage for stage in figures.stages if stage.kind == Stage.Kind.PRODUCTION]
    there = ", ".join(f"{number(last.versions.get(stage.key, 0))} in {stage.name}" for stage in production)
    began = f"{first.until.day} {first.until:%B %Y}"
    return f"{counted(now, 'version')} now{f', {there}' if there else ''}; {number(then)} on {began}."


def of_waits(figures: Figures) -> str:
    """Say how long approved changes took."""
    wait = figures.wait
    if wait is None:
        return "No request was approved in this period."
    if wait.count == 1:
        return f"One change was approved; it took {seconds(wait.median)} from asking to effect."
    return (
        f"{counted(wait.count, 'change')} approved: half within {seconds(wait.median)} of asking, nine in ten within"
        f" {seconds(wait.ninetieth)}."
    )


def of_ages(figures: Figures, now: datetime) -> str:
    """Say how many requests wait, and for how long the oldest has."""
    if figures.oldest is None:
        return "No request waits."
    waits = "1 request waits" if figures.pending == 1 else f"{number(figures.pending)} requests wait"
    return f"{waits} now; {'it was' if figures.pending == 1 else 'the oldest was'} asked {ago_text(figures.oldest, now)}."


def of_changes(figures: Figures) -> str:
    """Say how many changes took effect, and how many of them out of the ordinary."""
    applied = figures.applied
    if not applied:
        return "No change took effect in this period."
    told = [
        f"{number(part)} {words} ({share(part, applied)})" if part else f"none {words}"
        for part, words in ((figures.skipped, "skipped a stage"), (figures.break_glass, "came by break-glass"))
    ]
    return f"{counted(applied, 'change')} took effect; {' and '.join(told)}."
