"""SQL that Django wrote once for a database and that is used again: for what nearly every query asks, where writing takes longest."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

Words = tuple[str, tuple[Any, ...]]
_written: dict[tuple[Any, ...], Words] = {}


def subquery(name: str, make: Callable[..., QuerySet[Any, Any]], **told: int | None) -> RawSQL:
    """Return what `make(**told)` selects, to stand within another query."""
    return RawSQL(*statement(name, make, **told))  # noqa: S611 - Django wrote it


def statement(name: str, make: Callable[..., QuerySet[Any, Any]], **told: int | None) -> Words:
    """Return the SQL of `make(**told)` and its parameters. It may depend on nothing but which of the numbers in `told` are None.

    Django writes it for the first call, with a number of its own in the place of each; later ones put theirs there.
    """
    given = {key: number for key, number in told.items() if number is not None}
    known = (connection.vendor, name, *given)
    if known not in _written:
        places = {key: -1 - place for place, key in enumerate(given)}
        _written[known] = _with_names(*make(**{**told, **places}).query.sql_with_params(), places)
    sql, params = _written[known]
    return sql, tuple(given[word.key] if isinstance(word, _Place) else word for word in params)


class _Place:
    def __init__(self, key: str) -> None:
        self.key = key


def _with_names(sql: str, params: tuple[Any, ...], places: Mapping[str, int]) -> Words:
    """Put a name where each number of ours stands."""
    keys = {number: _Place(key) for key, number in places.items()}
    return sql, tuple(keys.get(word, word) if type(word) is int else word for word in params)
