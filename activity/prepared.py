"""Queries that Django writes once for a database and that are then asked again with other values.

Django takes several times as long to write a statement as the database takes to answer it. For what nearly every call asks, a function
that returns a queryset is decorated with `prepared`: the first call lets Django write it, with a mark of our own in the place of each
value; later calls put theirs there. Rows become objects by Django's own code, related ones too.

A test run compares what is asked with what Django would write for it (tests/conftest.py).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, ParamSpec, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import ForeignKey, ManyToOneRel, Model, Prefetch, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler

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
        values, shape = _taken_apart(given)
        if len(values) > LONGEST or any(type(value) is int and abs(value) >= MOST for value in values):
            return None, ()
        key = (connection.vendor, *told, *shape)
        written = self._written.get(key)
        if written is None:
            marked = _marked(given)
            queryset = self.make(*marked[: len(args)], **dict(zip(told, marked[len(args) :], strict=True)))
            written = self._written[key] = _Written(queryset, _taken_apart(marked)[0])
        return written, written.params(values, connection)


def _taken_apart(given: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """All values that have a place, in order; and what the statement depends on: of what kind each is, how many, or the value itself."""
    values: list[Any] = []
    shape: list[Any] = []
    for value in given:
        kind = type(value)
        if kind is list:
            values += value
            shape.append(len(value))
        elif kind in MARKS:
            values.append(value)
            shape.append(kind)
        else:
            shape.append(value)
    return values, shape


def _marked(given: Sequence[Any]) -> list[Any]:
    """The same with a mark for each value that has a place."""
    numbers = iter(range(LONGEST))

    def mark(value: Any) -> Any:
        return MARKS[type(value)](next(numbers))

    return [
        [mark(each) for each in value] if type(value) is list else mark(value) if type(value) in MARKS else value
        for value in given
    ]


class _Written(Generic[Row]):
    """What Django made of a query for one database: the statement, and how its rows become objects."""

    def __init__(self, queryset: Any, marks: Sequence[Any]) -> None:  # a QuerySet, with what Django keeps to itself
        self.queryset = queryset
        self.related = [_Related(queryset.model, lookup) for lookup in queryset._prefetch_related_lookups]
        self.compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        adapt = self.compiler.connection.ops.adapt_datetimefield_value
        numbers = {adapt(mark) if type(mark) is datetime else mark: number for number, mark in enumerate(marks)}
        try:
            self.sql, params = self.compiler.as_sql()
        except EmptyResultSet:  # nothing is in an empty list
            self.sql, params, numbers = "", (), {}
        self.template = list(params)
        self.places = [(place, numbers[param]) for place, param in enumerate(params) if param in numbers]
        if missing := set(numbers.values()) - {number for _, number in self.places}:
            raise TypeError(f"{queryset.model.__name__}: value {min(missing)} does not stand in the statement as it is.")
        if self.sql:
            assert not self.compiler.has_extra_select  # noqa: S101 - columns to sort by alone would have to be cut off
            self.converters = self.compiler.get_converters([column for column, *_ in self.compiler.select])

    def params(self, values: Sequence[Any], connection: Any) -> tuple[Any, ...]:
        """The parameters, with these values."""
        filled = self.template.copy()
        for place, number in self.places:
            value = values[number]
            filled[place] = connection.ops.adapt_datetimefield_value(value) if type(value) is datetime else value
        return tuple(filled)

    def rows(self, params: tuple[Any, ...]) -> list[Row]:
        """Ask the database."""
        if not self.sql:
            return []
        if self.queryset.query.select_for_update:
            require_unit()
        rows: list[Any] = list(self.queryset._iterable_class(_Asked(self, params)))
        for related in self.related if rows else ():
            related.fetch(rows)
        return rows


class _Asked:
    """What Django's code that makes objects of rows wants of a queryset, of its query and of that one's compiler."""

    def __init__(self, written: _Written[Any], params: tuple[Any, ...]) -> None:
        self.written, self.params, self.query = written, params, self
        self.db, self.connection = DEFAULT_DB_ALIAS, connections[DEFAULT_DB_ALIAS]
        self.model, self._known_related_objects = written.queryset.model, written.queryset._known_related_objects
        compiler = written.compiler
        self.select, self.klass_info, self.annotation_col_map = compiler.select, compiler.klass_info, compiler.annotation_col_map

    def get_compiler(self, using: str) -> "_Asked":
        """The one that has its statement already."""
        return self

    def execute_sql(self, **chunks: Any) -> list[tuple[Any, ...]]:
        """The rows as the database gives them."""
        with self.connection.cursor() as cursor:
            cursor.execute(self.written.sql, self.params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def results_iter(
        self, rows: list[tuple[Any, ...]] | None = None, tuple_expected: bool = False, **chunks: Any
    ) -> Iterable[Any]:
        """The rows with Python's values."""
        rows = self.execute_sql() if rows is None else rows
        apply: Any = SQLCompiler.apply_converters  # it wants the connection alone
        converted = apply(self, rows, self.written.converters) if self.written.converters else rows
        return map(tuple, converted) if tuple_expected else converted


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
