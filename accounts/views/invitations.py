"""Inviting somebody by e-mail, and joining by the link."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.caller import Caller
from accounts.errors import InvitationGone
from accounts.forms import InviteForm, JoinForm
from accounts.models import Invitation, Role, User
from accounts.secrets import digest
from accounts.services import accept_invitation, invite, withdraw_invitation
from accounts.views.members import led_by, members_page
from activity.errors import NotFound
from activity.unit import unit_of_work
from registry.forms import RefusableForm
from registry.views.submit import form_page, submit


@login_required
@require_POST
def invite_somebody(request: HttpRequest, ws: str) -> HttpResponse:
    """Invite by e-mail. The link stands in this one answer and in the mail, which is sent once the invitation is stored."""
    workspace, by = led_by(request, ws)
    form = InviteForm(request.POST, prefix="invite")
    if not submit(request, form, lambda: _invite(workspace.pk, by, **form.cleaned_data)):
        return members_page(request, workspace, invite_form=form)
    invitation, secret = form.result
    invitation.workspace = workspace
    link = settings.PUBLIC_URL + reverse("invitation", args=[secret])
    return members_page(request, workspace, invited=invitation, link=link, mail_error=_mail(invitation, link))


def _invite(workspace_id: int, by: Caller, email: str, role: str) -> tuple[Invitation, str]:
    return invite(workspace_id=workspace_id, email=email, role=Role(role), by=by)


def _mail(invitation: Invitation, link: str) -> str:
    """Send the link; returns why it could not be sent, or nothing."""
    context = {"invitation": invitation, "link": link}
    subject = " ".join(render_to_string("accounts/invitation_subject.txt", context).split())
    try:
        send_mail(subject, render_to_string("accounts/invitation_body.txt", context), None, [invitation.email])
    except OSError as error:  # smtplib's errors are of this kind too
        return str(error) or type(error).__name__
    return ""


@login_required
@require_POST
def withdraw(request: HttpRequest, ws: str, pk: int) -> HttpResponse:
    """Make an invitation's link useless."""
    workspace, by = led_by(request, ws)
    if not Invitation.objects.open().filter(pk=pk, workspace=workspace).exists():
        raise NotFound("There is no such open invitation; it may have been accepted just now.")
    with unit_of_work():
        withdraw_invitation(invitation_id=pk, by=by)
    messages.success(request, "The invitation is withdrawn: its link opens nothing any more.")
    return redirect("members", ws)


@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Join: as oneself when signed in, else as somebody new, who is signed in by it. Raises InvitationGone."""
    invitation = Invitation.objects.open().select_related("workspace", "invited_by").filter(digest=digest(secret)).first()
    if invitation is None:
        raise InvitationGone("This invitation was used, withdrawn, or is older than 7 days. Ask for a new one.")
    known = request.user.is_authenticated
    kind: type[RefusableForm] = RefusableForm if known else JoinForm
    form = kind(request.POST if request.method == "POST" else None)
    if submit(request, form, lambda: _join(request, secret, form.cleaned_data)):
        if not known:
            login(request, form.result, backend="django.contrib.auth.backends.ModelBackend")
        messages.success(request, f"Welcome to {invitation.workspace.title}.")
        return redirect("home")
    return form_page(request, "accounts/invitation.html", form, invitation=invitation, known=known)


def _join(request: HttpRequest, secret: str, who: dict[str, Any]) -> User:
    by = Caller.of_request(request, "page") if request.user.is_authenticated else Caller(None, "page")
    return accept_invitation(secret=secret, by=by, **who)
