"""Deciding on a request: each page says what will happen, then does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.caller import Caller
from approvals.differences import differences
from approvals.forms import DecisionForm, SayForm
from approvals.models import StageChangeRequest
from approvals.requirements import still_missing
from approvals.rows import RequestRow
from approvals.services import (
    add_comment,
    approve_stage_change,
    reject_stage_change,
    revoke_stage_change,
    withdraw_approval,
)
from approvals.views.counterpart import counterpart_of
from approvals.views.requests import find_row, live_request, request_context, request_page
from registry.views.submit import submit


@dataclass(frozen=True)
class Decision:
    """One way to decide: its service, and the words of its page."""

    action: str
    title: str
    button: str
    service: Callable[..., StageChangeRequest]
    says_why: bool = False
    on_content: bool = True

    def form(self, row: RequestRow, data: Any = None, **kwargs: Any) -> DecisionForm:
        """The form of it, for this request."""
        return DecisionForm(data, says_why=self.says_why, voices=row.voices if self.on_content else (), **kwargs)

    def said(self, form: DecisionForm) -> dict[str, Any]:
        """What the service is told of the form: the comment, and what was seen where that matters."""
        return form.cleaned_data if self.on_content else {"comment": form.cleaned_data["comment"]}


APPROVE = Decision("approve", "Approve the request", "Approve", approve_stage_change)
REJECT = Decision("reject", "Reject the request", "Reject", reject_stage_change, says_why=True)
WITHDRAW = Decision("withdraw", "Withdraw your approval", "Withdraw approval", withdraw_approval, on_content=False)
REVOKE = Decision("revoke", "Revoke the request", "Revoke", revoke_stage_change, on_content=False)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve what was seen."""
    return _decide(request, pk, APPROVE)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Say no, and why."""
    return _decide(request, pk, REJECT)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's approval."""
    return _decide(request, pk, WITHDRAW)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's request."""
    return _decide(request, pk, REVOKE)


def _decide(request: HttpRequest, pk: int, decision: Decision) -> HttpResponse:
    """GET says what would happen; POST does it and leads to the request. A refusal comes back with what was typed."""
    live = live_request(pk, hold=reverse("request", args=[pk]))
    row = find_row(request, pk)
    if request.method == "POST":
        form = decision.form(row, request.POST)
        if submit(
            request,
            form,
            lambda: decision.service(change_request_id=pk, by=Caller.of_request(request, "page"), **decision.said(form)),
        ):
            messages.success(request, outcome(decision.action, find_row(request, pk)))
            return redirect("request", pk)
        row = find_row(request, pk)
    else:
        form = decision.form(row, initial={"digest": request.GET.get("digest") or row.situation.digest})
    return render(request, "approvals/decide.html", _context(request, row, decision, form) | {"live": live}, status=form.status)


def outcome(action: str, row: RequestRow) -> str:
    """Say what came of a decision."""
    version, to = row.version_name, row.change_request.to_stage.name
    if action == "approve":
        waits = f"Approved. It waits for {still_missing(row.situation)}."
        return waits if row.change_request.is_pending else f"Approved: {version} is now in {to}."
    if action == "reject":
        return f"Rejected: {version} stays where it is."
    return "Your approval is withdrawn." if action == "withdraw" else "Revoked. To ask again, make a new request."


def _context(request: HttpRequest, row: RequestRow, decision: Decision, form: DecisionForm) -> dict[str, Any]:
    """What the page of a decision shows; with what changed, when it is not what was seen."""
    seen = form["digest"].value()
    changed = bool(seen) and decision.on_content and row.change_request.is_pending and seen != row.situation.digest
    shown = {
        "counterpart": counterpart_of(row) if decision.action == "approve" else None,
        "decision": decision,
        "form": form,
        "changed": changed,
        "differences": differences(row.situation, seen) if changed else None,
        "refused": row.reasons.get(decision.action, ""),
        "digest": row.situation.digest,
        "unseen": not request.GET.get("digest"),
    }
    return request_context(request, row) | shown


@login_required
@require_POST
def comment_on_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something about a request, whatever its status."""
    row = find_row(request, pk)
    form = SayForm(request.POST)
    what: dict[str, Any] = {
        "version_id": row.change_request.version_id,
        "change_request_id": pk,
        "by": Caller.of_request(request, "page"),
    }
    if submit(request, form, lambda: add_comment(body=form.cleaned_data["body"], **what)):
        return redirect(f"{row.address}#discussion")
    return request_page(request, row, form)
