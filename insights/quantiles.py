"""Medians and the like of values that were counted: pure functions."""

from collections import Counter
from itertools import accumulate


def quantile(counts: Counter[int], share: float) -> float | None:
    """Return the value that this share of all lies at or below, between two neighbours in proportion; None of none.

    The same as `percentile_cont` of SQL and the inclusive method of Python's `statistics`.
    """
    total = counts.total()
    if not total:
        return None
    values = sorted(counts)
    ends = list(accumulate(counts[value] for value in values))
    place = (total - 1) * share
    low, high = _at(values, ends, int(place)), _at(values, ends, min(int(place) + 1, total - 1))
    return low + (high - low) * (place - int(place))


def _at(values: list[int], ends: list[int], index: int) -> int:
    """Return the value at a place in the order of all."""
    return next(value for value, end in zip(values, ends, strict=True) if index < end)
