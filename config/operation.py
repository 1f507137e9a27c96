"""How a method of the API says what it takes and what it answers: read by the request's checks and by the schema alike."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers

from config.serializers import Body, Query

Method = TypeVar("Method", bound=Callable[..., Any])
Shape = type[serializers.Serializer[Any]]

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    "header",
    description="The ETag of what you read; 412 when it has changed since.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    "header",
    description="1 to 255 printable characters: the same key and body give the first answer again for 24 hours.",
)


LINES = ("application/jsonl",)


class NoBody(Body):
    """An empty object, or nothing."""


def operation(
    name: str,
    *,
    answer: Any = None,
    query: type[Query] = Query,
    body: type[Body] | None = None,
    status: int = 200,
    has_etag: bool = False,
    files: tuple[str, ...] = (),
) -> Callable[[Method], Method]:
    """Describe a method of an `Endpoint`; its docstring's first sentence is the summary.

    `name` begins with the method's word: `list_…`, `read_…`, `register_…`. `has_etag`: the method heeds `If-Match`.
    `files`: media types that it can answer besides.
    """

    def describe(method: Method) -> Method:
        word = method.__name__
        method.query, method.body, method.has_etag = query, body or NoBody, has_etag  # type: ignore[attr-defined]
        headers: list[Any] = ([IF_MATCH] if has_etag else []) + ([IDEMPOTENCY_KEY] if word == "post" else [])
        words = " ".join((method.__doc__ or name).split())
        described = extend_schema(
            operation_id=name,
            summary=words.partition(". ")[0].rstrip("."),
            description=words,
            parameters=([query] if query().fields else []) + headers,
            request=body,
            responses=_answers(status, answer, files),
        )
        return described(method)

    return describe


def _answers(status: int, answer: Any, files: tuple[str, ...]) -> dict[Any, Any]:
    """What is answered by status and media type; without a shape, a file alone."""
    if not files:
        return {status: answer}
    told = {(status, "application/json"): answer} if answer else {}
    return told | {(status, kind): str if kind.startswith("text/") or kind in LINES else bytes for kind in files}


def page_of(shape: Shape) -> Any:
    """Return the shape of one page of a list."""
    name = shape.__name__.removesuffix("Serializer")
    return inline_serializer(
        f"{name}Page",
        {
            "results": shape(many=True),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
        },
    )
