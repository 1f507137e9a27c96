"""Terms to a condition on `ModelVersion`."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import reduce
from operator import and_

from django.db.models import Q

from registry.jsonlookups import entry_is_flag, entry_is_number, entry_is_text, list_contains, list_has, text_contains
from registry.models import ModelVersion, Stage
from registry.search.terms import ENTRIES, KEYS, OPERATORS, TEXTS, SearchError, Term

Stages = Iterable[Stage]
_LOOKUPS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


def condition(terms: Iterable[Term], stages: Stages) -> Q:
    """Return the condition that all terms hold. Raises SearchError for what makes no sense, naming the column."""
    return reduce(and_, (_compile(term, stages) for term in terms), Q())


def _compile(term: Term, stages: Stages) -> Q:
    if term.key not in KEYS:
        raise _unknown(f"There is no “{term.key}” to look for", term.key, KEYS, term.column)
    if bool(term.entry) != (term.key in ENTRIES):
        wanted = f"{term.key} alone" if term.entry else f"a name after it, such as {term.key}.accuracy"
        raise SearchError(f"{term.shown} is not something to look for; expected {wanted}.", term.column, (wanted,))
    return _COMPILERS[term.key](term, stages)


def _unknown(problem: str, word: str, known: tuple[str, ...], column: int) -> SearchError:
    close = get_close_matches(word, known, n=1)
    meant = f"did you mean {close[0]}? There are" if close else "there are"
    return SearchError(f"{problem}; {meant}: {', '.join(known)}.", column, known)


def _allow(term: Term, *operators: str) -> None:
    if term.operator not in operators:
        raise SearchError(
            f"{term.shown} cannot be compared with {term.operator}; expected {' '.join(operators)}.",
            term.operator_column,
            operators,
        )


def _equal(term: Term, same: Q) -> Q:
    return same if term.operator == "==" else ~same


def _text(field: str) -> Callable[[Term, Stages], Q]:
    def compile_text(term: Term, stages: Stages) -> Q:
        _allow(term, "==", "!=", "~=")
        if term.operator == "~=":
            return Q(text_contains(field, term.text))
        return _equal(term, Q(**{field: term.text}))

    return compile_text


def _number(term: Term, stages: Stages) -> Q:
    _allow(term, *OPERATORS[:-1])
    if not isinstance(term.number, int):
        raise SearchError(f"“{term.text}” is not a whole number.", term.value_column, ("a whole number",))
    if term.operator in _LOOKUPS:
        return Q(**{f"number__{_LOOKUPS[term.operator]}": term.number})
    return _equal(term, Q(number=term.number))


def _stage(term: Term, stages: Stages) -> Q:
    """By key or by the name that is shown, whatever the case."""
    _allow(term, "==", "!=")
    stages = list(stages)
    known = {word.casefold(): stage.key for stage in stages for word in (stage.name, stage.key)}
    key = known.get(term.text.casefold())
    if key is None:
        raise _unknown(f"There is no stage “{term.text}”", term.text, tuple(stage.key for stage in stages), term.value_column)
    return _equal(term, Q(stage=key))


def _lock(term: Term, stages: Stages) -> Q:
    _allow(term, "==", "!=")
    levels = tuple(ModelVersion.Lock.values)
    if term.text.lower() not in levels:
        raise _unknown(f"There is no lock “{term.text}”", term.text, levels, term.value_column)
    return _equal(term, Q(lock_level=term.text.lower()))


def _labels(term: Term, stages: Stages) -> Q:
    """Has the label, does not have it, or has one that contains the text."""
    _allow(term, "==", "!=", "~=")
    if term.operator == "~=":
        return Q(list_contains("labels", term.text))
    return _equal(term, Q(list_has("labels", term.text)))


def _moment(field: str) -> Callable[[Term, Stages], Q]:
    """A date is its whole day: `> 2026-10-03` begins with the 4th."""

    def compile_moment(term: Term, stages: Stages) -> Q:
        _allow(term, *OPERATORS[:-1])
        start, end = term.moments
        day = start != end
        if term.operator in ("==", "!="):
            return _equal(term, Q(**{f"{field}__gte": start, f"{field}__lt": end}) if day else Q(**{field: start}))
        if day and term.operator == ">":
            return Q(**{f"{field}__gte": end})
        if day and term.operator == "<=":
            return Q(**{f"{field}__lt": end})
        return Q(**{f"{field}__{_LOOKUPS[term.operator]}": start})

    return compile_moment


def _metric(term: Term, stages: Stages) -> Q:
    _allow(term, *OPERATORS[:-1])
    number = term.number
    if number is None:
        raise SearchError(f"“{term.text}” is not a number, and metrics are numbers.", term.value_column, ("a number",))
    return Q(entry_is_number(term.key, term.entry, term.operator, number))


def _entry(term: Term, stages: Stages) -> Q:
    """Rows that have the name, with a value of the same type that compares so."""
    number = term.number
    if number is not None and term.operator != "~=":
        return Q(entry_is_number(term.key, term.entry, term.operator, number))
    if term.flag is not None and term.operator in ("==", "!="):
        return Q(entry_is_flag(term.key, term.entry, term.operator, term.flag))
    return Q(entry_is_text(term.key, term.entry, term.operator, term.text))


_COMPILERS: dict[str, Callable[[Term, Stages], Q]] = {
    **{key: _text(key) for key in TEXTS},
    "version": _text("name"),
    "name": _text("name"),
    "created_by": _text("created_by__username"),
    "number": _number,
    "stage": _stage,
    "labels": _labels,
    "lock": _lock,
    "created_at": _moment("created_at"),
    "updated_at": _moment("updated_at"),
    "metrics": _metric,
    "parameters": _entry,
    "attributes": _entry,
}
