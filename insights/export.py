"""The tables behind the charts as rows and as CSV: the same for the page and the API."""

import io
from collections.abc import Callable
from typing import Any

from defusedcsv import csv

from insights.drawing import front_first
from insights.figures import Figures

Rows = list[list[Any]]


def versions_per_stage(figures: Figures) -> Rows:
    """How many versions stood in which stage at the end of each day or group of days."""
    stages = front_first(figures.stages)
    rows: Rows = [[point.until, *(point.versions.get(stage.key, 0) for stage in stages)] for point in figures.points]
    return [["day", *(stage.key for stage in stages)], *rows]


def time_to_approve(figures: Figures) -> Rows:
    """How long approved changes took from asking to effect, by the stage they led to."""
    rows: Rows = [[wait.stage, wait.count, wait.median, wait.ninetieth] for wait in figures.waits]
    return [["to_stage", "count", "median_seconds", "p90_seconds"], *rows]


def age_of_pending(figures: Figures) -> Rows:
    """How many requests have waited for how long."""
    return [["from_days", "to_days", "count"], *([band.since, band.until, band.count] for band in figures.bands)]


def changes_applied(figures: Figures) -> Rows:
    """How many changes took effect, skipped a stage, or were break-glass."""
    rows: Rows = [[point.since, point.until, point.applied, point.skipped, point.break_glass] for point in figures.points]
    return [["from", "to", "applied", "skipped", "break_glass"], *rows]


TABLES: dict[str, Callable[[Figures], Rows]] = {
    "versions_per_stage": versions_per_stage,
    "time_to_approve": time_to_approve,
    "age_of_pending": age_of_pending,
    "changes_applied": changes_applied,
}
CSV = "text/csv; charset=utf-8"


def as_csv(rows: Rows) -> str:
    """Return rows as CSV; what a spreadsheet would take for a formula is escaped."""
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()
