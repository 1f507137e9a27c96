"""Approver groups of a workspace: shown to its members, kept by its admins."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import ApproverGroup, GroupMember, Role, User, Workspace
from accounts.services import add_to_group, create_group, remove_from_group, rename_group
from accounts.views.group_forms import AddToGroupForm, GroupForm, RenameGroupForm
from accounts.views.members import led_by
from activity.errors import NotFound
from approvals.models import StagePolicy
from approvals.services import delete_group
from registry.forms import RefusableForm
from registry.lookup import find_workspace
from registry.models import Stage
from registry.views.standing import reader_of, writer_of
from registry.views.submit import form_page, opened, submit
from registry.views.workspaces import workspace_tabs


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_groups(request: HttpRequest, ws: str) -> HttpResponse:
    """The groups with their people and the stages that ask for them; for admins a form for another one."""
    workspace = find_workspace(request.user, ws)
    reader = writer_of(request, workspace, Role.ADMIN) if request.method == "POST" else reader_of(request, workspace)
    form = opened(GroupForm, request)
    if submit(request, form, lambda: create_group(workspace_id=workspace.pk, by=reader.caller, **form.cleaned_data)):
        messages.success(request, f"{form.result.name} is made. Add people to it.")
        return redirect("group", ws, form.result.key)
    people = Prefetch("members", GroupMember.objects.select_related("user").order_by("user__name", "pk"))
    groups = ApproverGroup.objects.filter(workspace=workspace).order_by("name", "key").prefetch_related(people)
    asking = stages_asking(workspace)
    context = {
        "workspace": workspace,
        "rows": [{"group": group, "stages": asking.get(group.key, [])} for group in groups],
        "editable": reader.is_admin,
        "crumbs": [("Workspaces", reverse("workspaces"))],
        "tabs": workspace_tabs(workspace, "groups"),
    }
    return form_page(request, "accounts/groups.html", form, **context)


def stages_asking(workspace: Workspace) -> dict[str, list[Stage]]:
    """Return the stages whose policies ask for a group, by its key; one query."""
    asking: dict[str, list[Stage]] = {}
    policies = StagePolicy.objects.filter(stage__workspace=workspace).select_related("stage").order_by("stage__position")
    for policy in policies:
        for line in policy.groups:
            asking.setdefault(line["group"], []).append(policy.stage)
    return asking


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_group(request: HttpRequest, ws: str, key: str) -> HttpResponse:
    """One group and its people; POST renames it."""
    group = _find(request, ws, key)
    workspace = group.workspace
    reader = writer_of(request, workspace, Role.ADMIN) if request.method == "POST" else reader_of(request, workspace)
    form = opened(RenameGroupForm, request, initial={"name": group.name})
    if submit(request, form, lambda: rename_group(group_id=group.pk, by=reader.caller, **form.cleaned_data)):
        messages.success(request, f"The group is called {form.result.name}.")
        return redirect(request.path)
    return form_page(request, "accounts/group.html", form, editable=reader.is_admin, **_shown(group))


def _shown(group: ApproverGroup) -> dict[str, Any]:
    workspace = group.workspace
    members = GroupMember.objects.filter(group=group).select_related("user", "given_by_principal").order_by("pk")
    groups = (f"Groups of {workspace.title}", reverse("groups", args=[workspace.slug]))
    return {
        "group": group,
        "workspace": workspace,
        "members": members,
        "stages": stages_asking(workspace).get(group.key, []),
        "add_form": AddToGroupForm(group=group),
        "crumbs": [("Workspaces", reverse("workspaces")), groups],
    }


def _find(request: HttpRequest, ws: str, key: str) -> ApproverGroup:
    """Return a group with its workspace. Raises NotFound."""
    workspace = find_workspace(request.user, ws)
    group = ApproverGroup.objects.filter(workspace=workspace, key=key).first()
    if group is None:
        raise NotFound(f"There is no approver group “{key}” in {workspace.title}. It may have been removed; look at its groups.")
    group.workspace = workspace
    return group


@login_required
@require_POST
def add_person(request: HttpRequest, ws: str, key: str) -> HttpResponse:
    """Put a member into a group."""
    group = _find(request, ws, key)
    _, by = led_by(request, ws)
    form = AddToGroupForm(request.POST, group=group)
    if submit(request, form, lambda: add_to_group(group_id=group.pk, user_id=form.cleaned_data["user_id"], by=by)):
        messages.success(request, f"{form.result.user.display_name} is now in {group.name}.")
    for error in [*form.non_field_errors(), *form.errors.get("user_id", [])]:
        messages.error(request, str(error))
    return redirect("group", ws, key)


@login_required
@require_POST
def remove_person(request: HttpRequest, ws: str, key: str, user_id: int) -> HttpResponse:
    """Take somebody out of a group."""
    group = _find(request, ws, key)
    _, by = led_by(request, ws)
    form = RefusableForm(request.POST)
    if submit(request, form, lambda: remove_from_group(group_id=group.pk, user_id=user_id, by=by)):
        messages.success(request, f"{User.objects.get(pk=user_id).display_name} is no longer in {group.name}.")
    return redirect("group", ws, key)


@login_required
@require_POST
def remove_group(request: HttpRequest, ws: str, key: str) -> HttpResponse:
    """Remove a group that no policy names; a refusal is told on its page."""
    group = _find(request, ws, key)
    _, by = led_by(request, ws)
    form = RefusableForm(request.POST)
    if submit(request, form, lambda: delete_group(group_id=group.pk, by=by)):
        messages.success(request, f"{group.name} is removed.")
        return redirect("groups", ws)
    for error in form.non_field_errors():
        messages.error(request, str(error))
    return redirect("group", ws, key)
