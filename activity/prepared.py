"""Queries that Django writes once for a database and that are then asked again with other values.

Django takes several times as long to write a statement as the database takes to answer it. For what nearly every call asks, a function
that returns a queryset is decorated with `prepared`: the first call lets Django write it, with a mark of our own in the place of each
value; later calls put theirs there. Rows become objects by Django's own code, related ones too.

A test run compares what is asked with what Django would write for it (tests/conftest.py).
"""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import ForeignKey, ManyToOneRel, Model, Prefetch, QuerySet
from django.db.models.expressions import RawSQL

from activity.unit import require_unit

P = ParamSpec("P")
Row = TypeVar("Row", covariant=True)
Words = tuple[str, tuple[Any, ...]]

MOST = 2**31  # beyond it, a number may be more than a column holds, which Django knows better
LONGEST = 32  # so many statements of one function are kept for lists; with longer ones it is written anew
MARKS: dict[type, Callable[[int], Any]] = {
    int: lambda place: 1_900_000_000 + place,
    str: lambda place: f"\ue000{place}\ue000",
    datetime: lambda place: datetime(9000, 1, 1, microsecond=place, tzinfo=UTC),
}


def prepared(make: Callable[P, QuerySet[Any, Row]]) -> "Prepared[P, Row]":
    """Let Django write a query once. It may depend on nothing but what `make` is told.

    Numbers, texts, moments and lists of them have places in the statement; for anything else, such as None, True or a list's length,
    there is a statement of its own. Called, it returns the rows, as a list. It filters by its values as they are: `name=name`, never
    `name__contains=name`.
    """
    return Prepared(make)


class _Place(NamedTuple):
    """Where a value stands in a statement."""

    number: int


class Prepared(Generic[P, Row]):
    """A query that is written once."""

    def __init__(self, make: Callable[P, QuerySet[Any, Row]]) -> None:
        self.make = make
        self._written: dict[tuple[Any, ...], _Written] = {}

    def __call__(self, *args: P.args, **told: P.kwargs) -> list[Row]:
        """Ask it."""
        written, params = self._with_values(args, told)
        return written.rows(params) if written else list(self.make(*args, **told))

    def one(self, *args: P.args, **told: P.kwargs) -> Row | None:
        """The first row, or None; the query says itself that it wants no more."""
        return next(iter(self(*args, **told)), None)

    def statement(self, *args: P.args, **told: P.kwargs) -> Words:
        """The SQL and its parameters."""
        written, params = self._with_values(args, told)
        return (written.sql, params) if written else self.make(*args, **told).query.sql_with_params()

    def subquery(self, *args: P.args, **told: P.kwargs) -> RawSQL:
        """What it selects, to stand within another query."""
        return RawSQL(*self.statement(*args, **told))  # noqa: S611 - Django wrote it

    def _with_values(self, args: Sequence[Any], told: dict[str, Any]) -> "tuple[_Written | None, tuple[Any, ...]]":
        """The statement, and these values in their places; None where Django has to write it anew."""
        connection = connections[DEFAULT_DB_ALIAS]
        given = (*args, *told.values())
        values = tuple(_values(given))
        key = (connection.vendor, *told, *(_shape(value) for value in given))
        if any(type(value) is int and abs(value) >= MOST for value in values) or len(values) > LONGEST:
            return None, ()
        written = self._written.get(key)
        if written is None:
            marked = _marked(given)
            queryset = self.make(*marked[: len(args)], **dict(zip(told, marked[len(args) :], strict=True)))
            written = self._written[key] = _Written(queryset, tuple(_values(marked)))
        return written, written.params(values)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _values(given: Sequence[Any]) -> Iterator[Any]:
    """All that has a place, in order."""
    for value in given:
        if _is_list(value):
            yield from value
        elif type(value) in MARKS:
            yield value


def _shape(value: Any) -> Any:
    """What the statement depends on: what kind of value it is, how many there are, or the value itself."""
    return len(value) if _is_list(value) else type(value) if type(value) in MARKS else value


