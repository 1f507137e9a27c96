"""Terms to a condition on `ModelVersion`, or on `RegisteredModel`: those of the find language, and those of other languages."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import reduce
from operator import and_, or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from registry.jsonlookups import entry_is_flag, entry_is_number, entry_is_text, list_contains, list_has, text_contains, text_like
from registry.models import ModelVersion, Stage, Tag
from registry.search.terms import ENTRIES, KEYS, OPERATORS, TEXTS, SearchError, Term

Stages = Iterable[Stage]
# Operators of other languages.
_PATTERNS, _SEVERAL = ("like", "ilike"), ("in", "not in")
_LOOKUPS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


def condition(terms: Iterable[Term], stages: Stages) -> Q:
    """Return the condition that all terms hold. Raises SearchError for what makes no sense, naming the column."""
    return reduce(and_, (_compile(term, stages) for term in terms), Q())


def condition_on_models(terms: Iterable[Term]) -> Q:
    """Return the condition on models that all terms hold; their keys are those of `_OF_MODELS`. Raises SearchError."""
    return reduce(and_, (_OF_MODELS[term.key](term, ()) for term in terms), Q())


def _compile(term: Term, stages: Stages) -> Q:
    if term.key in _FOREIGN:
        return _FOREIGN[term.key](term, stages)
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
        if term.operator in _PATTERNS:
            return Q(text_like(field, term.text, cased=term.operator == "like"))
        if term.operator in _SEVERAL:
            among = Q(**{f"{field}__in": term.texts})
            return among if term.operator == "in" else ~among
        _allow(term, "==", "!=", "~=")
        if term.operator == "~=":
            return Q(text_contains(field, term.text))
        return _equal(term, Q(**{field: term.text}))

    return compile_text


def _tag(of: Callable[[Term], QuerySet[Tag]]) -> Callable[[Term, Stages], Q]:
    """What has the tag, with a value that compares so; with `or_absent` also what has no such tag."""
    value = _text("value")

    def compile_tag(term: Term, stages: Stages) -> Q:
        there = Q(Exists(of(term).filter(value(term, stages))))
        return there | ~Q(Exists(of(term))) if term.or_absent else there

    return compile_tag


def _whole(field: str) -> Callable[[Term, Stages], Q]:
    def compile_whole(term: Term, stages: Stages) -> Q:
        _allow(term, *OPERATORS[:-1])
        if not isinstance(term.number, int):
            raise SearchError(f"“{term.text}” is not a whole number.", term.value_column, ("a whole number",))
        if term.operator in _LOOKUPS:
            return Q(**{f"{field}__{_LOOKUPS[term.operator]}": term.number})
        return _equal(term, Q(**{field: term.number}))

    return compile_whole


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
    if term.operator in _SEVERAL:
        one, join = ("==", or_) if term.operator == "in" else ("!=", and_)
        return reduce(join, (Q(entry_is_text(term.key, term.entry, one, text)) for text in term.texts))
    number = None if term.operator in _PATTERNS else term.number
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
    "number": _whole("number"),
    "stage": _stage,
    "labels": _labels,
    "lock": _lock,
    "created_at": _moment("created_at"),
    "updated_at": _moment("updated_at"),
    "metrics": _metric,
    "parameters": _entry,
    "attributes": _entry,
}
# Keys that the find language does not have: it is always asked within one model, and by names.
_FOREIGN: dict[str, Callable[[Term, Stages], Q]] = {
    "id": _whole("pk"),
    "model_id": _whole("model_id"),
    "model": _text("model__name"),
    "tags": _tag(lambda term: Tag.objects.filter(version=OuterRef("pk"), key=term.entry)),
}
_OF_MODELS: dict[str, Callable[[Term, Stages], Q]] = {
    "id": _whole("pk"),
    "name": _text("name"),
    "labels": _labels,
    "created_at": _moment("created_at"),
    "updated_at": _moment("updated_at"),
    "tags": _tag(lambda term: Tag.objects.filter(model=OuterRef("pk"), version=None, key=term.entry)),
}
