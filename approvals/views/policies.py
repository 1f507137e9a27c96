"""What a stage demands of a move into it: shown with the workspace's settings, changed here."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import membership_of
from accounts.caller import Caller, Scope
from accounts.models import Role
from accounts.rules import check_role
from activity.errors import NotFound
from approvals.forms import PolicyForm
from approvals.models import StageChangeRequest, StagePolicy
from approvals.services import set_policy
from approvals.services.policies import PolicyOutcome
from registry.lookup import find_workspace
from registry.views.submit import submit


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_policy(request: HttpRequest, ws: str, key: str) -> HttpResponse:
    """The form of one stage's policy; POST changes it and leads back to the settings."""
    workspace, by = find_workspace(request.user, ws), Caller.of_request(request, "page")
    policy = StagePolicy.objects.select_related("stage").filter(stage__workspace=workspace, stage__key=key).first()
    if policy is None:
        raise NotFound(f"There is no stage “{key}” in {workspace.title}. Look it up in the workspace's settings.")
    check_role(by, membership_of(by, workspace.pk), Role.ADMIN, Scope.ADMIN)
    form = PolicyForm(request.POST if request.method == "POST" else None, policy=policy)
    if form.is_bound and submit(request, form, lambda: _set(policy, by, dict(form.cleaned_data))):
        messages.success(request, f"Saved what a move into {policy.stage.name} needs.")
        return redirect("workspace-settings", workspace.slug)
    waiting = StageChangeRequest.objects.pending().filter(to_stage=policy.stage).count()
    context = {"workspace": workspace, "stage": policy.stage, "form": form, "waiting": waiting}
    return render(request, "approvals/policy.html", context, status=form.status)


def _set(policy: StagePolicy, by: Caller, sent: dict[str, Any]) -> PolicyOutcome:
    revision = sent.pop("revision")
    return set_policy(stage_id=policy.stage_id, by=by, changes=sent, revision=revision)
