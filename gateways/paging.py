"""Lists by opaque tokens: a token says after which row to go on, and of which list it is."""

import base64
import hashlib
import json
from datetime import datetime
from functools import reduce
from typing import Any

from django.db.models import Q, QuerySet

from activity.errors import Invalid


def page(
    rows: QuerySet[Any, Any], ordering: tuple[str, ...], size: int, token: str, *, about: str = "", field: str = "page_token"
) -> tuple[list[Any], str]:
    """Return a page of a list and the token of the next one, nothing at the end.

    `ordering` ends with something unique; none of its columns is ever null. `about` is what the list was asked by: a token of another
    list is refused. Raises Invalid.
    """
    print_of_list = hashlib.sha256(json.dumps([ordering, about]).encode()).hexdigest()[:16]
    if token:
        rows = rows.filter(_after(ordering, _values(token, print_of_list, rows.model, ordering, field)))
    found = list(rows.order_by(*ordering)[: size + 1])
    return found[:size], _token(found[size - 1], ordering, print_of_list) if len(found) > size else ""


def _token(row: Any, ordering: tuple[str, ...], print_of_list: str) -> str:
    values = [reduce(getattr, name.removeprefix("-").split("__"), row) for name in ordering]
    text = json.dumps([print_of_list, *(value.isoformat() if isinstance(value, datetime) else value for value in values)])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _values(token: str, print_of_list: str, model: Any, ordering: tuple[str, ...], field: str) -> list[Any]:
    """Read a token. Whatever it may hold, it was not necessarily written by us. Raises Invalid."""
    try:
        given, *texts = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
        names = [name.removeprefix("-") for name in ordering]
        if given == print_of_list and not any(text is None or "\x00" in str(text) for text in texts):
            return [_column(model, name).to_python(text) for name, text in zip(names, texts, strict=True)]
    except Exception as error:  # a forged token may break in any way
        raise _foreign(field) from error
    raise _foreign(field)


def _column(model: Any, name: str) -> Any:
    """The column that an ordering names, perhaps one of a row that this one names."""
    *parents, last = name.split("__")
    for parent in parents:
        model = model._meta.get_field(parent).related_model
    return model._meta.pk if last == "pk" else model._meta.get_field(last)


def _foreign(field: str) -> Invalid:
    return Invalid("Invalid page token: it is not one that this list gave. Start again without it.", field=field)


def _after(ordering: tuple[str, ...], values: list[Any]) -> Q:
    """The condition that a row comes after these values."""
    condition, equal = Q(), Q()
    for column, value in zip(ordering, values, strict=True):
        name, sign = (column[1:], "lt") if column.startswith("-") else (column, "gt")
        condition |= equal & Q(**{f"{name}__{sign}": value})
        equal &= Q(**{name: value})
    first, sign = (ordering[0][1:], "lte") if ordering[0].startswith("-") else (ordering[0], "gte")
    return Q(**{f"{first}__{sign}": values[0]}) & condition  # the first alone lets a database begin in its index
