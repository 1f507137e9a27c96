"""Fenced blocks of the documentation: `bash` and `python` are run, `json` and `text` after one are what it says."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANYTHING = "…"
RUN = ("bash", "python")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, whether it starts a server that goes on running, its text, and the line it stands in."""

    language: str
    server: bool
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in order."""
    source = page.read_text(encoding="utf-8")
    return [
        Block(found[1], found[2].strip() == "server", found[3], source[: found.start()].count("\n") + 1)
        for found in FENCE.finditer(source)
    ]


def unlike(shown: Any, said: Any, place: str = "") -> Iterator[str]:
    """Yield where an answer is not as shown: it may say more than is shown, and `…` stands for anything."""
    if shown == ANYTHING:
        return
    if isinstance(shown, dict) and isinstance(said, dict):
        for key, value in shown.items():
            if key in said:
                yield from unlike(value, said[key], f"{place}.{key}")
            else:
                yield f"{place}.{key} is not there"
    elif isinstance(shown, list) and isinstance(said, list) and len(shown) == len(said):
        for index, (left, right) in enumerate(zip(shown, said, strict=True)):
            yield from unlike(left, right, f"{place}[{index}]")
    elif isinstance(shown, str) and isinstance(said, str) and ANYTHING in shown:
        if not matches(shown, said):
            yield f"{place} is {said!r}, not {shown!r}"
    elif shown != said:
        yield f"{place} is {said!r}, not {shown!r}"


def matches(shown: str, said: str) -> bool:
    """Tell whether a text is as shown, `…` being anything."""
    return re.fullmatch(".*".join(re.escape(part) for part in shown.split(ANYTHING)), said, re.DOTALL) is not None


def differences(block: Block, said: str) -> list[str]:
    """Return where what a command said is not what its page shows."""
    if block.language == "json":
        return list(unlike(json.loads(block.text), json.loads(said)))
    shown, lines = block.text.strip().splitlines(), said.strip().splitlines()
    same = len(shown) == len(lines) and all(
        matches(left.strip(), right.strip()) for left, right in zip(shown, lines, strict=True)
    )
    return [] if same else [f"it said {said!r}"]
