"""The page that compares two versions of a model: chosen by name, by number, or by ticking them in the list."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from registry.forms import CompareForm
from registry.lookup import find_model
from registry.models import ModelVersion, RegisteredModel
from registry.querysets import NEWEST_FIRST
from registry.views.addresses import model_crumbs, model_url
from registry.views.comparing import Comparison, beside_each_other, beside_production, compare_url
from registry.views.standing import stages_of

OFFERED = 50  # so many of the newest versions are offered while one types


@login_required
@require_safe
def compare_versions(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """Two versions side by side: `candidate` and `base`; a base left out is what is in production. `version` twice does as well."""
    model = find_model(request.user, ws, name)
    ticked = [number for number in request.GET.getlist("version") if number.isdecimal() and number.isascii()]
    if len(ticked) == 2:
        newer, older = sorted(ticked, key=int, reverse=True)
        return redirect(compare_url(model, candidate=newer, base=older))
    form = CompareForm(_chosen(request, ticked), model=model)
    if len(ticked) > 2:
        form.add_error(None, f"{len(ticked)} versions were selected, and this compares two. Choose two of them.")
    valid = not form.is_bound or form.is_valid()
    context = _side_by_side(model, form) if form.is_bound and valid else {}
    context |= {
        "model": model,
        "form": form,
        "offered": ModelVersion.objects.alive().filter(model=model).order_by(NEWEST_FIRST)[:OFFERED],
        "crumbs": [*model_crumbs(model), ("Versions", model_url(model, "model-versions"))],
    }
    return render(request, "registry/compare.html", context, status=200 if valid else 400)


def _chosen(request: HttpRequest, ticked: list[str]) -> dict[str, str] | None:
    """What the form is filled with; nothing when the page is opened without a choice."""
    chosen = {name: request.GET[name] for name in ("candidate", "base") if request.GET.get(name)}
    if ticked:
        chosen.setdefault("candidate", ticked[0])
    return chosen or None


def _side_by_side(model: RegisteredModel, form: CompareForm) -> dict[str, Any]:
    """The comparison that the form asks for, or why there is none."""
    stages, candidate, base = stages_of(model.workspace), form.cleaned_data["candidate"], form.cleaned_data["base"]
    form.data = {
        "candidate": _called(candidate),
        "base": _called(base) if base else "",
    }  # a number becomes the name it stands for
    found: Comparison | None
    found = beside_each_other(candidate, base, stages) if base else beside_production(candidate, stages.values())
    return {
        "comparison": found,
        "stages_by_key": stages,
        "alone": "" if found else f"Nothing else is in production, so there is nothing to compare {candidate.name} with.",
    }


def _called(version: ModelVersion) -> str:
    """How to name a version in the form: by its number, where its name could be another one's number."""
    return str(version.number) if version.name.isdecimal() else version.name
