"""The page of charts."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from activity import clock
from activity.errors import Invalid
from insights import drawing, words
from insights.export import CSV, TABLES, as_csv
from insights.figures import Figures, figures_for
from insights.forms import InsightsFilter
from registry.views.addresses import with_query


@login_required
@require_safe
def show_insights(request: HttpRequest) -> HttpResponse:
    """Four charts with their tables; `format=csv` and `table` send one of these as a file. Raises Invalid for a table unknown."""
    form = InsightsFilter(request.GET, user=request.user)
    figures = figures_for(request.user, form.period, **form.narrowed)
    if request.GET.get("format"):
        return _export(request, figures)
    context = {
        "form": form,
        "figures": figures,
        "exports": {name: with_query(request, format="csv", table=name) for name in TABLES},
        "tiles": _tiles(figures),
        "charts": _charts(figures),
        "stages_by_key": {stage.key: stage for stage in figures.stages},
        "clear_url": reverse("insights") if form.narrowed else "",
    }
    return render(request, "insights/insights.html", context)


def _export(request: HttpRequest, figures: Figures) -> HttpResponse:
    name = request.GET.get("table", "")
    if request.GET["format"] != "csv" or name not in TABLES:
        raise Invalid(f"Tables come as CSV, and there are: {', '.join(TABLES)}.", field="table")
    response = HttpResponse(as_csv(TABLES[name](figures)), content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="{name.replace("_", "-")}-{clock.now():%Y-%m-%d}.csv"'
    return response


def _tiles(figures: Figures) -> list[dict[str, Any]]:
    """The figures above the charts."""
    wait, applied = figures.wait, figures.applied
    return [
        {"value": f"{sum(figures.versions.values()):,}", "label": "versions now"},
        {
            "value": words.seconds(wait.median) if wait else "–",
            "label": f"median of {words.counted(wait.count, 'approved change')}" if wait else "to approve a change",
        },
        {
            "value": f"{figures.pending:,}",
            "label": f"request{'' if figures.pending == 1 else 's'} pending now",
            "url": "/approvals",
        },
        {"value": words.share(figures.skipped, applied), "label": f"of {words.counted(applied, 'change')} skipped a stage"},
        {"value": words.share(figures.break_glass, applied), "label": f"of {words.counted(applied, 'change')} by break-glass"},
    ]


def _charts(figures: Figures) -> dict[str, Any]:
    """The drawings, each with its sentence."""
    now = clock.now()
    return {
        "versions": drawing.stacked(figures) | {"says": words.of_versions(figures)},
        "waits": drawing.wait_bars(figures.waits) | {"says": words.of_waits(figures)},
        "ages": {"rows": drawing.age_bars(figures.bands), "says": words.of_ages(figures, now)},
        "changes": drawing.columns(figures) | {"says": words.of_changes(figures)},
    }
