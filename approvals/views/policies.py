"""What a stage demands of a move into it: shown with the workspace's settings, changed here."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import membership_of
from accounts.caller import Caller, Scope
from accounts.models import ApproverGroup, Role, Workspace
from accounts.rules import check_role
from activity.errors import NotFound
from approvals.models import StageChangeRequest, StagePolicy
from approvals.policy_preview import preview_policy
from approvals.policy_words import in_words
from approvals.services import set_policy
from approvals.services.policies import PolicyOutcome
from approvals.views.changes import HtmxHttpRequest
from approvals.views.policy_form import PolicyForm
from approvals.views.proposals import proposals_waiting
from registry.lookup import find_workspace
from registry.models import Stage
from registry.views.submit import submit


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_policy(request: HtmxHttpRequest, ws: str, key: str) -> HttpResponse:
    """The form of one stage's policy, and what it would mean; POST saves it and leads back, or only shows what it would mean."""
    workspace, by = find_workspace(request.user, ws), Caller.of_request(request, "page")
    policy = _find(workspace, key)
    check_role(by, membership_of(by, workspace.pk), Role.ADMIN, Scope.ADMIN)
    groups = list(ApproverGroup.objects.filter(workspace=workspace).order_by("name", "key"))
    form = PolicyForm(request.POST if request.method == "POST" else None, policy=policy, groups=groups)
    wanted = form.wanted if not form.is_bound or form.is_valid() else None
    saves = wanted and "preview" not in request.POST
    if saves and submit(request, form, lambda: _set(policy, by, wanted or {}, form.cleaned_data["revision"])):
        _tell(request, form.result)
        return redirect("workspace-settings", workspace.slug)
    preview = None if wanted is None else preview_policy(policy, wanted, by)
    if request.htmx.target == "policy-preview":
        return render(request, "approvals/_policy_preview.html", {"preview": preview, "stage": policy.stage})
    return render(request, "approvals/policy.html", _page(workspace, policy, form, by) | {"preview": preview}, status=form.status)


def _find(workspace: Workspace, key: str) -> StagePolicy:
    """Return a stage's policy. Raises NotFound."""
    policy = StagePolicy.objects.select_related("stage").filter(stage__workspace=workspace, stage__key=key).first()
    if policy is None:
        raise NotFound(f"There is no stage “{key}” in {workspace.title}. Look it up in the workspace's settings.")
    return policy


def _set(policy: StagePolicy, by: Caller, wanted: dict[str, Any], revision: int) -> PolicyOutcome:
    return set_policy(stage_id=policy.stage_id, by=by, changes=wanted, revision=revision)


def _tell(request: HttpRequest, outcome: PolicyOutcome) -> None:
    name = outcome.policy.stage.name
    if outcome.proposal:
        messages.warning(
            request,
            f"A move into {name} would need less than before, so a second admin must confirm it. Until then nothing changes.",
        )
    else:
        messages.success(request, f"Saved what a move into {name} needs.")


def _page(workspace: Workspace, policy: StagePolicy, form: PolicyForm, by: Caller) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "stage": policy.stage,
        "form": form,
        "waiting": StageChangeRequest.objects.pending().filter(to_stage=policy.stage).exists(),
        "proposals": proposals_waiting(workspace, by, stage=policy.stage),
        "crumbs": [
            ("Workspaces", reverse("workspaces")),
            (workspace.title, reverse("workspace-settings", args=[workspace.slug])),
        ],
    }


@dataclass(frozen=True)
class PolicyRow:
    """A stage, and what a move into it needs, in words."""

    stage: Stage
    words: str


def policy_rows(workspace: Workspace) -> list[PolicyRow]:
    """Return what each stage of a workspace demands, in order; one query."""
    policies = StagePolicy.objects.filter(stage__workspace=workspace, stage__retired_at=None).select_related("stage")
    return [PolicyRow(policy.stage, in_words(policy.content)) for policy in policies.order_by("stage__position")]
