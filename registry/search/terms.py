"""What a query is made of: terms that all must hold. Whatever reads a query makes these, and the compiler takes nothing else."""

import re
from dataclasses import dataclass
from datetime import datetime

from activity.errors import Invalid
from activity.moments import span

TEXTS = ("description", "created_by", "run_url", "artifact_uri", "artifact_digest")
ENTRIES = ("metrics", "parameters", "attributes")
KEYS = ("version", "name", "number", "stage", "labels", "lock", *TEXTS, "created_at", "updated_at", *ENTRIES)
OPERATORS = ("==", "!=", ">", ">=", "<", "<=", "~=")

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")


class SearchError(Invalid):
    """A query that cannot be read: `column` (from 1) is where, `expected` what could stand there."""

    def __init__(self, problem: str, column: int, expected: tuple[str, ...] = ()) -> None:
        super().__init__(f"Column {column}: {problem}", field="find", column=column, expected=list(expected))


@dataclass(frozen=True)
class Term:
    """One comparison: `key`, or `key.entry`, with a value. The columns say where each part stood in the text.

    Other languages than ours compare by `like` and `ilike` too, and by `in` and `not in` with several `texts`. With `or_absent`, what
    has no such entry is meant as well.
    """

    key: str
    operator: str
    text: str
    entry: str = ""
    quoted: bool = False
    column: int = 1
    operator_column: int = 1
    value_column: int = 1
    texts: tuple[str, ...] = ()
    or_absent: bool = False

    @property
    def shown(self) -> str:
        """How the left side is called in a sentence."""
        return f"{self.key}.{self.entry}" if self.entry else self.key

    @property
    def flag(self) -> bool | None:
        """The value as true or false, None when it is neither."""
        return None if self.quoted else {"true": True, "false": False}.get(self.text)

    @property
    def number(self) -> int | float | None:
        """The value as a number, None when it is not one. Raises SearchError for one beyond all floats."""
        if self.quoted or not _NUMBER.fullmatch(self.text):
            return None
        if _WHOLE.fullmatch(self.text):
            return int(self.text)
        number = float(self.text)
        if number in (float("inf"), float("-inf")):
            raise SearchError(f"{self.text[:20]} is too large a number.", self.value_column, ("a number",))
        return number

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The value as a span of time: a day, or one moment twice. Raises SearchError."""
        try:
            return span(self.text, self.key)
        except Invalid:
            raise SearchError(
                f"“{self.text}” is not a date. Write 2026-10-03, or a moment such as 2026-10-03T14:00:00Z.",
                self.value_column,
                ("a date",),
            ) from None
