"""Editing a version, setting its lock, deleting it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.caller import Caller
from activity.errors import DomainError, Invalid
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from config.problems import PROBLEMS
from registry.forms import EditVersionForm, LockForm, RefusableForm
from registry.lookup import find_version
from registry.models import ModelVersion, Stage, StageAssignment
from registry.rules import check_deletable, check_not_archived
from registry.services import delete_version, edit_version, lock_version
from registry.services.versions import CLEANERS, held_stages
from registry.views.addresses import model_url, version_crumbs, version_url
from registry.views.standing import Reader, writer_on
from registry.views.submit import form_page, opened, submit
from registry.views.version_facts import why_frozen


def _writable(request: HttpRequest, ws: str, name: str, number: int) -> tuple[ModelVersion, Reader]:
    """The version, and who opens its form. Raises NotFound, Forbidden."""
    version = find_version(request.user, ws, name, number)
    return version, writer_on(request, version.model)


def _edit_form(request: HttpRequest, version: ModelVersion, writer: Reader) -> EditVersionForm:
    """The form, with what cannot be edited now shown and explained.

    A browser does not send a frozen field. One that was sent froze after the form was opened: it stays open, so that its refusal is
    told and what was typed is not lost.
    """
    initial = {field: getattr(version, field) for field in CLEANERS}
    form = opened(EditVersionForm, request, initial=initial | {"revision": version.revision})
    held = held_stages(version)
    for field in CLEANERS:
        reason = why_frozen(writer, version, held, field)
        if reason and field not in request.POST:
            form.freeze(field, reason)
    return form


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, ws: str, name: str, number: int) -> HttpResponse:
    """Change a version's fields, never its stage."""
    version, writer = _writable(request, ws, name, number)
    check_not_archived(version.model)
    form = _edit_form(request, version, writer)
    if submit(request, form, lambda: _save(version, form, writer.caller)):
        messages.success(request, f"{form.result.name} is saved." if form.changes() else "Nothing was changed.")
        return redirect(version_url(version))
    if stale := form.status == PROBLEMS["precondition-failed"].status:
        form.read_again(version.revision)
    return form_page(request, "registry/version_edit.html", form, version=version, stale=stale, crumbs=version_crumbs(version))


def _save(version: ModelVersion, form: EditVersionForm, caller: Caller) -> ModelVersion:
    revision = form.cleaned_data["revision"]
    return edit_version(version_id=version.pk, changes=form.changes(), by=caller, revision=revision)


@login_required
@require_POST
def lock(request: HttpRequest, ws: str, name: str, number: int) -> HttpResponse:
    """Raise the lock, or, as an admin, lower it."""
    version, writer = _writable(request, ws, name, number)
    form = opened(LockForm, request)
    if not form.is_valid():
        raise Invalid("Choose open, redact or closed. Nothing was changed.", field="level")
    level = ModelVersion.Lock(form.cleaned_data["level"])
    with unit_of_work():
        lock_version(version_id=version.pk, level=level, by=writer.caller)
    if level == version.lock_level:
        messages.info(request, f"{version.name} was {level} already. Nothing was changed.")
    elif level == ModelVersion.Lock.OPEN:
        messages.success(request, f"{version.name} is open again.")
    else:
        messages.success(request, f"{version.name} is locked: {level}.")
    return redirect(version_url(version))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, ws: str, name: str, number: int) -> HttpResponse:
    """Delete a version, after a second look; where it is kept, the reason."""
    version, writer = _writable(request, ws, name, number)
    form = opened(RefusableForm, request)
    if submit(request, form, lambda: delete_version(version_id=version.pk, by=writer.caller)):
        messages.success(request, f"{version.name} is deleted. What the log says of it stays.")
        return redirect(model_url(version.model, "model-versions"))
    context = {
        "version": version,
        "why_not": _why_kept(version, writer),
        "waits": StageChangeRequest.objects.pending().filter(version=version).first(),
        "crumbs": version_crumbs(version),
    }
    return form_page(request, "registry/version_delete.html", form, **context)


def _why_kept(version: ModelVersion, reader: Reader) -> str:
    """Say why the version cannot be deleted; nothing when it can."""
    produced = StageAssignment.objects.filter(version=version, stage__kind=Stage.Kind.PRODUCTION).exists()
    try:
        check_deletable(version, held_stages(version), produced, reader.role)
    except DomainError as refused:
        return refused.detail
    return ""
