"""Health for machines, and a page for each kind of refusal."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client.exposition import choose_encoder

from config.metrics import registry
from config.problems import PROBLEMS
from config.readiness import readiness


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nobody else, so a slow database does not get it killed."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether requests can be served, and how each part stands; 503 when not."""
    ready, parts = readiness()
    return JsonResponse({"ready": ready} | parts, status=200 if ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What Prometheus reads, for who shows `METRICS_TOKEN`; without that setting there is nothing here."""
    if not settings.METRICS_TOKEN:
        words = "There are no metrics: METRICS_TOKEN is not set. Set it, and let Prometheus send it as a bearer token.\n"
        return HttpResponse(words, status=404, content_type="text/plain")
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not constant_time_compare(shown, settings.METRICS_TOKEN):
        words = "Send the METRICS_TOKEN of this installation as a bearer token.\n"
        return HttpResponse(words, status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry()), content_type=content_type)


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """All refusals there are."""
    return render(request, "config/problems.html", {"problems": PROBLEMS})


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What one refusal means: where the `type` of an API error leads."""
    if code not in PROBLEMS:
        raise Http404
    return render(request, "config/problem.html", {"code": code, "problem": PROBLEMS[code]})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this address whatever the page says."""
    return redirect(static("img/favicon.svg"))
