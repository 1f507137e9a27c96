"""The addresses that Verta's client prints lead on to the pages."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from activity.errors import NotFound
from registry.models import ModelVersion, RegisteredModel
from registry.views.addresses import model_url, version_url


@login_required
@require_safe
def model_page(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """To the page of a model."""
    models = RegisteredModel.objects.visible_to(request.user).filter(workspace__slug=ws, pk=pk)
    model = models.select_related("workspace").first()
    if model is None:
        raise NotFound(f"There is no model {pk} in “{ws}” that you may see. Check the address; it may have been deleted.")
    return redirect(model_url(model))


@login_required
@require_safe
def version_page(request: HttpRequest, ws: str, model_id: int, pk: int) -> HttpResponse:
    """To the page of a version."""
    versions = ModelVersion.objects.visible_to(request.user).filter(model__workspace__slug=ws, model=model_id, pk=pk)
    version = versions.select_related("model__workspace").first()
    if version is None:
        raise NotFound(f"There is no version {pk} in “{ws}” that you may see. Check the address; it may have been deleted.")
    return redirect(version_url(version))
