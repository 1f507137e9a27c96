"""The figures behind the charts."""

from typing import Any

from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from activity.errors import Invalid
from config.endpoint import Endpoint
from config.operation import operation
from insights.export import CSV, TABLES, as_csv
from insights.figures import Figures, figures_for
from insights.serializers import InsightsQuery, InsightsSerializer


class Insights(Endpoint):
    """What the log says in figures."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """A file is what `format` says, whatever the header accepts."""
        if request.query_params.get("format") == "csv":
            return JSONRenderer(), JSONRenderer.media_type
        return super().perform_content_negotiation(request, force)

    @operation("read_insights", answer=InsightsSerializer, query=InsightsQuery, files=("text/csv",))
    def get(self, request: Request) -> Response | HttpResponse:
        """Read how versions moved, how long approving took and what was out of the ordinary, as JSON or one table as CSV.

        Only what you may see is counted. A version counts once, in the foremost stage that it holds; days are those of UTC.
        """
        asked = self.asked
        if ("format" in asked) != ("table" in asked):
            raise Invalid("format and table go together: format=csv&table=time_to_approve.", field="table")
        figures = figures_for(request.user, asked["days"], workspace=asked.get("workspace", ""), model=asked.get("model", ""))
        if "format" not in asked:
            return Response(InsightsSerializer(_body(figures)).data)
        name = asked["table"].replace("_", "-")
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return HttpResponse(as_csv(TABLES[asked["table"]](figures)), content_type=CSV, headers=headers)


def _body(figures: Figures) -> dict[str, Any]:
    keys = [stage.key for stage in figures.stages]
    return {
        "days": figures.days,
        "counted_until": figures.told_until,
        "versions_per_stage": [
            {"day": point.until, "versions": {key: point.versions.get(key, 0) for key in keys}} for point in figures.points
        ],
        "time_to_approve": [
            {"to_stage": wait.stage, "count": wait.count, "median_seconds": wait.median, "p90_seconds": wait.ninetieth}
            for wait in figures.waits
        ],
        "age_of_pending": [{"from_days": band.since, "to_days": band.until, "count": band.count} for band in figures.bands],
        "changes_applied": figures.points,
    }
