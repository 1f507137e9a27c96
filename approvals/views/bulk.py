"""Several requests decided in one go: a summary first, then each on its own, with a result for each."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.caller import Caller
from activity.errors import DomainError
from activity.unit import unit_of_work
from approvals.forms import DecisionForm
from approvals.models import StageChangeRequest
from approvals.rows import RequestRow, request_rows
from approvals.views.decisions import APPROVE, REJECT, Decision, outcome
from config.problems import note_refusal

DECISIONS = {"approve": APPROVE, "reject": REJECT}
MOST_AT_ONCE = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decide_selected(request: HttpRequest) -> HttpResponse:
    """GET lists what was selected, with what each decision would do; POST decides and tells the result of each."""
    data = request.POST if request.method == "POST" else request.GET
    decision = DECISIONS.get(data.get("action", ""), APPROVE)
    rows = _selected(request, data.getlist("requests"))
    form = DecisionForm(request.POST or None, says_why=decision.says_why)
    if request.method == "POST" and form.is_valid():
        if decision.says_why and not form.cleaned_data["comment"].strip():
            form.add_error("comment", "A rejection needs a comment that says why, so nothing was done.")
            form.status = 400
        else:
            results = [_result(request, decision, row, form.cleaned_data["comment"]) for row in rows]
            return render(request, "approvals/selected_results.html", {"decision": decision, "results": results})
    able = [row for row in rows if decision.action in row.actions]
    context = {"decision": decision, "form": form, "able": able, "unable": [row for row in rows if row not in able]}
    return render(request, "approvals/selected.html", context | {"key": decision.action}, status=form.status)


def _selected(request: HttpRequest, ids: list[str]) -> list[RequestRow]:
    """The rows that were ticked, oldest first; what the person may not see is left out."""
    numbers = [int(text) for text in ids if text.isascii() and text.isdecimal() and len(text) < 19][:MOST_AT_ONCE]
    requests = StageChangeRequest.objects.visible_to(request.user).with_everything().filter(pk__in=numbers).order_by("pk")
    return request_rows(requests, Caller.of_request(request, "page"))


@dataclass(frozen=True)
class Result:
    """What came of one request."""

    row: RequestRow
    done: bool
    text: str


def _result(request: HttpRequest, decision: Decision, row: RequestRow, comment: str) -> Result:
    """Decide on one request, in a unit of its own: what stops one does not stop the others."""
    pk, by = row.change_request.pk, Caller.of_request(request, "page")
    digest = request.POST.get(f"digest-{pk}", "")
    try:
        with unit_of_work():
            ended = decision.service(change_request_id=pk, by=by, comment=comment, digest=digest)
    except DomainError as error:
        note_refusal(request, error.code, error.detail)
        return Result(row, False, error.detail)
    (row,) = request_rows([ended], by)
    return Result(row, True, outcome(decision.action, row))
