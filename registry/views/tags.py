"""Tags and aliases, set and removed on the pages of a model and of a version. What is refused has a page that says why."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.caller import Caller
from activity.errors import Invalid
from activity.unit import unit_of_work
from registry.lookup import find_model, find_version
from registry.services import (
    remove_alias,
    remove_model_tag,
    remove_version_tag,
    set_alias,
    set_model_tag,
    set_version_tag,
)
from registry.views.addresses import model_url, version_url


@login_required
@require_POST
def model_tag(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """Give a model a tag, or take one from it."""
    model, by = find_model(request.user, ws, name), Caller.of_request(request, "page")
    with unit_of_work():
        if "remove" in request.POST:
            remove_model_tag(model_id=model.pk, key=request.POST["remove"], by=by)
        else:
            set_model_tag(model_id=model.pk, key=request.POST.get("key", ""), value=request.POST.get("value", ""), by=by)
    messages.success(request, _tag_said(request))
    return redirect(f"{model_url(model)}#tags")


@login_required
@require_POST
def version_tag(request: HttpRequest, ws: str, name: str, number: int) -> HttpResponse:
    """Give a version a tag, or take one from it."""
    version, by = find_version(request.user, ws, name, number), Caller.of_request(request, "page")
    with unit_of_work():
        if "remove" in request.POST:
            remove_version_tag(version_id=version.pk, key=request.POST["remove"], by=by)
        else:
            set_version_tag(version_id=version.pk, key=request.POST.get("key", ""), value=request.POST.get("value", ""), by=by)
    messages.success(request, _tag_said(request))
    return redirect(f"{version_url(version)}#tags")


def _tag_said(request: HttpRequest) -> str:
    if "remove" in request.POST:
        return f"The tag {request.POST['remove']} is gone."
    return f"The tag {request.POST.get('key', '').strip()} is set."


@login_required
@require_POST
def model_alias(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """Point an alias at a version, or let it point nowhere; back on the page where it was asked."""
    model, by = find_model(request.user, ws, name), Caller.of_request(request, "page")
    if "remove" in request.POST:
        with unit_of_work():
            remove_alias(model_id=model.pk, name=request.POST["remove"], by=by)
        messages.success(request, f"The alias {request.POST['remove']} is gone.")
        return redirect(f"{model_url(model)}#aliases")
    number, alias = request.POST.get("version", ""), request.POST.get("alias", "").strip()
    if not number.isdecimal() or len(number) > 9:
        raise Invalid("Choose the version to point at, by its number. Nothing was changed.", field="version")
    version = find_version(request.user, ws, name, int(number))
    with unit_of_work():
        set_alias(version_id=version.pk, name=alias, by=by)
    messages.success(request, f"The alias {alias} points at {version.name}.")
    return redirect(f"{version_url(version) if 'here' in request.POST else model_url(model)}#aliases")
