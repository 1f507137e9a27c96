"""Which version of a model should change its stage: the way in from a list of models."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from activity.pagination import page_of
from registry.lookup import find_model
from registry.models import ModelVersion, Stage
from registry.querysets import NEWEST_FIRST
from registry.views.addresses import model_crumbs, model_url

VERSIONS_SHOWN = 20


@login_required
@require_safe
def choose_version(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """The newest versions, or those whose name holds `q`; each leads to its own page of stages."""
    model = find_model(request.user, ws, name)
    q = request.GET.get("q", "").replace("\x00", "").strip()
    versions = ModelVersion.objects.alive().filter(model=model, name__icontains=q)
    context = {
        "model": model,
        "q": q,
        "page": page_of(request, versions, ordering=NEWEST_FIRST, size=VERSIONS_SHOWN),
        "stages_by_key": {stage.key: stage for stage in Stage.objects.filter(workspace_id=model.workspace_id)},
        "crumbs": model_crumbs(model),
        "model_url": model_url(model),
    }
    return render(request, "approvals/choose_version.html", context)
