"""Who belongs to a workspace, in which role."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import membership_of
from accounts.caller import Caller, Scope
from accounts.forms import AddMemberForm, InviteForm, RoleForm, ServiceAccountForm
from accounts.models import Invitation, Membership, Role, User, Workspace
from accounts.rules import check_role
from accounts.services import create_service_account, remove_member, set_member
from activity.errors import Invalid, NotFound
from activity.pagination import page_of
from activity.unit import unit_of_work
from registry.lookup import find_workspace
from registry.views.submit import submit
from registry.views.workspaces import workspace_tabs

SHOWN = 100


@login_required
@require_http_methods(["GET", "HEAD"])
def show_members(request: HttpRequest, ws: str) -> HttpResponse:
    """The members; for admins also the ways to add somebody."""
    return members_page(request, find_workspace(request.user, ws))


def members_page(request: HttpRequest, workspace: Workspace, **shown: Any) -> HttpResponse:
    """Show the members, with the form that was refused in place of its empty one. `shown` may hold an invitation's link."""
    members = Membership.objects.filter(workspace=workspace).select_related("user__owner", "given_by_principal")
    is_admin = workspace.my_role == Role.ADMIN  # type: ignore[attr-defined]
    context = {
        "workspace": workspace,
        "page": page_of(request, members, ordering="id", size=SHOWN),
        "is_admin": is_admin,
        "roles": Role.choices,
        "invitations": Invitation.objects.open().filter(workspace=workspace).select_related("invited_by") if is_admin else [],
        "add_form": AddMemberForm(prefix="add"),
        "invite_form": InviteForm(prefix="invite"),
        "service_form": ServiceAccountForm(prefix="service"),
        "crumbs": [("Workspaces", reverse("workspaces"))],
        "tabs": workspace_tabs(workspace, "members"),
    } | shown
    refused = [form for form in shown.values() if getattr(form, "status", 200) != 200]
    return render(request, "accounts/members.html", context, status=refused[0].status if refused else 200)


def led_by(request: HttpRequest, ws: str) -> tuple[Workspace, Caller]:
    """Return a workspace that the person is an admin of. Raises NotFound, Forbidden."""
    workspace, by = find_workspace(request.user, ws), Caller.of_request(request, "page")
    check_role(by, membership_of(by, workspace.pk), Role.ADMIN, Scope.ADMIN)
    return workspace, by


@login_required
@require_POST
def add(request: HttpRequest, ws: str) -> HttpResponse:
    """Add somebody who has an account, by user name."""
    workspace, by = led_by(request, ws)
    form = AddMemberForm(request.POST, prefix="add")
    if submit(request, form, lambda: _add(workspace, by, **form.cleaned_data)):
        messages.success(request, f"{form.result.user.display_name} is now a member.")
        return redirect("members", ws)
    return members_page(request, workspace, add_form=form)


def _add(workspace: Workspace, by: Caller, username: str, role: str) -> Membership:
    """Raises Invalid for a name that nobody has, and for somebody who is a member already: their role is changed in the list."""
    user = User.objects.filter(username__iexact=username, is_active=True).first()
    if user is None:
        raise Invalid(
            f"There is nobody active called “{username}”, so nobody was added. Invite them by e-mail instead.", field="username"
        )
    if Membership.objects.filter(workspace=workspace, user=user).exists():
        raise Invalid(
            f"{user.display_name} is a member already, so nothing was changed. Change their role in the list.", field="username"
        )
    return set_member(workspace_id=workspace.pk, user_id=user.pk, role=Role(role), by=by)


@login_required
@require_POST
def add_service_account(request: HttpRequest, ws: str) -> HttpResponse:
    """Make an account for a machine, owned by whoever makes it."""
    workspace, by = led_by(request, ws)
    form = ServiceAccountForm(request.POST, prefix="service")
    if submit(request, form, lambda: _add_service_account(workspace, by, **form.cleaned_data)):
        messages.success(
            request, f"{form.result.username} is made and counts as you in every decision. Make a token for it next."
        )
        return redirect("tokens")
    return members_page(request, workspace, service_form=form)


def _add_service_account(workspace: Workspace, by: Caller, username: str, role: str) -> User:
    return create_service_account(workspace_id=workspace.pk, username=username, role=Role(role), by=by)


@login_required
@require_POST
def change_role(request: HttpRequest, ws: str, user_id: int) -> HttpResponse:
    """Give a member another role. A refusal is a page of its own."""
    workspace, by = led_by(request, ws)
    member, form = _member(workspace, user_id), RoleForm(request.POST)
    if not form.is_valid():
        raise Invalid("There is no such role, so nothing was changed. Choose viewer, editor or admin.", field="role")
    with unit_of_work():
        member = set_member(workspace_id=workspace.pk, user_id=user_id, role=Role(form.cleaned_data["role"]), by=by)
    messages.success(request, f"{member.user.display_name} is now {member.get_role_display().lower()}.")
    return redirect("members", ws)


def _member(workspace: Workspace, user_id: int) -> Membership:
    member = Membership.objects.filter(workspace=workspace, user_id=user_id).select_related("user").first()
    if member is None:
        raise NotFound(f"There is no such member of {workspace.title}; they may have left just now.")
    return member


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, ws: str, user_id: int) -> HttpResponse:
    """Asks once more, then takes somebody out."""
    workspace, by = led_by(request, ws)
    member = _member(workspace, user_id)
    if request.method == "POST":
        with unit_of_work():
            remove_member(workspace_id=workspace.pk, user_id=user_id, by=by)
        messages.success(request, f"{member.user.display_name} is no longer a member.")
        return redirect("members", ws) if user_id != request.user.pk else redirect("workspaces")
    return render(request, "accounts/member_remove.html", {"workspace": workspace, "member": member})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, ws: str) -> HttpResponse:
    """Asks once more, then takes oneself out."""
    workspace, by = find_workspace(request.user, ws), Caller.of_request(request, "page")
    if request.method == "POST":
        with unit_of_work():
            remove_member(workspace_id=workspace.pk, user_id=by.person.pk, by=by)
        messages.success(request, f"You left {workspace.title}.")
        return redirect("workspaces")
    return render(request, "accounts/leave.html", {"workspace": workspace})
