"""What a person reads and what a script reads."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO

COLOURS = {
    "green": ("applied", "passed", "satisfied", "production", "candidate"),
    "yellow": ("pending", "waits", "staging", "unsatisfied"),
    "red": ("rejected", "failed"),
    "dim": ("revoked", "expired", "superseded", "archived", "unassigned", "–"),
}
_CODES = {"green": "32", "yellow": "33", "red": "31", "dim": "2", "bold": "1"}
_COLOUR_OF = {word: colour for colour, words in COLOURS.items() for word in words}
NOTHING = "–"
LINES = 10.0  # seconds between two lines of progress
LAST_COLUMN = 12  # characters that the last one keeps, which tells the most


class Console:
    """Standard output for results, standard error for everything else; colours on a terminal alone, and not with `NO_COLOR`."""

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool = False) -> None:
        self._out, self._err, self.as_json = out, err, as_json
        self._is_terminal = out.isatty()
        self._colours = self._is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def say(self, text: str) -> None:
        """A result, for a person."""
        self._out.write(f"{text}\n")

    def note(self, text: str) -> None:
        """Something beside the result."""
        self._err.write(f"{text}\n")
        self._err.flush()

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """Yield a function that says how far something is: on one line of a terminal, elsewhere a line now and then."""
        shown, at = "", float("-inf")

        def tell(text: str) -> None:
            nonlocal shown, at
            if text == shown or (not self._err.isatty() and time.monotonic() - at < LINES):
                return
            shown, at = text, time.monotonic()
            self._err.write(f"\r\x1b[K{text}" if self._err.isatty() else f"{text}\n")
            self._err.flush()

        try:
            yield tell
        finally:
            if shown and self._err.isatty():
                self.note("")

    def text(self, text: str) -> None:
        """A result that is a file."""
        self._out.write(text)

    def problem(self, value: Any) -> None:
        """Why there is no result, for a script."""
        self._err.write(f"{json.dumps(value, indent=2, ensure_ascii=False)}\n")

    def data(self, value: Any) -> None:
        """A result, for a script."""
        self._out.write(f"{json.dumps(value, indent=2, ensure_ascii=False)}\n")

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[Any]], *, nothing: str) -> None:
        """Rows below their heads, as wide as the terminal lets them be; a sentence where there are none."""
        cells = [[cell_of(value) for value in row] for row in rows]
        if not cells:
            self.say(nothing)
            return
        widths = [max(len(row[column]) for row in [list(heads), *cells]) for column in range(len(heads))]
        self._fit(widths)
        self.say(self._line(heads, widths, style="bold"))
        for row in cells:
            self.say(self._line(row, widths))

    def facts(self, facts: Iterable[tuple[str, Any]]) -> None:
        """Names with values, one below the other; without what is empty."""
        shown = [(name, cell_of(value)) for name, value in facts if value not in (None, "", [], {})]
        width = max((len(name) for name, _ in shown), default=0)
        for name, text in shown:
            self.say(f"{self._styled(name.ljust(width), 'bold')}  {self._styled(text, _COLOUR_OF.get(text, ''))}".rstrip())

    def _line(self, row: Sequence[str], widths: list[int], style: str = "") -> str:
        parts = []
        for text, width in zip(row, widths):
            shown = text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"
            parts.append(self._styled(shown.ljust(width), style or _COLOUR_OF.get(text, "")))
        return "  ".join(parts).rstrip()

    def _fit(self, widths: list[int]) -> None:
        """Make columns narrower until the table fits the terminal, the last one first; a pipe takes any width."""
        if not self._is_terminal:
            return
        over = sum(widths) + 2 * (len(widths) - 1) - shutil.get_terminal_size().columns
        cut = max(0, min(over, widths[-1] - LAST_COLUMN))
        widths[-1] -= cut
        for _ in range(max(0, over - cut)):
            widths[widths.index(max(widths))] -= 1

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if style and self._colours else text


def cell_of(value: Any) -> str:
    """Return a value as one line of text."""
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(cell_of(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {cell_of(each)}" for name, each in value.items()) or NOTHING
    return " ".join(str(value).split())
