"""A model's settings: what it says of itself, its name, the archive, its end."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from activity.errors import Invalid
from config.problems import PROBLEMS
from notifications.views.webhook_rows import webhook_rows
from registry.forms import ModelForm, RefusableForm, RenameForm, TypedConfirmation
from registry.models import ModelVersion, RegisteredModel, Stage, StageAssignment
from registry.services import archive_model, delete_model, edit_model, unarchive_model
from registry.views.addresses import model_url
from registry.views.frame import model_frame
from registry.views.standing import writer_on
from registry.views.submit import opened, submit

Frame = dict[str, Any]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def model_settings(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """The settings; each part of the page sends its own form, told apart by `action`."""
    frame = model_frame(request, ws, name, "model-settings")
    if request.method != "POST":
        return _page(request, frame)
    writer_on(request, frame["model"])
    action = ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        raise Invalid("The form does not say what to do, so nothing was done. Go back and send it again.", field="action")
    return action(request, frame)


def _page(request: HttpRequest, frame: Frame, **sent: RefusableForm) -> HttpResponse:
    """Show every part, with the form that was sent in its place."""
    model: RegisteredModel = frame["model"]
    context = {
        "form": sent.get("form") or _edit_form(frame),
        "rename": sent.get("rename") or RenameForm(initial={"name": model.name}, auto_id="id_rename_%s"),
        "deletion": sent.get("deletion") or TypedConfirmation(name=model.name),
        "archiving": sent.get("archiving") or RefusableForm(),
        "webhooks": webhook_rows(model.workspace, model_name=model.name) if frame["reader"].is_admin else [],
        "stale": any(form.status == PROBLEMS["precondition-failed"].status for form in sent.values()),
        **_what_stands_in_the_way(model),
    }
    status = max((form.status for form in sent.values()), default=200)
    return render(request, "registry/model_settings.html", frame | context, status=status)


def _edit_form(frame: Frame, request: HttpRequest | None = None) -> ModelForm:
    model: RegisteredModel = frame["model"]
    initial = {
        field: getattr(model, field) for field in ("description", "readme", "labels", "metric_directions", "owner_id", "revision")
    }
    data = request.POST if request else None
    form = ModelForm(data, initial=initial, workspace=model.workspace, owner=model.owner)
    if not frame["reader"].leads and "owner_id" not in (data or {}):
        form.freeze("owner_id", "Its owner and admins say who owns it.")
    return form


def _what_stands_in_the_way(model: RegisteredModel) -> dict[str, Any]:
    """Why the model cannot be archived, and why it cannot be deleted: the same that the services refuse with."""
    held = StageAssignment.objects.filter(model=model).select_related("version", "stage")
    protected = held.now().filter(stage__protected=True).first()
    produced = held.filter(stage__kind=Stage.Kind.PRODUCTION).first()
    locked = ModelVersion.objects.alive().filter(model=model).exclude(lock_level=ModelVersion.Lock.OPEN).only("name").first()
    holds = f"{protected.version.name} is in {protected.stage.name}. Move it on first." if protected else ""
    if produced:
        kept = f"{produced.version.name} was in {produced.stage.name}, so the model is kept for good. Archive it instead."
    else:
        kept = f"{locked.name} is locked. Lower the lock first." if locked else ""
    return {"why_not_archive": holds, "why_not_delete": holds or kept}


def _edit(request: HttpRequest, frame: Frame) -> HttpResponse:
    model: RegisteredModel = frame["model"]
    form = _edit_form(frame, request)
    caller = frame["reader"].caller
    if submit(
        request,
        form,
        lambda: edit_model(model_id=model.pk, changes=form.changes(), by=caller, revision=form.cleaned_data["revision"]),
    ):
        messages.success(request, f"{model.name} is saved." if form.changes() else "Nothing was changed.")
        return redirect(model_url(model, "model-settings"))
    if form.status == PROBLEMS["precondition-failed"].status:
        form.read_again(model.revision)
    return _page(request, frame, form=form)


def _rename(request: HttpRequest, frame: Frame) -> HttpResponse:
    model: RegisteredModel = frame["model"]
    before, caller = model.name, frame["reader"].caller
    form = opened(RenameForm, request, initial={"name": before}, auto_id="id_rename_%s")
    if submit(request, form, lambda: edit_model(model_id=model.pk, changes=form.cleaned_data, by=caller)):
        form.result.workspace = model.workspace
        messages.success(request, f"{before} is called {form.result.name} from now on.")
        return redirect(model_url(form.result, "model-settings"))
    return _page(request, frame, rename=form)


def _archive(request: HttpRequest, frame: Frame) -> HttpResponse:
    model: RegisteredModel = frame["model"]
    form = opened(RefusableForm, request)
    if submit(request, form, lambda: archive_model(model_id=model.pk, by=frame["reader"].caller)):
        messages.success(request, f"{model.name} is archived. Requests that waited for its versions have ended.")
        return redirect(model_url(model, "model-settings"))
    return _page(request, frame, archiving=form)


def _unarchive(request: HttpRequest, frame: Frame) -> HttpResponse:
    model: RegisteredModel = frame["model"]
    form = opened(RefusableForm, request)
    if submit(request, form, lambda: unarchive_model(model_id=model.pk, by=frame["reader"].caller)):
        messages.success(request, f"{model.name} is out of the archive.")
        return redirect(model_url(model, "model-settings"))
    return _page(request, frame, archiving=form)


def _delete(request: HttpRequest, frame: Frame) -> HttpResponse:
    model: RegisteredModel = frame["model"]
    form = opened(TypedConfirmation, request, name=model.name)
    if submit(request, form, lambda: delete_model(model_id=model.pk, by=frame["reader"].caller)):
        messages.success(request, f"{model.name} is deleted with its versions. What the log says of them stays.")
        return redirect(reverse("models"))
    return _page(request, frame, deletion=form)


ACTIONS: dict[str, Callable[[HttpRequest, Frame], HttpResponse]] = {
    "edit": _edit,
    "rename": _rename,
    "archive": _archive,
    "unarchive": _unarchive,
    "delete": _delete,
}
