"""Where the lines, bars and labels of a chart go: pure functions. Places are shares of the drawing, so that it fits any width."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from insights.figures import Band, Figures, Point, Wait
from insights.words import share
from registry.models import Stage
from registry.presentation import number

SIDE = 1000  # of the square that areas are drawn in; the page stretches it
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


@dataclass(frozen=True)
class Tick:
    """A label on an axis and its place; `anchor` keeps the outer ones within the drawing."""

    at: str
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Area:
    """One stage in a stack."""

    stage: Stage
    path: str
    count: int


@dataclass(frozen=True)
class Bar:
    """A bar, or the place where a pointer reads a value, with its words."""

    x: str
    width: str
    y: str = "0"
    height: str = "100%"
    kind: str = ""
    words: str = ""


def percent(share: float) -> str:
    """Return a share as a length of SVG."""
    return f"{100 * share:.2f}%"


def steps_to(top: float, most: int = 4) -> list[float]:
    """Return the values of an axis from 0 to at least `top`, in steps of 1, 2 or 5 times a power of ten, whole numbers all."""
    rough = max(top, 1) / most
    power = 10 ** math.floor(math.log10(rough)) if rough >= 1 else 1
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    return [step * at for at in range(math.ceil(max(top, 1) / step) + 1)]


def heights(values: Sequence[float]) -> list[Tick]:
    """Return the ticks of an upright axis, 0 at the bottom."""
    return [Tick(percent(1 - value / values[-1]), number(value)) for value in values]


def day_text(day: date, today: date) -> str:
    """Return a day as it is read: with its year where that is another one."""
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def days_axis(points: Sequence[Point], most: int = 5) -> list[Tick]:
    """Return a few days under a chart of as many columns as points, the first and the last among them."""
    last = len(points) - 1
    shown = sorted({round(at * last / (most - 1)) for at in range(most)}) if last >= most else range(last + 1)
    places = {at: percent((at + 0.5) / len(points)) for at in shown} | {0: "0", last: "100%"}
    anchors = {0: "start", last: "end"}
    today = points[-1].until
    return [Tick(places[at], day_text(points[at].until, today), anchors.get(at, "middle")) for at in shown]


def front_first(stages: Sequence[Stage]) -> list[Stage]:
    """Return stages as they are stacked from the bottom: production, what leads there, what has left."""
    order = {Stage.Kind.PRODUCTION: 0, Stage.Kind.WORKING: 1, Stage.Kind.UNASSIGNED: 2, Stage.Kind.ARCHIVED: 3}
    return sorted(stages, key=lambda stage: (order[Stage.Kind(stage.kind)], -stage.position))


def stacked(figures: Figures, *, bare: bool = False) -> dict[str, Any]:
    """Return the drawing of versions by stage over time; a bare one has no upward axis and fills its height."""
    points, stages = figures.points, front_first([stage for stage in figures.stages if _ever(figures, stage)])
    most = max(sum(point.versions.values()) for point in points)
    axis = [0, max(most, 1)] if bare else steps_to(most)
    width = 1 / len(points)
    floor, areas = [0] * len(points), []
    for stage in stages:
        roof = [low + point.versions.get(stage.key, 0) for low, point in zip(floor, points, strict=True)]
        areas.append(Area(stage, _between(floor, roof, axis[-1]), figures.versions.get(stage.key, 0)))
        floor = roof
    return {
        "areas": areas,
        "ticks": heights(axis),
        "days": days_axis(points),
        "rows": [
            {"name": day_text(point.until, points[-1].until), "values": [point.versions.get(stage.key, 0) for stage in stages]}
            for point in reversed(points)
        ],
        "bars": [Bar(percent(at * width), percent(width), words=_versions(point, stages)) for at, point in enumerate(points)],
    }


def _ever(figures: Figures, stage: Stage) -> bool:
    return any(point.versions.get(stage.key) for point in figures.points)


def _between(floor: Sequence[int], roof: Sequence[int], top: float) -> str:
    """Return the outline of an area: along its upper edge, and back along the lower. In steps: between two days is no half version."""
    return f"M{'L'.join(_edge(roof, top))}L{'L'.join(reversed(_edge(floor, top)))}Z"


def _edge(values: Sequence[int], top: float) -> list[str]:
    """Return the corners of a line that keeps each value for the width of its day, and leaves out those within a level stretch."""
    corners = []
    for at, value in enumerate(values):
        y = f"{SIDE * (1 - value / top):.1f}"
        if at == 0 or values[at - 1] != value:
            corners.append(f"{SIDE * at / len(values):.1f} {y}")
        if at == len(values) - 1 or values[at + 1] != value:
            corners.append(f"{SIDE * (at + 1) / len(values):.1f} {y}")
    return corners


def _versions(point: Point, stages: Sequence[Stage]) -> str:
    held = ", ".join(f"{number(point.versions.get(stage.key, 0))} {stage.name}" for stage in stages)
    return f"{point.until.day} {point.until:%b %Y}: {held}"


def columns(figures: Figures) -> dict[str, Any]:
    """Return the drawing of changes that took effect: a column for all, and in it one for skips and one for break-glass."""
    points = figures.points
    axis, width = steps_to(max(point.applied for point in points)), 1 / len(points)
    bars = []
    for at, point in enumerate(points):
        left = at * width
        for kind, value, x, wide in (
            ("all", point.applied, 0.12, 0.76),
            ("skipped", point.skipped, 0.12, 0.38),
            ("break-glass", point.break_glass, 0.5, 0.38),
        ):
            if value:
                tall = value / axis[-1]
                bars.append(Bar(percent(left + x * width), percent(wide * width), percent(1 - tall), percent(tall), kind))
        bars.append(Bar(percent(left), percent(width), kind="hover", words=_changes(point)))
    return {
        "bars": bars,
        "ticks": heights(axis),
        "days": days_axis(points),
        "rows": [_change_row(point, points[-1].until) for point in reversed(points)],
    }


def _change_row(point: Point, today: date) -> dict[str, Any]:
    """One row of the table: shares of nothing are not told."""
    days = day_text(point.until, today)
    if point.since != point.until:
        days = f"{day_text(point.since, today)} – {days}"
    shares = [share(part, point.applied) for part in (point.skipped, point.break_glass)]
    return {"name": days, "values": [point.applied, point.skipped, shares[0], point.break_glass, shares[1]]}


def _changes(point: Point) -> str:
    days = f"{point.until.day} {point.until:%b %Y}"
    if point.since != point.until:
        days = f"{point.since.day} {point.since:%b} to {days}"
    return f"{days}: {point.applied} took effect, {point.skipped} skipped a stage, {point.break_glass} break-glass"


def wait_bars(waits: Sequence[Wait]) -> dict[str, Any]:
    """Return the bars of medians and ninetieth percentiles, and the axis below them, in one unit of time."""
    top = max((wait.ninetieth for wait in waits), default=0)
    unit, size = next(((unit, size) for unit, size in UNITS if top >= 2 * size), UNITS[-1])
    axis = steps_to(top / size)
    return {
        "rows": [
            {
                "wait": wait,
                "median": percent(wait.median / size / axis[-1]),
                "ninetieth": percent(wait.ninetieth / size / axis[-1]),
                "median_span": timedelta(seconds=wait.median),
                "ninetieth_span": timedelta(seconds=wait.ninetieth),
            }
            for wait in waits
        ],
        "ticks": [
            Tick(percent(value / axis[-1]), number(value), {0: "start", len(axis) - 1: "end"}.get(at, "middle"))
            for at, value in enumerate(axis)
        ],
        "unit": f"{unit}s",
    }


def age_bars(bands: Sequence[Band]) -> list[dict[str, Any]]:
    """Return a bar for each age, as long as its share of the longest."""
    most = max((band.count for band in bands), default=0) or 1
    return [{"name": band_text(band), "count": band.count, "width": percent(band.count / most)} for band in bands]


def band_text(band: Band) -> str:
    """Return an age in words."""
    if not band.since:
        return "under a day"
    return f"{band.since} to {band.until} days" if band.until else f"over {band.since} days"
