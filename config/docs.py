"""The API's schema, and a page that reads it out: served from here, without a line of script."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView

from config import schema
from config.reference import Reference

__all__ = ["Schema", "docs", "schema"]  # importing `schema` is what tells spectacular of our ways to sign in


class Schema(SpectacularAPIView):
    """The OpenAPI schema, for everybody: JSON, or YAML where `Accept` asks for `application/vnd.oai.openapi`."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer]


@cache
def _reference() -> dict[str, Any]:
    reference = Reference(SchemaGenerator().get_schema(request=None, public=True))
    return {"groups": reference.groups(), "shapes": reference.shapes()}


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The page."""
    return render(request, "config/api_docs.html", _reference())
