"""Break-glass: the page on which one person puts a change into effect alone, and the second look at it afterwards."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.caller import Caller
from approvals.differences import differences
from approvals.forms import BypassForm, SignOffForm
from approvals.rows import RequestRow
from approvals.services import bypass_stage_change, sign_off_bypass
from approvals.views.requests import find_row, request_context, request_page
from registry.views.submit import submit


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bypass(request: HttpRequest, pk: int) -> HttpResponse:
    """GET says what would be overridden; POST, with the reason and the name typed, puts the change into effect."""
    row = find_row(request, pk)
    form = BypassForm(
        request.POST if request.method == "POST" else None,
        typed=f"{row.model_name} {row.version_name}",
        initial={"digest": request.GET.get("digest") or row.situation.digest},
    )
    if submit(request, form, lambda: bypass_stage_change(change_request_id=pk, by=_by(request), **_said(form))):
        messages.success(request, f"{row.version_name} is now in {row.change_request.to_stage.name}, by break-glass.")
        return redirect("request", pk)
    row = find_row(request, pk) if form.is_bound else row
    return render(request, "approvals/bypass.html", request_context(request, row) | _context(row, form), status=form.status)


def _by(request: HttpRequest) -> Caller:
    return Caller.of_request(request, "page")


def _said(form: BypassForm) -> dict[str, Any]:
    return {"comment": form.cleaned_data["comment"], "digest": form.cleaned_data["digest"]}


def _context(row: RequestRow, form: BypassForm) -> dict[str, Any]:
    """What the page shows besides the request: what is overridden, and what changed when it is not what was seen."""
    seen = form["digest"].value()
    changed = bool(seen) and row.change_request.is_pending and seen != row.situation.digest
    return {
        "form": form,
        "refused": row.reasons.get("bypass", ""),
        "unmet": [each for each in row.requirements if each.status == "unsatisfied"],
        "digest": row.situation.digest,
        "changed": changed,
        "differences": differences(row.situation, seen) if changed else None,
    }


@login_required
@require_POST
def sign_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Say, as a second person, that one has looked at it."""
    row = find_row(request, pk)
    form = SignOffForm(request.POST, prefix="sign-off")
    if submit(
        request, form, lambda: sign_off_bypass(change_request_id=pk, by=_by(request), comment=form.cleaned_data["comment"])
    ):
        messages.success(request, "Signed off.")
        return redirect(f"{row.address}#sign-off")
    return request_page(request, find_row(request, pk), sign_off=form)
