"""The log, in pages and as files."""

from typing import Any

from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from activity.export import CONTENT_TYPES, STREAMS, iter_rows, rows_of
from activity.filters import filtered, visible_activities
from activity.serializers import ActivityQuery, ActivitySerializer
from config.endpoint import Endpoint
from config.operation import operation, page_of


class Activities(Endpoint):
    """The log."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """A file is what `format` says, whatever the header accepts."""
        if request.query_params.get("format") in STREAMS:
            return JSONRenderer(), JSONRenderer.media_type
        return super().perform_content_negotiation(request, force)

    @operation(
        "list_activities", answer=page_of(ActivitySerializer), query=ActivityQuery, files=("text/csv", "application/jsonl")
    )
    def get(self, request: Request) -> Response | StreamingHttpResponse:
        """List the log of your workspaces, newest first, or take it home as a file."""
        lines = filtered(visible_activities(request.user), self.asked).select_related("chain")
        if "format" not in self.asked:
            return self.page(lines, rows_of)
        kind = self.asked["format"]
        return StreamingHttpResponse(
            STREAMS[kind](iter_rows(lines)),
            content_type=CONTENT_TYPES[kind],
            headers={"Content-Disposition": f'attachment; filename="activity.{kind}"'},
        )
