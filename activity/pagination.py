"""Keyset pages for every list, of the API and of the pages alike: no OFFSET, no total, the same cost at any depth."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from activity.errors import Invalid

NO_CURSOR = {"cursor": ["This cursor is not one that a list gave. Start again without it."]}


class KeysetPagination(CursorPagination):
    """`{"results": […], "next": url|null, "previous": url|null}`, newest first unless the view says otherwise."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "-id"

    def get_page_size(self, request: Request) -> int:
        """The `limit`, 1 to 200; anything else is told rather than bent. Raises ValidationError."""
        text = request.query_params.get("limit")
        if text is None:
            return self.page_size
        if not text.isdecimal() or not 1 <= int(text) <= self.max_page_size:
            raise ValidationError({"limit": [f"limit is a whole number from 1 to {self.max_page_size}."]})
        return int(text)

    def decode_cursor(self, request: Request) -> Any:
        """A cursor that was not one of ours is bad input, not a missing page. Raises ValidationError."""
        try:
            return super().decode_cursor(request)
        except NotFound:
            raise ValidationError(NO_CURSOR) from None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """The rows of the page. A forged cursor may hold any text, which no column can be compared with. Raises ValidationError."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, DataError, DjangoValidationError):
            if self.cursor_query_param not in request.query_params:
                raise
            raise ValidationError(NO_CURSOR) from None


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the addresses of its neighbours."""

    rows: list[Any]
    next: str | None
    previous: str | None


def page_of(request: Any, queryset: QuerySet[Any], *, ordering: str | tuple[str, ...] = "-id", size: int = 50) -> Page:
    """Return the page of a list that a Django request asks for by its `cursor`. Raises Invalid for a wrong cursor."""
    paginator = KeysetPagination()
    paginator.ordering = ordering  # type: ignore[assignment]  # DRF takes a tuple too
    paginator.page_size = size
    try:
        rows = paginator.paginate_queryset(queryset, Request(request))
    except ValidationError as error:
        raise Invalid(
            "The address names a page that this list does not have. Start from its beginning.", field="cursor"
        ) from error
    return Page(list(rows or []), paginator.get_next_link(), paginator.get_previous_link())
