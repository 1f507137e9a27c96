"""The evidence pack, from a page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

from accounts.caller import Caller
from approvals.export.pack import pack_answer


@login_required
@require_safe
def evidence(request: HttpRequest, ws: str, name: str, number: int) -> StreamingHttpResponse:
    """The evidence pack of a version, as a file."""
    return pack_answer(Caller.of_request(request, "page"), ws, name, number)
