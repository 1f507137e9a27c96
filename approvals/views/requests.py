"""The page of one request, for good: what was asked, what it needs, what was decided and said."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.caller import Caller
from accounts.models import Role, User
from activity.errors import NotFound
from approvals.check_lines import check_lines
from approvals.eligibility import Situation, role_here, why_not_counted
from approvals.forms import SayForm, SignOffForm
from approvals.models import Comment, Review, StageChangeRequest
from approvals.rows import RequestRow, request_rows
from approvals.views.comments import Said, said
from approvals.views.counterpart import counterpart_of
from notifications.models import Mute
from notifications.notices import read_subject
from registry.marks import mark_of
from registry.models import RegisteredModel
from registry.views.addresses import model_crumbs, version_crumbs


@login_required
@require_safe
def show_request(request: HttpRequest, pk: int) -> HttpResponse:
    """What was asked and how it stands. That reads what one was told of it."""
    live = live_request(pk)
    row = find_row(request, pk)
    if request.method == "GET":
        read_subject(request.user, f"request:{pk}")  # type: ignore[arg-type]  # signed in
    return request_page(request, row, live=live)


def live_request(pk: int, **more: str) -> dict[str, str]:
    """What the page of a request tells the script that keeps it up to date; to be asked before anything that it shows."""
    mark = mark_of(RegisteredModel.objects.filter(versions__change_requests=pk, deleted_at=None))
    return {"about": f"request:{pk}", "mark": mark, **more} if mark else {}


def request_page(
    request: HttpRequest, row: RequestRow, say: SayForm | None = None, sign_off: SignOffForm | None = None, **more: Any
) -> HttpResponse:
    """The page of a request, with the forms to say something and to sign off as they were sent."""
    forms = {"say": say or SayForm(), "sign_off": sign_off or SignOffForm(prefix="sign-off")}
    context = request_context(request, row) | {"counterpart": counterpart_of(row)} | forms | more
    return render(request, "approvals/request.html", context, status=max(form.status for form in forms.values()))


def find_row(request: HttpRequest, pk: int) -> RequestRow:
    """Return a request that the person may see, ready to be shown. Raises NotFound."""
    requests = StageChangeRequest.objects.visible_to(request.user).with_everything().filter(pk=pk)
    rows = request_rows(requests, Caller.of_request(request, "page"))
    if not rows:
        raise NotFound(f"There is no stage change request {pk} that you may see. Check the number.")
    return rows[0]


def request_context(request: HttpRequest, row: RequestRow) -> dict[str, Any]:
    """What the page of a request shows."""
    version = row.change_request.version
    gone = version.deleted_at or version.model.deleted_at
    return {
        "row": row,
        "change_request": row.change_request,
        "version": version,
        "stages_by_key": row.stages,
        "crumbs": [] if version.model.deleted_at else model_crumbs(version.model) if gone else version_crumbs(version),
        "reviews": [ReviewLine(review, standing(row.situation, review)) for review in row.situation.reviews],
        "checks": check_lines(row.situation),
        "report_url": request.build_absolute_uri(f"/api/v1/stage-change-requests/{row.change_request.pk}/checks"),
        "comments": _said(request, row, gone=bool(gone)),
        "eligible": _who_may(row),
        "muted": Mute.objects.filter(person_id=request.user.pk, change_request=row.change_request).exists(),
        "may_say": request.user.pk in row.situation.members and not gone,
    }


def _said(request: HttpRequest, row: RequestRow, *, gone: bool) -> list[Said]:
    """What was said about it, and what whoever looks may do with that: nothing where the version is `gone`."""
    member = row.situation.members.get(request.user.pk or 0)
    role = role_here(row.situation, member) if member and not gone else Role.VIEWER
    comments = Comment.objects.filter(change_request=row.change_request).select_related("author")
    return said(comments, Caller.of_request(request, "page"), role)


def _who_may(row: RequestRow) -> list[User]:
    """The people that the requirements name, as people."""
    names = {name for requirement in row.requirements for name in requirement.eligible}
    people = [member.user for member in row.situation.members.values() if member.user.username in names]
    return sorted(people, key=lambda person: person.display_name.casefold())


@dataclass(frozen=True)
class ReviewLine:
    """A review, and why it does not count; nothing when it does."""

    review: Review
    standing: str


def standing(situation: Situation, review: Review) -> str:
    """Say why a review no longer counts; nothing when it does, or when the request has ended with it."""
    if review.withdrawn_at:
        return "Taken back by its author."
    if review.digest != situation.digest:
        return "Given for other content: it counts again if that comes back."
    member = situation.members.get(review.reviewer_id)
    if situation.change_request.is_pending and why_not_counted(situation, member, review.principal_id, review.on_behalf_of_id):
        return "Its author may not decide on this any more."
    return ""
