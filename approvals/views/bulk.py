"""Several requests decided in one go: a summary first, then each on its own, with a result for each."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.caller import Caller
from activity.errors import DomainError
from activity.unit import unit_of_work
from approvals.forms import DecisionForm
from approvals.models import StageChangeRequest
from approvals.rows import RequestRow, brief, request_rows
from approvals.views.decisions import APPROVE, REJECT, Decision, outcome
from config.problems import note_refusal

DECISIONS = {"approve": APPROVE, "reject": REJECT}
MOST_AT_ONCE = 100
EDITED = "It was edited after you ticked it, so it is left out. Look at what stands there now, then decide."


@dataclass(frozen=True)
class Selection:
    """What was ticked, oldest first. `seen`: by number, the digest of the content then; `beyond` and `unknown` count what is not here."""

    rows: list[RequestRow]
    seen: dict[int, str]
    beyond: int
    unknown: int

    @property
    def beyond_text(self) -> str:
        """What became of those that are too many."""
        return f"At most {MOST_AT_ONCE} are decided at once. You selected {self.beyond} more, to which nothing happens now."

    def left_out(self, row: RequestRow, action: str) -> str:
        """Why one is not decided on with the others; nothing when it is."""
        seen = self.seen[row.change_request.pk]
        if action in row.actions and seen and brief(seen) != row.seen:
            return EDITED
        return "" if action in row.actions else row.reasons[action]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decide_selected(request: HttpRequest) -> HttpResponse:
    """GET lists what was selected, with what each decision would do; POST decides and tells the result of each."""
    data = request.POST if request.method == "POST" else request.GET
    decision = DECISIONS.get(data.get("action", ""), APPROVE)
    selection = _selection(request, data)
    form = DecisionForm(request.POST or None, says_why=decision.says_why)
    if request.method != "POST":
        form.fields["comment"].widget.attrs.pop("autofocus")  # it would scroll past what is listed above it
    frame = {"decision": decision, "key": decision.action, "back": _back(data), "back_query": data.get("back", "")}
    if request.method == "POST" and _can_be_sent(form, decision):
        results = [_result(request, decision, row, form.cleaned_data["comment"]) for row in selection.rows]
        return render(request, "approvals/selected_results.html", frame | _told(results, decision, form))
    left_out = [(row, reason) for row in selection.rows if (reason := selection.left_out(row, decision.action))]
    able = [row for row in selection.rows if not selection.left_out(row, decision.action)]
    context = frame | {"form": form, "selection": selection, "able": able, "left_out": left_out}
    return render(request, "approvals/selected.html", context, status=form.status)


def _selection(request: HttpRequest, data: QueryDict) -> Selection:
    """Read what was ticked: numbers, each with the beginning of the digest seen (`12.3f0a…`), or all of it in a field of its own."""
    ticked = [text.partition(".") for text in data.getlist("requests")]
    seen = {int(text): digest for text, _, digest in ticked if text.isascii() and text.isdecimal() and len(text) < 19}
    seen = {pk: data.get(f"digest-{pk}", digest) for pk, digest in seen.items()}
    numbers = list(seen)[:MOST_AT_ONCE]
    requests = StageChangeRequest.objects.visible_to(request.user).with_everything().filter(pk__in=numbers).order_by("pk")
    rows = request_rows(requests, Caller.of_request(request, "page"))
    return Selection(rows, seen, len(seen) - len(numbers), len(numbers) - len(rows))


def _back(data: QueryDict) -> str:
    """The list that the selection was made in, with its filters."""
    query = QueryDict(data.get("back", "")).urlencode()
    return f"{reverse('approvals')}?{query}" if query else reverse("approvals")


def _can_be_sent(form: DecisionForm, decision: Decision) -> bool:
    """Whether the form says all that is needed; if not, it is shown again, and says what is missing."""
    if not form.is_valid():
        return False
    if decision.says_why and not form.cleaned_data["comment"].strip():
        form.add_error("comment", "A rejection needs a comment that says why, so nothing was done.")
        form.status = 400
    return not form.errors


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
            voice = request.POST.get(f"for-{pk}", "")
            whom = int(voice) if voice.isascii() and voice.isdecimal() and len(voice) < 19 else None
            ended = decision.service(change_request_id=pk, by=by, comment=comment, digest=digest, on_behalf_of=whom)
    except DomainError as error:
        note_refusal(request, error.code, error.detail)
        return Result(row, False, error.detail)
    (row,) = request_rows([ended], by)
    return Result(row, True, outcome(decision.action, row))


def _told(results: list[Result], decision: Decision, form: DecisionForm) -> dict[str, object]:
    """What the page of results shows; the comment is kept, and the way back to those refused, where any was."""
    refused = [result for result in results if not result.done]
    again = [("action", decision.action), *(("requests", result.row.change_request.pk) for result in refused)]
    return {
        "results": results,
        "done": len(results) - len(refused),
        "refused": len(refused),
        "again": f"{reverse('approvals-selected')}?{urlencode(again)}" if refused else "",
        "comment": form.cleaned_data["comment"],
    }
