"""Verta's predicates, order and pages: its `find` bodies as terms of the one find language."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import OrderBy

from activity.errors import Invalid
from gateways.call import Call
from gateways.protocol import Json
from gateways.verta import wire
from gateways.verta.reading import stage_key
from registry.models import Stage
from registry.search import SearchError, Term, condition, condition_on_models

OPERATORS = {
    "EQ": 0, "NE": 1, "GT": 2, "GTE": 3, "LT": 4, "LTE": 5, "CONTAIN": 6, "NOT_CONTAIN": 7, "IN": 8, "NOT_IN": 9,
}  # fmt: skip
SIGNS = {"EQ": "==", "NE": "!=", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<=", "CONTAIN": "~="}
_TIMES = {"time_created": "created_at", "time_updated": "updated_at"}
# What may be asked, as the find language calls it.
VERSIONS = {
    "id": "id", "registered_model_id": "model_id", "experiment_run_id": "attributes", "version": "version", "stage": "stage",
    "labels": "labels", **_TIMES,
}  # fmt: skip
MODELS = {"id": "id", "name": "name", "labels": "labels", **_TIMES}
ORDER_OF_MODELS = {"": "pk", "id": "pk", "name": "name", **_TIMES}
ORDER_OF_VERSIONS = {"": "pk", "id": "pk", "registered_model_id": "model_id", "version": "name", **_TIMES}
# Its client takes these words for numbers before it sends them.
SPELLINGS = {"NaN": ("NaN", "nan"), "Infinity": ("Infinity", "infinity", "inf"), "-Infinity": ("-Infinity", "-infinity", "-inf")}
MOST_PREDICATES, MOST_ROWS, USUAL_ROWS = 30, 10_000, 10


def narrowed(call: Call, rows: QuerySet[Any], stages: Iterable[Stage] | None = None) -> QuerySet[Any]:
    """Return the rows that the body asks for: versions where `stages` are given, else models. Raises Invalid."""
    predicates = call.objects("predicates")
    if len(predicates) > MOST_PREDICATES:
        raise Invalid(f"There are more than {MOST_PREDICATES} predicates. Ask for less at once.", field="predicates")
    for predicate in predicates:
        rows = rows.filter(_condition(predicate, stages))
    ids = call.body.get("ids") or []
    if not isinstance(ids, list) or any(
        type(each) is not int and not (isinstance(each, str) and each.isdecimal()) for each in ids
    ):
        raise Invalid("“ids” is a list of numbers. Nothing was done.", field="ids")
    return rows.filter(pk__in=[int(each) for each in ids]) if ids else rows


def _condition(predicate: Json, stages: Iterable[Stage] | None) -> Q:
    known = MODELS if stages is None else VERSIONS
    key = predicate.get("key")
    if not isinstance(key, str) or key not in known:
        raise Invalid(f"“{str(key)[:40]}” is nothing to look for. Choose one of: {', '.join(known)}.", field="predicates")
    operator = wire.enum(predicate.get("operator", 0), OPERATORS, "operator")
    if operator not in SIGNS:
        raise Invalid(
            f"{operator} is not known here. Send one predicate for each value, all of which must hold.", field="predicates"
        )
    try:
        return _compiled(known[key], SIGNS[operator], _texts(predicate.get("value"), key), stages)
    except SearchError as error:
        raise Invalid(f"“{key}”: {error.detail.partition(': ')[2]} Nothing was done.", field="predicates") from None


def _compiled(key: str, sign: str, texts: tuple[str, ...], stages: Iterable[Stage] | None) -> Q:
    """What one predicate says; the texts are spellings of one value."""

    def compiled(sign: str, text: str) -> Q:
        entry = wire.kept_as("experiment_run_id") if key == "attributes" else ""
        term = Term(key, sign, text, entry, quoted=key not in ("id", "model_id"))
        return condition_on_models([term]) if stages is None else condition([term], stages)

    if key in ("created_at", "updated_at"):
        start, after = (_moment(texts[0], milliseconds) for milliseconds in (0, 1))
        bounds = {">": ((">=", after),), "<=": (("<", after),), ">=": ((">=", start),), "<": (("<", start),)}
        within = bounds.get(sign, ((">=", start), ("<", after)))  # a moment is shown as a whole millisecond
        found = reduce(and_, (compiled(each, text) for each, text in within))
        return ~found if sign == "!=" else found
    if key in ("id", "model_id"):
        texts = texts[:1]
    if key == "stage" and stages is not None:
        texts = (stage_key(texts[0].upper(), stages) or texts[0],)
    return reduce(and_ if sign == "!=" else or_, (compiled(sign, text) for text in texts))


def _texts(value: Any, key: str) -> tuple[str, ...]:
    """The ways to spell a value: `2` arrives as 2.0, and means what is called “2” or “2.0”. Raises Invalid."""
    if isinstance(value, str) and "\x00" not in value:
        return SPELLINGS.get(value, (value,))
    if type(value) is int or (type(value) is float and abs(value) < 2**63 and value == int(value)):
        return (str(int(value)), f"{int(value)}.0")
    if type(value) is float:
        return (str(value),)
    raise Invalid(f"“{key}” is compared with a text or a number. Nothing was done.", field="predicates")


def _moment(text: str, later: int) -> str:
    """A moment, so many milliseconds after the one that is meant, as the find language writes it. Raises Invalid."""
    try:
        return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(text) + later)).isoformat()
    except (ValueError, OverflowError):
        raise Invalid(f"“{text[:40]}” is no time. Send milliseconds since 1970.", field="predicates") from None


def page(call: Call, rows: QuerySet[Any], stages: Iterable[Stage] | None = None) -> tuple[list[Any], str]:
    """Return the page of rows that the body asks for, and how many there are in all. Raises Invalid.

    Its client goes by numbers of pages until it has as many rows as there are in all, so this counts, and skips what comes before.
    """
    asked = call.body.get("pagination") or {}
    if not isinstance(asked, dict):
        raise Invalid("“pagination” is an object of page_number and page_limit. Nothing was done.", field="pagination")
    number, limit = asked.get("page_number", 1), asked.get("page_limit", USUAL_ROWS)
    if type(number) is not int or type(limit) is not int or number < 1 or not 1 <= limit <= MOST_ROWS:
        raise Invalid(f"A page has a number from 1, and 1 to {MOST_ROWS:,} rows. Nothing was done.", field="pagination")
    rows = rows.order_by(*_ordering(call, stages))
    total, before = rows.count(), (number - 1) * limit
    return list(rows[before : before + limit]) if before < total else [], str(total)


def _ordering(call: Call, stages: Iterable[Stage] | None) -> list[OrderBy]:
    """By the key asked for, in either direction, what is equal by id: nothing is told twice or left out. Raises Invalid."""
    known = ORDER_OF_MODELS if stages is None else ORDER_OF_VERSIONS
    key, descending = call.text("sort_key"), not call.flag("ascending")
    column: Any = F(known.get(key, "pk"))
    if key == "stage" and stages is not None:
        placed = [When(stage=stage.key, then=Value(stage.position)) for stage in stages]
        column = Case(*placed, default=Value(-1), output_field=IntegerField())
    elif key not in known:
        raise Invalid(f"Nothing is sorted by “{key[:40]}”. Choose one of: {', '.join(filter(None, known))}.", field="sort_key")
    return [OrderBy(column, descending=descending), OrderBy(F("pk"), descending=descending)]
