"""Metrics, parameters and attributes as people type them: one `name = value` a line, or a JSON object. Pure functions."""

import json
from typing import Any

from activity.errors import Invalid


def read_entries(text: str, field: str) -> dict[str, Any]:
    """Return what was typed as an object. Raises Invalid naming the line, with what was expected there.

    A value that is JSON is taken as such (`0.91`, `true`, `"0.91"`, `[63, 63]`); anything else is a text.
    """
    if text.lstrip().startswith("{"):
        return _read_object(text, field)
    entries: dict[str, Any] = {}
    for number, line in enumerate(_lines(text), start=1):
        if line.strip():
            name, value = _read_line(line, number, field)
            if name in entries:
                raise Invalid(f"Line {number}: “{name}” stands there twice. Keep one of the two.", field=field)
            entries[name] = value
    return entries


def _lines(text: str) -> list[str]:
    """Only what a keyboard makes ends a line; `str.splitlines` knows more ends, which may stand within a text."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _read_line(line: str, number: int, field: str) -> tuple[str, Any]:
    name, sign, value = line.partition("=")
    if not sign:
        raise Invalid(f"Line {number}: “{line.strip()}” has no “=”. Write each line as name = value.", field=field)
    if not name.strip():
        raise Invalid(f"Line {number}: there is no name before the “=”.", field=field)
    if not value.strip():
        raise Invalid(f'Line {number}: there is no value after the “=”. An empty text is written as "".', field=field)
    try:
        return name.strip(), json.loads(value, parse_constant=_not_a_number)
    except (ValueError, RecursionError):
        return name.strip(), value.strip()


def _read_object(text: str, field: str) -> dict[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_not_a_number)
    except json.JSONDecodeError as error:
        raise Invalid(
            f"This is not JSON: line {error.lineno}, column {error.colno}: {error.msg.lower()}.", field=field
        ) from error
    except (ValueError, RecursionError) as error:
        raise Invalid(f"This JSON cannot be taken: {error}.", field=field) from error
    return dict(value)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Take the pairs of an object; JSON's readers disagree about which of two equal names counts. Raises ValueError."""
    taken = dict(pairs)
    if len(taken) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"“{double}” stands in one object twice")
    return taken


def _not_a_number(word: str) -> None:
    raise ValueError(f"{word} is not a number that can be stored")


def write_entries(entries: dict[str, Any]) -> str:
    """Return entries as lines that `read_entries` reads as the same; as JSON where a name does not fit on its side of a line."""
    if any(_needs_json(name) for name in entries):
        return json.dumps(entries, ensure_ascii=False, indent=2)
    return "\n".join(f"{name} = {_write_value(value)}" for name, value in entries.items())


def _needs_json(name: str) -> bool:
    return name != name.strip() or "=" in name or name.startswith("{") or not name or len(_lines(name)) > 1


def _write_value(value: Any) -> str:
    """Return a text as it is where it reads as itself, else in JSON's quotes."""
    plain = isinstance(value, str) and value and value == value.strip() and len(_lines(value)) == 1 and not _reads_as_json(value)
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


def _reads_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
