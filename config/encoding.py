"""Everything that comes in is UTF-8."""

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.utils.http import parse_header_parameters


class UTF8Request(WSGIRequest):
    """A request that is read as UTF-8, whatever its header says.

    Django reads it in the charset of `Content-Type`, and breaks, before any of our code runs, on one that is no text: `zlib`, `rot13`.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
