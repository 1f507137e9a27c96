"""Whatever refuses a call, as the protocol's client understands it: its code, our sentence, and the address of what that speaks of."""

import logging

from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, JsonResponse

from activity.errors import DomainError
from config.catalogue import PROBLEMS
from config.problems import note_refusal, told_as_problem
from gateways.protocol import Json, Protocol, Refusal
from registry.errors import NameTaken
from registry.links import request_url

logger = logging.getLogger(__name__)


def refused(protocol: Protocol, request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the answer to a call that failed; what is a fault of ours goes to the server's log."""
    code, detail, facts, headers = _told(request, error)
    note_refusal(request, code, detail)
    status, name = protocol.codes[code]
    if "request" in facts and "://" not in detail:
        detail = f"{detail} {request_url(facts['request'])}"
    if status == 401:
        headers["WWW-Authenticate"] = protocol.challenge
    return JsonResponse(protocol.shape(Refusal(code, name, status, detail, facts)), status=status, headers=headers)


def _told(request: HttpRequest, error: Exception) -> tuple[str, str, Json, dict[str, str]]:
    if isinstance(error, DomainError):
        return "name-taken" if isinstance(error, NameTaken) else error.code, error.detail, error.extras, {}
    told = told_as_problem(error)
    if told is None:
        logger.error("%s %s", request.method, request.path, exc_info=error)
        got_request_exception.send(sender=None, request=request)
        return "server-error", PROBLEMS["server-error"].explanation, {}, {}
    problem, headers = told
    return problem["code"], problem["detail"], problem, headers
