"""Who holds which stage, and who held it when."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from activity import clock
from activity.moments import moment_of, rfc3339
from config.endpoint import Endpoint
from config.operation import operation, page_of
from config.serializers import ListQuery
from registry.lookup import find_model
from registry.models import Stage, StageAssignment
from registry.serializers import ActiveStagesSerializer, MomentQuery, StageEntrySerializer

Json = dict[str, Any]


class ActiveStages(Endpoint):
    """Who holds each stage."""

    @operation("read_active_stages", answer=ActiveStagesSerializer, query=MomentQuery)
    def get(self, request: Request, ws: str, name: str) -> Response:
        """Read who holds each stage, latest entry first, now or `at` a time past; a date is its first moment, in UTC.

        `archived`: ever in a stage of kind production by then, and not its holder.
        """
        model = find_model(request.user, ws, name)
        moment = moment_of(self.asked["at"], "at") if "at" in self.asked else clock.now()
        entries = StageAssignment.objects.filter(model=model)  # also of versions deleted since: what was, was
        stages = Stage.objects.current().filter(workspace=model.workspace_id).exclude(kind=Stage.Kind.UNASSIGNED)
        holders: dict[str, list[Json]] = {stage.key: [] for stage in stages}
        held = entries.at(moment).order_by("-entered_at", "-pk")
        for key, number, version, since, kind in held.values_list(
            "stage__key", "version__number", "version__name", "entered_at", "stage__kind"
        ):
            holders.setdefault(key, []).append({"version": number, "name": version, "since": rfc3339(since), "kind": kind})
        production = entries.filter(stage__kind=Stage.Kind.PRODUCTION, entered_at__lte=moment)
        ever = set(production.values_list("version__number", flat=True))
        now = {holder["version"] for row in holders.values() for holder in row if holder.pop("kind") == Stage.Kind.PRODUCTION}
        return Response({"stages": holders, "archived": sorted(ever - now)})


class StageHistory(Endpoint):
    """Who held which stage when."""

    @operation("list_stage_history", answer=page_of(StageEntrySerializer), query=ListQuery)
    def get(self, request: Request, ws: str, name: str) -> Response:
        """List one row per entry into a stage, newest first."""
        model = find_model(request.user, ws, name)
        return self.page(entry_values(StageAssignment.objects.filter(model=model)), entry_bodies, ("-entered_at", "-id"))


def entry_values(entries: QuerySet[StageAssignment]) -> QuerySet[StageAssignment, Any]:
    """The columns that bodies of entries are made of."""
    return entries.values(
        "id", "version__number", "version__name", "stage__key", "entered_at", "left_at", "opened_by_request_id", "actor__username"
    )


def entry_bodies(rows: Iterable[Json]) -> list[Json]:
    """Return the bodies of entries into stages, from their values."""
    return [
        {
            "version": row["version__number"],
            "name": row["version__name"],
            "stage": row["stage__key"],
            "entered_at": rfc3339(row["entered_at"]),
            "left_at": rfc3339(row["left_at"]) if row["left_at"] else None,
            "request": row["opened_by_request_id"],
            "imported": row["opened_by_request_id"] is None,
            "actor": row["actor__username"],
        }
        for row in rows
    ]
