"""Stage change requests: filed, listed, read."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.caller import Caller
from accounts.models import User
from activity.errors import NotFound
from approvals.models import StageChangeRequest
from approvals.serializers.requests import FileRequest, RequestQuery, RequestSerializer
from approvals.services import request_stage_change
from approvals.situations import load_situations
from config.endpoint import Endpoint, Json
from config.operation import operation, page_of
from registry.lookup import find_version

Requests = QuerySet[StageChangeRequest]
PATH = "/api/v1/stage-change-requests"


def request_bodies(change_requests: Iterable[StageChangeRequest], by: Caller) -> list[Json]:
    """Return the bodies of requests, which must come from `with_everything()`, as this caller sees them."""
    return list(RequestSerializer(load_situations(change_requests), many=True, context={"by": by}).data)


def request_body(change_request: StageChangeRequest, by: Caller) -> Json:
    """Return the body of one request, read afresh."""
    return answer_body(StageChangeRequest.objects.with_everything().get(pk=change_request.pk), by)


def answer_body(change_request: StageChangeRequest, by: Caller) -> Json:
    """Return the body of a request that a service answered with: it was read afresh for that, with everything."""
    (body,) = request_bodies([change_request], by)
    return body


def find_request(user: Any, pk: int) -> StageChangeRequest:
    """Return the request that the user may see. Raises NotFound."""
    change_request = StageChangeRequest.objects.visible_to(user).filter(pk=pk).first()
    if change_request is None:
        raise NotFound(f"There is no stage change request {pk} that you may see. Check the address.")
    return change_request


class VersionRequests(Endpoint):
    """The stage change requests of a version."""

    @operation("request_stage_change", body=FileRequest, answer=RequestSerializer, status=201)
    def post(self, request: Request, ws: str, name: str, number: int) -> Response:
        """Ask that a version move to a stage. Where its policy asks for no approval, it is `applied` at once."""
        version, sent = find_version(request.user, ws, name, number), self.sent
        return self.change(
            lambda: request_stage_change(version_id=version.pk, by=self.by, **sent),
            lambda filed: answer_body(filed, self.by),
            status=201,
            location=lambda body: f"{PATH}/{body['id']}",
        )


class AllRequests(Endpoint):
    """All stage change requests of the caller's workspaces."""

    @operation("list_stage_change_requests", answer=page_of(RequestSerializer), query=RequestQuery)
    def get(self, request: Request) -> Response:
        """List stage change requests of your workspaces: newest first, those that wait oldest first."""
        requests: Requests = StageChangeRequest.objects.visible_to(self.by.person).with_everything()
        for name, narrow in FILTERS.items():
            if name in self.asked:
                requests = narrow(requests, self.asked[name], self.by.person)
        waiting = self.asked.get("status") == "pending" or "awaiting" in self.asked
        return self.page(requests, lambda rows: request_bodies(rows, self.by), "id" if waiting else "-id")


class OneRequest(Endpoint):
    """A stage change request."""

    @operation("read_stage_change_request", answer=RequestSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Read a stage change request: what it asks for, what it still needs, and what you may do with it."""
        return self.show(request_body(find_request(request.user, pk), self.by))


FILTERS: dict[str, Callable[[Requests, Any, User], Requests]] = {
    "workspace": lambda requests, slug, user: requests.filter(version__model__workspace__slug=slug),
    "model": lambda requests, name, user: requests.filter(version__model__name=name),
    "version": lambda requests, number, user: requests.filter(version__number=number),
    "status": lambda requests, status, user: requests.filter(status=status),
    "requester": lambda requests, username, user: requests.filter(requester__username=username),
    "to_stage": lambda requests, key, user: requests.filter(to_stage__key=key),
    "effect": lambda requests, effect, user: requests.filter(effect=effect),
    "to_be_reviewed": lambda requests, wanted, user: requests.to_be_reviewed() if wanted else requests,  # type: ignore[attr-defined]
    "awaiting": lambda requests, me, user: requests.awaiting(user),  # type: ignore[attr-defined]
}
