"""Lines of the log with names in place of ids, as rows, CSV and JSON Lines: the same rows for the page, the API and the files."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from defusedcsv import csv
from django.db.models import QuerySet

from accounts.models import User, Workspace
from activity.models import Activity
from activity.moments import rfc3339
from registry.models import ModelVersion, RegisteredModel

COLUMNS = (
    "id", "at", "verb", "actor", "via", "workspace", "model", "version", "request", "person", "from_stage", "to_stage",
    "skipped_stages", "data", "chain", "seq", "hash",
)  # fmt: skip
CHUNK = 500
CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}

Row = dict[str, Any]


def iter_rows(queryset: QuerySet[Activity]) -> Iterator[Row]:
    """Yield the rows of all these lines, newest first; every chunk is read by itself, so that no cursor stays open meanwhile."""
    lines = queryset.select_related("chain").order_by("-id")
    chunk = list(lines[:CHUNK])
    while chunk:
        yield from rows_of(chunk)
        chunk = list(lines.filter(pk__lt=chunk[-1].pk)[:CHUNK]) if len(chunk) == CHUNK else []


def rows_of(lines: list[Activity]) -> list[Row]:
    """Return the rows of some lines, in four queries whatever their number; `select_related("chain")` saves one for each.

    A thing has the name that it has now; `version` is its number. Nobody did what the system did: its `actor` is None.
    """
    people = dict(User.objects.filter(pk__in=_ids(lines, "actor_id", "person_id")).values_list("pk", "username"))
    workspaces = dict(Workspace.objects.filter(pk__in=_ids(lines, "workspace_id")).values_list("pk", "slug"))
    models = dict(RegisteredModel.objects.filter(pk__in=_ids(lines, "model_id")).values_list("pk", "name"))
    versions = dict(ModelVersion.objects.filter(pk__in=_ids(lines, "version_id")).values_list("pk", "number"))
    return [_row(line, people, workspaces, models, versions) for line in lines]


def _ids(lines: list[Activity], *fields: str) -> set[int]:
    return {getattr(line, field) for line in lines for field in fields} - {None}


def _row(
    line: Activity, people: dict[int, str], workspaces: dict[int, str], models: dict[int, str], versions: dict[int, int]
) -> Row:
    data = json.loads(line.data)
    return {
        "id": line.pk,
        "at": rfc3339(line.created_at),
        "verb": line.verb,
        "actor": people.get(line.actor_id or 0),
        "via": line.via,
        "workspace": workspaces.get(line.workspace_id or 0),
        "model": models.get(line.model_id or 0),
        "version": versions.get(line.version_id or 0),
        "request": line.request_id,
        "person": people.get(line.person_id or 0),
        "from_stage": line.from_stage,
        "to_stage": line.to_stage,
        "skipped_stages": data.get("skipped_stages", []),
        "data": data,
        "chain": line.chain.key,
        "seq": line.seq,
        "hash": line.hash,
    }


class _Line:
    """What a CSV writer writes to: hands each line back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def csv_stream(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the rows as lines of CSV with a heading; what a spreadsheet would take for a formula is escaped."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for row in rows:
        flat = row | {"skipped_stages": " ".join(row["skipped_stages"]), "data": json.dumps(row["data"], ensure_ascii=False)}
        yield writer.writerow(flat[column] for column in COLUMNS)


def jsonl_stream(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the rows as JSON, one to a line."""
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


STREAMS = {"csv": csv_stream, "jsonl": jsonl_stream}
