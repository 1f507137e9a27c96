"""What one may change about oneself."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.caller import Caller
from accounts.forms import ProfileForm
from accounts.models import Workspace
from accounts.services import edit_profile
from registry.views.submit import form_page, opened, submit


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_profile(request: HttpRequest) -> HttpResponse:
    """Name and address; the ways to the password, the tokens and out."""
    user: Any = request.user
    form = opened(ProfileForm, request, initial={"name": user.name, "email": user.email})
    if submit(request, form, lambda: edit_profile(by=Caller.of_request(request, "page"), **form.cleaned_data)):
        messages.success(request, "Your profile is saved.")
        return redirect("profile")
    workspaces = Workspace.objects.with_role_of(user).order_by("title")
    return form_page(request, "accounts/profile.html", form, person=user, workspaces=workspaces)
