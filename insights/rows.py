"""The small charts on other pages: how versions moved lately, and how long approving took."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from insights import drawing, words
from insights.figures import figures_of
from registry.models import RegisteredModel
from registry.querysets import ModelQuerySet

DAYS = 90


def trend(models: ModelQuerySet, **narrowed: str) -> dict[str, Any]:
    """Return the drawing of the last 90 days of these models, its words, and where there is more of it."""
    figures = figures_of(models, DAYS, ages=False)
    query = f"?{urlencode(narrowed)}" if narrowed else ""
    return drawing.stacked(figures, bare=True) | {
        "says": words.of_versions(figures),
        "wait": words.of_waits(figures) if figures.wait else "",
        "url": reverse("insights") + query,
    }


def trend_of(model: RegisteredModel) -> dict[str, Any]:
    """Return the drawing of one model; it comes with its workspace."""
    models = RegisteredModel.objects.filter(pk=model.pk)
    return trend(models, workspace=model.workspace.slug, model=model.name)
