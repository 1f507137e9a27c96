"""One call of a foreign client: who asks, in which workspace, what they sent."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.caller import Caller, Scope
from accounts.models import User, Workspace
from accounts.rules import check_scope
from activity.errors import Invalid
from activity.unit import unit_of_work
from config.api import StrictJSONParser
from config.idempotency import key_of
from gateways.places import workspace_for
from gateways.protocol import Json, Protocol

Made = TypeVar("Made")


def body_of(request: HttpRequest) -> Json:
    """The body of a request: a JSON object, or nothing. Raises Invalid, ParseError."""
    try:
        raw = request.body
    except RequestDataTooBig:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
        raise Invalid(f"The body is larger than {most} MB, so nothing was done. Send less at once.") from None
    body = StrictJSONParser().parse(BytesIO(raw)) if raw.strip() else {}
    if not isinstance(body, dict):
        raise Invalid("The body is a JSON object, and this is something else. Nothing was done.")
    return body


class Call:
    """What a view is given. The body and the query are one: what a client sends in either is found by its name.

    `path` holds what stands in the address; `by` is the caller, `user` the same person.
    """

    def __init__(self, protocol: Protocol, request: HttpRequest, by: Caller, path: dict[str, Any]) -> None:
        self.protocol, self.request, self.by = protocol, request, by
        self._slug = path.pop("ws", "")
        self.path = path

    @property
    def user(self) -> User:
        """Who calls."""
        return self.by.person

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace that the call is about: by header, else by the address, else the caller's own. Raises NotFound."""
        header = self.protocol.workspace_header
        named = self.request.headers.get(header, "") if header else ""
        return workspace_for(self.user, named or self._slug, header)

    @cached_property
    def body(self) -> Json:
        """The body: a JSON object, or nothing. Raises Invalid, ParseError."""
        return body_of(self.request)

    def _sent(self, name: str) -> Any:
        if name in self.body:
            return self.body[name]
        return self.request.GET.get(name)

    def text(self, name: str, *, required: bool = False, default: str = "") -> str:
        """A text. Raises Invalid when it is something else, or missing where it is required."""
        value = self._sent(name)
        if required and value in (None, ""):
            raise Invalid(f"Missing value for required parameter '{name}'. Nothing was done; send it.", field=name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise Invalid(f"Parameter '{name}' must be a text. Nothing was done.", field=name)
        if "\x00" in value:
            raise Invalid(f"Parameter '{name}' holds a control character, which cannot be stored. Remove it.", field=name)
        return value

    def given(self, name: str) -> bool:
        """Whether a parameter was sent at all, null aside."""
        return self._sent(name) is not None

    def whole(self, name: str, *, required: bool = False, default: int = 0) -> int:
        """A whole number, which may come as a text. Raises Invalid."""
        value = self._sent(name)
        if value in (None, "") and not required:
            return default
        text = str(value) if type(value) is int else self.text(name, required=required)
        if not text.removeprefix("-").isdecimal() or len(text) > 19:
            raise Invalid(f"Parameter '{name}' must be an integer, got '{text[:40]}'. Nothing was done.", field=name)
        return int(text)

    def flag(self, name: str) -> bool:
        """True or false; false when it was not sent. Raises Invalid."""
        value = self._sent(name)
        known: dict[Any, bool] = {None: False, True: True, False: False, "true": True, "false": False}
        if isinstance(value, (dict, list)) or value not in known or type(value) is int:
            raise Invalid(f"Parameter '{name}' is true or false. Nothing was done.", field=name)
        return known[value]

    def texts(self, name: str) -> list[str]:
        """A list of texts, in the body or repeated in the query. Raises Invalid."""
        values = self.body.get(name) if name in self.body else self.request.GET.getlist(name)
        if not isinstance(values or [], list) or any(not isinstance(value, str) or "\x00" in value for value in values or []):
            raise Invalid(f"Parameter '{name}' is a list of texts. Nothing was done.", field=name)
        return values or []

    def objects(self, name: str) -> list[Json]:
        """A list of objects in the body. Raises Invalid."""
        values = self.body.get(name) or []
        if not isinstance(values, list) or any(not isinstance(value, dict) for value in values):
            raise Invalid(f"Parameter '{name}' is a list of objects. Nothing was done.", field=name)
        return values

    def reads(self) -> None:
        """Say that a call which is not a GET only reads: its token needs the scope for that. Raises Forbidden."""
        check_scope(self.by, Scope.READ)

    def change(self, do: Callable[[], Made], show: Callable[[Made], Json]) -> Json:
        """Do one thing in one unit of work and return what is told of it.

        A client that sends `Idempotency-Key` is given the first answer again for the same key; foreign clients send none.
        """
        text, path = self.request.headers.get("Idempotency-Key"), self.request.path
        key = key_of(text, self.user.pk, str(self.request.method), path, self.body) if text is not None else None
        with unit_of_work(key) as unit:
            if unit.stored:
                return dict(json.loads(unit.stored.body))
            shown = show(do())
            unit.remember(200, shown)
        return shown
