"""What every view of the API is made of: a request read strictly, one change in one unit of work, one shape of answer."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.http import parse_etags
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import membership_of
from accounts.caller import Caller, Scope
from accounts.models import Role, Workspace
from accounts.rules import check_role
from activity.errors import Invalid, NotFound
from activity.pagination import KeysetPagination
from activity.unit import IdempotencyKey, unit_of_work
from config.api import StrictJSONParser
from config.idempotency import key_of
from registry.errors import PreconditionFailed
from registry.lookup import find_workspace

Row = TypeVar("Row")
Json = dict[str, Any]


class Endpoint(APIView):
    """An address of the API. Each method is described by `config.operation.operation`, which says what it takes.

    `self.by` is the caller, `self.asked` holds the checked query parameters, `self.sent` the checked body.
    """

    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    parser_classes = (StrictJSONParser,)
    metadata_class = None
    by: Caller
    asked: Json

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let in who may come in, then look at the address. Raises ValidationError for an unknown parameter."""
        super().initial(request, *args, **kwargs)
        self.by = Caller.of_request(request, "api")
        handler = getattr(self, str(request.method).lower(), None)
        if str(request.method).lower() not in self.http_method_names or handler is None:
            return  # 405 comes next
        if any("\x00" in value for value in kwargs.values() if isinstance(value, str)):
            raise NotFound("There is nothing here, or nothing that you may see. Check the address.")
        self.asked = self._read_query(request, handler.query)
        if request.method in ("PUT", "PATCH", "DELETE") and not handler.has_etag and "If-Match" in request.headers:
            raise PreconditionFailed("What is here carries no ETag, so nothing was done. Send it again without If-Match.")

    def _read_query(self, request: Request, query: type[Any]) -> Json:
        if twice := [name for name, values in request.query_params.lists() if len(values) > 1]:
            raise ValidationError({name: ["This query parameter was sent twice."] for name in twice})
        reader = query(data={name: value for name, value in request.query_params.items() if value})
        reader.is_valid(raise_exception=True)
        return dict(reader.validated_data)

    @cached_property
    def sent(self) -> Json:
        """The checked body: for PATCH only what was sent. Raises ValidationError, ParseError, Invalid."""
        method = str(self.request.method).lower()
        reader = getattr(self, method).body(data=self._data(), partial=method == "patch")
        reader.is_valid(raise_exception=True)
        return dict(reader.validated_data)

    def _data(self) -> Any:
        try:
            self.request.body  # noqa: B018 - read whole first: only so does the limit on its size hold
        except RequestDataTooBig:
            most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
            raise Invalid(f"The body is larger than {most} MB, so nothing was done. Send less at once.") from None
        return self.request.data

    def expected(self, revision: int) -> int | None:
        """The revision that the caller wants to change, by `If-Match`; None when any will do. Raises PreconditionFailed."""
        given = self.request.headers.get("If-Match")
        if given is None or given.strip() == "*":
            return None
        if f'"{revision}"' not in parse_etags(given):
            raise PreconditionFailed(
                "This was changed since you read it, so nothing was written. Read it again, then make your change."
            )
        return revision

    def idempotency_key(self, part: str = "") -> IdempotencyKey | None:
        """The caller's promise, scoped to them, the method, the path, and a part of the body where it asks for several things."""
        text = self.request.headers.get("Idempotency-Key")
        if text is None or self.request.method != "POST":
            return None
        return key_of(text, self.by.person.pk, self.request.method, self.request.path, self.request.data, part)

    def show(self, body: Json) -> Response:
        """Answer with an object and its ETag."""
        return answer(body)

    def change(
        self,
        do: Callable[[], Row],
        show: Callable[[Row], Json | None],
        *,
        status: int | Callable[[Row], int] = 200,
        location: Callable[[Json], str] | None = None,
        secret: str = "",
    ) -> Response:
        """Make one change in one unit of work and answer with what it made; the status may depend on that.

        Sent again with the same idempotency key, nothing is done and the first answer is given again. A field that is `secret` is not
        kept for that: the second answer has null in its place.
        """
        with unit_of_work(self.idempotency_key()) as unit:
            if unit.stored:
                return answer(json.loads(unit.stored.body), unit.stored.status, location, replayed=True)
            made = do()
            body, code = show(made), status(made) if callable(status) else status
            unit.remember(code, {**body, secret: None} if body and secret else body)
        return answer(body, code, location)

    def page(
        self, queryset: QuerySet[Any, Any], rows: Callable[[list[Any]], Iterable[Json]], ordering: str | tuple[str, ...] = "-id"
    ) -> Response:
        """Answer with the page of a list that the address asks for."""
        paginator = KeysetPagination()
        paginator.ordering = ordering  # type: ignore[assignment]  # REST framework takes a tuple too
        found = paginator.paginate_queryset(queryset, self.request, view=self)
        paginator.base_url = settings.PUBLIC_URL + self.request.get_full_path()
        return Response(
            {"results": list(rows(found or [])), "next": paginator.get_next_link(), "previous": paginator.get_previous_link()}
        )


class EndpointOfAdmins(Endpoint):
    """An address below a workspace that only its admins read."""

    def led(self, ws: str) -> Workspace:
        """Return a workspace that the caller is an admin of. Raises NotFound, Forbidden."""
        workspace = find_workspace(self.request.user, ws)
        scope = Scope.READ if self.request.method in ("GET", "HEAD") else Scope.ADMIN
        check_role(self.by, membership_of(self.by, workspace.pk), Role.ADMIN, scope)
        return workspace


def answer(
    body: Json | None, status: int = 200, location: Callable[[Json], str] | None = None, *, replayed: bool = False
) -> Response:
    """Return the body with what headers say about it: its revision as ETag, and where a new thing is."""
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    if body and "revision" in body:
        headers["ETag"] = f'"{body["revision"]}"'
    if body and location:
        headers["Location"] = settings.PUBLIC_URL + location(body)
    return Response(body, status=status, headers=headers)
