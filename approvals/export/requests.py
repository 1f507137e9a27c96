"""The requests of a version as documents: what the API says of each, what was approved word by word, and what it was compared with."""

import json
from collections.abc import Iterator
from copy import copy
from typing import Any

from django.db.models import DateTimeField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.caller import Caller
from activity import clock
from activity.models import Activity
from approvals.api.requests import request_bodies
from approvals.export.past import NOW, Past
from approvals.models import StageChangeRequest
from approvals.snapshot import digest_of, snapshot_of
from registry.api.comparison import comparison_body
from registry.content import spelling
from registry.models import ModelVersion, Stage, StageAssignment

Json = dict[str, Any]
CHUNK = 100
TRIES = 5  # somebody may vote meanwhile
COMPARED = (Stage.Kind.WORKING, Stage.Kind.PRODUCTION)


def request_documents(version: ModelVersion, by: Caller) -> Iterator[Json]:
    """Yield a document for each request of the version, oldest first; queries by the chunk, not by the request."""
    rows, reached = _with_holders(version), 0
    while documents := _at_one_moment(version, rows.filter(pk__gt=reached)[:CHUNK], by):
        yield from documents
        reached = documents[-1]["request"]["id"]


def _at_one_moment(version: ModelVersion, rows: QuerySet[StageChangeRequest], by: Caller) -> list[Json]:
    """The documents of some requests, read while nothing was written about the version; `log_line` is the last line before that."""
    for _ in range(TRIES):
        before = last_line(version)
        if not (chunk := list(rows.all())):
            return []
        documents = _documents(version, chunk, Past(version.model.workspace_id), by)
        if last_line(version) == before:
            break
    return [document | {"log_line": before} for document in documents]


def last_line(version: ModelVersion) -> int:
    """The number of the last line about a version, in the chain of its model."""
    return Activity.objects.filter(version_id=version.pk).order_by("-id").values_list("seq", flat=True)[0]


def _with_holders(version: ModelVersion) -> QuerySet[StageChangeRequest]:
    """The requests with the id of the version to compare with: the newest holder of the stage asked for, else of production.

    Now, or when the request ended, what it displaced itself included: as on the request's page.
    """
    ended = Coalesce(OuterRef("decided_at"), Value(clock.now(), DateTimeField()))
    still = Q(left_at=None) | Q(left_at__gt=OuterRef("decided_at")) | Q(closed_by_request_id=OuterRef("pk"))
    held = StageAssignment.objects.filter(still, model=version.model_id, entered_at__lt=ended).exclude(version=version.pk)
    newest = held.order_by("-entered_at", "-pk").values("version_id")
    production = Stage.objects.filter(workspace=version.model.workspace_id, kind=Stage.Kind.PRODUCTION).values_list(
        "pk", flat=True
    )
    return (
        StageChangeRequest.objects.with_everything()
        .filter(version=version)
        .annotate(
            holder=Coalesce(
                Subquery(newest.filter(stage=OuterRef("to_stage"))[:1]), Subquery(newest.filter(stage__in=list(production))[:1])
            )
        )
        .order_by("pk")
    )


def _documents(version: ModelVersion, chunk: list[StageChangeRequest], past: Past, by: Caller) -> list[Json]:
    holders = ModelVersion.objects.in_bulk({row.holder for row in chunk if row.to_stage.kind in COMPARED} - {None})  # type: ignore[attr-defined]
    past.read_edits({version.pk, *holders})
    made_room = _made_room(chunk)
    return [
        _document(row, body, made_room[row.pk], past, holders.get(row.holder))  # type: ignore[attr-defined]  # annotated
        for row, body in zip(chunk, request_bodies(chunk, by), strict=True)
    ]


def _document(row: StageChangeRequest, body: Json, made_room: list[list[Json]], past: Past, holder: ModelVersion | None) -> Json:
    """One request; `approved_content` is the text whose digest it carries, null where that cannot be put together any more."""
    ended, version = row.closing_activity_id or NOW, row.version
    content = past.content(version, ended)
    policy = past.policy(row.to_stage.key, row.to_stage.policy.content, ended)
    told = [[{"version": each["version"], "becomes": each["becomes"]} for each in body["incumbents"]], *made_room, []]
    snapshots = (snapshot_of(content, row.from_stage.key, row.to_stage.key, policy, displaced) for displaced in told)
    approved = next((snapshot for snapshot in snapshots if digest_of(snapshot) == body["digest"]), None)
    return {
        "request": _for_good(body, row),
        "policy": policy,
        "approved_content": spelling(approved).decode() if approved else None,
        "comparison": _comparison(version, holder, past, ended) if holder else None,
    }


def _for_good(body: Json, row: StageChangeRequest) -> Json:
    """What the API says of a request, without what depends on who reads it, and, once it has ended, on who may decide today."""
    told = {name: value for name, value in body.items() if name != "available_actions"}
    if not row.is_pending:
        told["reviews"] = [{name: value for name, value in review.items() if name != "counts"} for review in body["reviews"]]
    return told


def _made_room(chunk: list[StageChangeRequest]) -> dict[int, list[list[Json]]]:
    """Who made room for each request, and who was to when it was filed or last changed, as the log tells it; one query."""
    rows = Activity.objects.filter(
        request_id__in=[row.pk for row in chunk],
        verb__in=("stage_change.requested", "stage_change.approvals_voided", "model_version.displaced"),
    )
    found: dict[int, list[list[Json]]] = {row.pk: [[], []] for row in chunk}
    for request_id, verb, to_stage, text in rows.order_by("pk").values_list("request_id", "verb", "to_stage", "data"):
        displaced, asked = found[request_id or 0]
        data = json.loads(text)
        if verb == "model_version.displaced":
            displaced.append({"version": data["number"], "becomes": to_stage})
        else:
            asked[:] = data.get("incumbents", [])
    return found


def _comparison(version: ModelVersion, holder: ModelVersion, past: Past, ended: int) -> Json:
    """The comparison of the two as they were when the request ended."""
    return comparison_body(_as_it_was(version, past, ended), _as_it_was(holder, past, ended))


def _as_it_was(version: ModelVersion, past: Past, ended: int) -> ModelVersion:
    then = copy(version)
    for field, value in past.content(version, ended).items():
        setattr(then, field, value)
    return then
