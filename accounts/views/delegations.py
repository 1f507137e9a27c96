"""“While I am away”: who decides for me, and for whom I decide."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.caller import Caller
from accounts.models import Delegation, User
from accounts.services import delegate_decisions, withdraw_delegation
from accounts.views.group_forms import DelegationForm
from activity import clock
from activity.pagination import page_of
from activity.unit import unit_of_work
from registry.views.submit import form_page, opened, submit


@dataclass(frozen=True)
class DelegationRow:
    """A delegation as one of its two people sees it; `state` in one word, `open` while it can be ended."""

    delegation: Delegation
    given: bool
    other: User
    state: str
    open: bool


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_delegations(request: HttpRequest) -> HttpResponse:
    """The delegations that one gave or holds, and a form for a new one."""
    user: Any = request.user
    form = opened(DelegationForm, request, user=user)
    if submit(request, form, lambda: _delegate(request, form)):
        messages.success(
            request, f"{form.result.delegate.display_name} decides for you until {form.result.ends_at:%-d %B, %H:%M} UTC."
        )
        return redirect("delegations")
    found = page_of(request, Delegation.objects.of(user).select_related("delegator", "delegate"))
    return form_page(request, "accounts/delegations.html", form, page=found, rows=[_row(row, user) for row in found.rows])


def _delegate(request: HttpRequest, form: DelegationForm) -> Delegation:
    sent = dict(form.cleaned_data)
    return delegate_decisions(delegate_id=sent.pop("delegate"), by=Caller.of_request(request, "page"), **sent)


def _row(delegation: Delegation, user: User) -> DelegationRow:
    given, state = delegation.delegator_id == user.pk, _state(delegation)
    other = delegation.delegate if given else delegation.delegator
    return DelegationRow(delegation, given, other, state, state in ("to come", "in force"))


def _state(delegation: Delegation) -> str:
    moment = clock.now()
    if delegation.withdrawn_at:
        return "withdrawn"
    if delegation.ends_at <= moment:
        return "over"
    return "to come" if delegation.starts_at > moment else "in force"


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """End a delegation that one gave or holds."""
    with unit_of_work():
        withdraw_delegation(delegation_id=pk, by=Caller.of_request(request, "page"))
    messages.success(request, "The delegation is over. What was decided under it stands.")
    return redirect("delegations")
