"""What a registry has, page by page, as it tells it: models, their aliases, their versions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from activity.errors import Invalid
from imports.items import Note
from imports.sources import Alive, SourceFailed
from moving.asking import Missing, Registry
from registry.content import clean_text

Row = dict[str, Any]
MODELS, VERSIONS = "100", "1000"  # a page; each model comes with its newest version in each stage
MOST = 1_000_000  # versions
PAGES = 100_000  # of one list
NAME = 400  # characters of a name
PROMPT = "mlflow.prompt.is_prompt"
_COPY = re.compile(r"models:/[^/@]+/[0-9]+")


@dataclass(frozen=True)
class Model:
    """A model as it is told there, with its versions."""

    told: Row
    versions: tuple[Row, ...]


@dataclass
class Contents:
    """All that a registry told."""

    models: list[Model] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    versions: int = 0


def read_registry(registry: Registry, alive: Alive, *, with_requests: bool = False) -> Contents:
    """Read all there is; `with_requests`: it has transition requests, too. Raises SourceFailed."""
    found, names = Contents(), set[str]()
    for row in _pages(registry, "registered-models/search", "registered_models", max_results=MODELS):
        name = row.get("name")
        if not isinstance(name, str) or not name or name in names:
            continue  # told twice when something changes while pages are turned
        names.add(name)
        if (fault := _fault(name)) is not None:
            found.notes.append(Note(name, fault))
        elif any(_is(tag, PROMPT, "true") for tag in _rows(row, "tags")):
            found.notes.append(Note(name, "It is a prompt, and no model."))
        elif (quoted := _quoted(name)) is None:
            found.notes.append(Note(name, "Its name has both kinds of quotes, so its versions cannot be asked for there."))
        else:
            _read_model(registry, name, quoted, found, alive, with_requests=with_requests)
    return found


def _read_model(registry: Registry, name: str, quoted: str, found: Contents, alive: Alive, *, with_requests: bool) -> None:
    versions: dict[str, Row | None] = {}
    try:
        told = registry.get("registered-models/get", name=name).get("registered_model")
        if not isinstance(told, dict):
            raise SourceFailed(f"It tells nothing of the model {name} that it lists.")
        rows = _pages(registry, "model-versions/search", "model_versions", filter=f"name={quoted}", max_results=VERSIONS)
        for row in rows:
            number = str(row.get("version"))
            if row.get("name") == name and number not in versions:
                versions[number] = _whole(registry, name, row, found, with_requests=with_requests)
                found.versions += 1
                alive(found.versions)
                if found.versions > MOST:
                    raise SourceFailed(f"It has more than {MOST:,} versions, which is more than is taken.")
    except Missing:
        return  # deleted there since it was listed
    found.models.append(Model(told, tuple(row for row in versions.values() if row is not None)))
    alive(found.versions)


def _whole(registry: Registry, name: str, row: Row, found: Contents, *, with_requests: bool) -> Row | None:
    """A version with what it takes another question to know; None, which is noted, where it is there no more."""
    try:
        return _asked_for(registry, name, row, found, with_requests=with_requests)
    except Missing:
        found.notes.append(Note(f"{name} {row.get('version')}", "It was deleted there while it was read."))
        return None


def _asked_for(registry: Registry, name: str, row: Row, found: Contents, *, with_requests: bool) -> Row:
    number = str(row.get("version", ""))
    if with_requests:
        waiting = _pages(registry, "transition-requests/list", "requests", name=name, version=number)
        found.notes += [
            Note(
                f"{name} {number}",
                f"A request to move it to {each.get('to_stage', 'another stage')} waits there. Ask for it here.",
            )
            for each in waiting
        ]
    if _COPY.fullmatch(str(row.get("source", ""))):
        address = registry.get("model-versions/get-download-uri", name=name, version=number).get("artifact_uri")
        return row | {"artifact_uri": address}
    return row


def _pages(registry: Registry, path: str, key: str, **query: str) -> Iterator[Row]:
    """Yield the rows of every page. Raises SourceFailed for what is no list, and for pages that have no end."""
    tokens = {""}
    token = ""
    while len(tokens) <= PAGES:
        answer = registry.get(path, **query, page_token=token)
        yield from _rows(answer, key)
        token = str(answer.get("next_page_token") or "")
        if not token:
            return
        if token in tokens:
            raise SourceFailed(f"Its pages of {path} have no end: one names a page before it as the next one.")
        tokens.add(token)
    raise SourceFailed(f"Its list of {path} has more than {PAGES:,} pages, which is more than is taken.")


def _rows(told: Row, key: str) -> list[Row]:
    rows = told.get(key) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SourceFailed(f"What it tells of {key} is no list of objects, so it is no model registry that is known.")
    return rows


def _fault(name: str) -> str | None:
    """Why a model of this name cannot be kept."""
    try:
        clean_text(name, "name", NAME)
    except Invalid as refused:
        return refused.detail
    return None


def _is(tag: Row, key: str, value: str) -> bool:
    return tag.get("key") == key and str(tag.get("value")).lower() == value


def _quoted(name: str) -> str | None:
    """A name as a text of MLflow's filters, which know no way to escape a quote."""
    return next((f"{quote}{name}{quote}" for quote in "'\"" if quote not in name), None)
