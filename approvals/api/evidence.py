"""The evidence pack of a version."""

from typing import Any

from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from approvals.export.pack import pack_answer
from config.endpoint import Endpoint
from config.operation import operation


class Evidence(Endpoint):
    """All that is on record about a version, as one file."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """It is a ZIP, whatever the header accepts; refusals are told as everywhere."""
        return JSONRenderer(), JSONRenderer.media_type

    @operation("read_evidence", files=("application/zip",))
    def get(self, request: Request, ws: str, name: str, number: int) -> StreamingHttpResponse:
        """Take home the evidence pack of a version, also of one deleted since: a ZIP with its requests, reviews, checks and log lines.

        `README.txt` in it says how to check it offline, and what that shows.
        """
        return pack_answer(self.by, ws, name, number)