def _marked(given: Sequence[Any]) -> list[Any]:
    """The same with a mark for each value that has a place."""
    numbers = iter(range(LONGEST + 1))

    def mark(value: Any) -> Any:
        return MARKS[type(value)](next(numbers)) if type(value) in MARKS else value

    return [[mark(each) for each in value] if _is_list(value) else mark(value) for value in given]


class _Written(Generic[Row]):
    """What Django made of a query for one database: the statement, and how its rows become objects."""

    def __init__(self, queryset: Any, marks: tuple[Any, ...]) -> None:  # a QuerySet, with what Django keeps to itself
        self.queryset = queryset
        self.related = [_Related(queryset.model, lookup) for lookup in queryset._prefetch_related_lookups]
        self.compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        adapt = self.compiler.connection.ops.adapt_datetimefield_value
        places = {adapt(mark) if type(mark) is datetime else mark: _Place(number) for number, mark in enumerate(marks)}
        try:
            self.sql, params = self.compiler.as_sql()
        except EmptyResultSet:  # nothing is in an empty list
            self.sql, params, places = "", (), {}
        self.template = tuple(places.get(param, param) if isinstance(param, (int, str, datetime)) else param for param in params)
        self.converters = self.compiler.get_converters([column for column, *_ in self.compiler.select]) if self.sql else {}
        if missing := set(places.values()) - {param for param in self.template if type(param) is _Place}:
            raise TypeError(f"{queryset.model.__name__}: value {min(missing).number} does not stand in the statement as it is.")

    def params(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The parameters, with these values."""
        adapt = connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value
        filled = (values[param.number] if type(param) is _Place else param for param in self.template)
        return tuple(adapt(value) if type(value) is datetime else value for value in filled)

    def rows(self, params: tuple[Any, ...]) -> list[Row]:
        """Ask the database."""
        if not self.sql:
            return []
        if self.queryset.query.select_for_update:
            require_unit()
        compiler = copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.as_sql = lambda: (self.sql, params)
        compiler.get_converters = lambda columns: self.converters
        rows: list[Any] = list(self.queryset._iterable_class(_Asked(self.queryset, compiler)))
        for related in self.related if rows else ():
            related.fetch(rows)
        return rows


class _Related:
    """Rows that point at those found, kept with them as Django's `prefetch_related` does, by a query that is written once as well."""

    def __init__(self, model: type[Model], lookup: "Prefetch[Any]") -> None:
        relation = model._meta.get_field(lookup.prefetch_through)
        assert isinstance(relation, ManyToOneRel)  # noqa: S101 - nothing else is needed here
        self.field: ForeignKey[Any, Any] = relation.field
        self.name, self.queryset = relation.cache_name, cast("QuerySet[Any]", lookup.queryset)
        self.ask = prepared(self._of)

    def _of(self, ids: list[int]) -> "QuerySet[Any]":
        return self.queryset.filter(**{f"{self.field.name}__in": ids})

    def fetch(self, found: Sequence[Model]) -> None:
        """Ask for those of these rows."""
        children: dict[Any, list[Model]] = {row.pk: [] for row in found}
        for child in self.ask(list(children)):
            children[getattr(child, self.field.attname)].append(child)
        for row in found:
            for child in children[row.pk]:
                self.field.set_cached_value(child, row)
            kept: Any = self.queryset.all()
            kept._result_cache, kept._prefetch_done = children[row.pk], True
            row.__dict__.setdefault("_prefetched_objects_cache", {})[self.name] = kept


class _Asked:
    """What Django's code that makes objects wants of a queryset, and of its query."""

    def __init__(self, queryset: Any, compiler: Any) -> None:
        self.db, self.query, self.compiler = DEFAULT_DB_ALIAS, self, compiler
        self.model, self._known_related_objects = queryset.model, queryset._known_related_objects

    def get_compiler(self, using: str) -> Any:
        """The one that has its statement already."""
        return self.compiler
