"""Tags and aliases, set and removed on the pages of a model and of a version. What is refused is told there, and what was typed stays."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.caller import Caller
from activity.errors import Invalid
from registry.forms import RefusableForm
from registry.lookup import find_model, find_version
from registry.models import ModelVersion, RegisteredModel
from registry.services import (
    remove_alias,
    remove_model_tag,
    remove_version_tag,
    set_alias,
    set_model_tag,
    set_version_tag,
)
from registry.views.addresses import model_url, version_url
from registry.views.model import model_page
from registry.views.submit import submit
from registry.views.tag_forms import AliasForm, TagForm
from registry.views.version import version_page


def _sent(request: HttpRequest, kind: type[RefusableForm]) -> tuple[RefusableForm, str | None]:
    """The form as it was sent, and what is to be removed: then the form asks for nothing."""
    removed = request.POST.get("remove")
    return (kind if removed is None else RefusableForm)(request.POST), removed


def _refused(form: RefusableForm, name: str) -> dict[str, Any]:
    """What a page shows of a form that was refused: what speaks of none of its fields stands above all."""
    told = {"refused": form.non_field_errors(), "status": form.status}
    return told | ({name: form} if form.fields else {})


@login_required
@require_POST
def model_tag(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """Give a model a tag, or take one from it."""
    model, by = find_model(request.user, ws, name), Caller.of_request(request, "page")
    form, removed = _sent(request, TagForm)

    def change() -> None:
        if removed is None:
            set_model_tag(model_id=model.pk, **form.cleaned_data, by=by)
        else:
            remove_model_tag(model_id=model.pk, key=removed, by=by)

    if not submit(request, form, change):
        return model_page(request, ws, name, **_refused(form, "tag_form"))
    messages.success(request, _tag_said(form, removed))
    return redirect(f"{model_url(model)}#tags")


@login_required
@require_POST
def version_tag(request: HttpRequest, ws: str, name: str, number: int) -> HttpResponse:
    """Give a version a tag, or take one from it."""
    version, by = find_version(request.user, ws, name, number), Caller.of_request(request, "page")
    form, removed = _sent(request, TagForm)

    def change() -> None:
        if removed is None:
            set_version_tag(version_id=version.pk, **form.cleaned_data, by=by)
        else:
            remove_version_tag(version_id=version.pk, key=removed, by=by)

    if not submit(request, form, change):
        return version_page(request, ws, name, number, **_refused(form, "tag_form"))
    messages.success(request, _tag_said(form, removed))
    return redirect(f"{version_url(version)}#tags")


def _tag_said(form: RefusableForm, removed: str | None) -> str:
    return f"The tag {form.cleaned_data['key']} is set." if removed is None else f"The tag {removed} is gone."


@login_required
@require_POST
def model_alias(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """Point an alias at a version, or let it point nowhere; back on the page where it was asked, by `here` that of a version."""
    model, by, here = find_model(request.user, ws, name), Caller.of_request(request, "page"), request.POST.get("here", "")
    form, removed = _sent(request, AliasForm)

    def change() -> ModelVersion | RegisteredModel:
        if removed is not None:
            return remove_alias(model_id=model.pk, name=removed, by=by)
        return set_alias(version_id=_meant(model, form.cleaned_data["version"]), name=form.cleaned_data["alias"], by=by)

    if submit(request, form, change):
        pointed = f"The alias {form.cleaned_data['alias']} points at {form.result.name}." if removed is None else ""
        messages.success(request, pointed or f"The alias {removed} is gone.")
        there = version_url(form.result) if here and pointed else model_url(model)
        return redirect(f"{there}#aliases")
    if here.isdecimal() and len(here) < 10:
        return version_page(request, ws, name, int(here), **_refused(form, "alias_form"))
    return model_page(request, ws, name, **_refused(form, "alias_form"))


def _meant(model: RegisteredModel, number: int) -> int:
    """The id of a version by its number. Raises Invalid."""
    version = ModelVersion.objects.alive().filter(model=model, number=number).first()
    if version is None:
        raise Invalid(
            f"{model.name} has no version {number}, so nothing was changed. Its versions say their numbers.", field="version"
        )
    return version.pk
