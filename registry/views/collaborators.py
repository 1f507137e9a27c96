"""Who is let in to a model: its owner, its collaborators, and whether everybody else of the workspace sees it too."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import Membership, Role
from activity.errors import Invalid, NotFound
from approvals.approvers import approvers_by_stage
from registry.api.collaborators import collaborators_of
from registry.forms import RefusableForm
from registry.models import Collaborator, RegisteredModel
from registry.rules import check_leads
from registry.services import remove_collaborator, set_collaborator, set_privacy
from registry.views.addresses import model_url
from registry.views.collaborator_forms import CollaboratorForm, RowForm
from registry.views.frame import model_frame
from registry.views.submit import opened, submit

Frame = dict[str, Any]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def collaborators(request: HttpRequest, ws: str, name: str) -> HttpResponse:
    """Who sees the model; for those who lead it the ways to change that, each a form of its own, told apart by `action`."""
    frame = model_frame(request, ws, name, "model-collaborators")
    if request.method != "POST":
        return _page(request, frame)
    action = ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        raise Invalid("The form does not say what to do, so nothing was done. Go back and send it again.", field="action")
    if action is not _remove:  # one may leave by oneself
        check_leads(frame["reader"].leads, frame["model"], "say who sees it")
    return action(request, frame)


def _page(request: HttpRequest, frame: Frame, **sent: RefusableForm) -> HttpResponse:
    """Show every part, with the form that was sent in its place."""
    model: RegisteredModel = frame["model"]
    leads = frame["reader"].leads
    admins = Membership.objects.of_the_active().filter(workspace=model.workspace_id, role=Role.ADMIN).select_related("user")
    context = {
        "rows": list(collaborators_of(model).select_related("membership__user__owner").order_by("pk")),
        "admins": sorted((member.user for member in admins), key=lambda user: user.display_name.casefold()),
        "leads": leads,
        "roles": Role.choices,
        "form": sent.get("form") or CollaboratorForm(model=model) if leads else None,
        "privacy": sent.get("privacy") or RefusableForm(),
        "now": approvers_by_stage(model, private=model.private) if model.private or leads else [],
        "then": approvers_by_stage(model, private=True) if leads and not model.private else [],
    }
    context["nobody_then"] = [each for each in context["then"] or context["now"] if each.shortfall]
    status = max((form.status for form in sent.values()), default=200)
    return render(request, "registry/model_collaborators.html", frame | context, status=status)


def _add(request: HttpRequest, frame: Frame) -> HttpResponse:
    model: RegisteredModel = frame["model"]
    form = CollaboratorForm(request.POST, model=model)
    if submit(request, form, lambda: set_collaborator(model_id=model.pk, by=frame["reader"].caller, **form.said())):
        messages.success(request, f"{_called(form.result)} is let in to {model.name}.")
        return redirect(model_url(model, "model-collaborators"))
    return _page(request, frame, form=form)


def _called(row: Collaborator) -> str:
    return row.group.name if row.group else row.membership.user.display_name  # type: ignore[union-attr]


def _row(request: HttpRequest, model: RegisteredModel) -> tuple[Collaborator, RowForm]:
    """The collaborator that the form is about. Raises NotFound."""
    form = RowForm(request.POST)
    row = collaborators_of(model).filter(pk=form.cleaned_data["row"]).first() if form.is_valid() else None
    if row is None:
        raise NotFound("There is no such collaborator on this model any more. Look at its collaborators.")
    return row, form


def _change(request: HttpRequest, frame: Frame) -> HttpResponse:
    model: RegisteredModel = frame["model"]
    row, form = _row(request, model)
    who: dict[str, Any] = {"group_id": row.group_id} if row.group_id else {"user_id": row.membership.user_id}  # type: ignore[union-attr]
    role = Role(form.cleaned_data["role"] or row.role)
    if submit(request, form, lambda: set_collaborator(model_id=model.pk, role=role, by=frame["reader"].caller, **who)):
        messages.success(request, f"{_called(row)} is now {form.result.get_role_display().lower()} of {model.name}.")
    return _told(request, model, form)


def _remove(request: HttpRequest, frame: Frame) -> HttpResponse:
    model: RegisteredModel = frame["model"]
    row, form = _row(request, model)
    caller = frame["reader"].caller
    if submit(request, form, lambda: remove_collaborator(collaborator_id=row.pk, by=caller)):
        messages.success(request, f"{_called(row)} is no longer a collaborator on {model.name}.")
        still = RegisteredModel.objects.visible_to(request.user).filter(pk=model.pk).exists()
        return redirect(model_url(model, "model-collaborators") if still else reverse("models"))
    return _told(request, model, form)


def _told(request: HttpRequest, model: RegisteredModel, form: RefusableForm) -> HttpResponse:
    """Lead back to the page, with a refusal above it."""
    for error in form.non_field_errors():
        messages.error(request, str(error))
    return redirect(model_url(model, "model-collaborators"))


def _set_privacy(private: bool) -> Callable[[HttpRequest, Frame], HttpResponse]:
    def act(request: HttpRequest, frame: Frame) -> HttpResponse:
        model: RegisteredModel = frame["model"]
        form = opened(RefusableForm, request)
        if submit(request, form, lambda: set_privacy(model_id=model.pk, private=private, by=frame["reader"].caller)):
            seen = "is private: only those who are let in see it" if private else f"is seen by all of {model.workspace.title}"
            messages.success(request, f"{model.name} {seen}.")
            return redirect(model_url(model, "model-collaborators"))
        return _page(request, frame, privacy=form)

    return act


ACTIONS: dict[str, Callable[[HttpRequest, Frame], HttpResponse]] = {
    "add": _add,
    "change": _change,
    "remove": _remove,
    "hide": _set_privacy(True),
    "show": _set_privacy(False),
}
