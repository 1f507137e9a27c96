"""What was said, edited or taken back by who said it; an admin may take it back as well."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.caller import Caller
from accounts.models import Role
from activity.errors import NotFound
from approvals.comment_rules import ACTIONS, comment_actions
from approvals.forms import SayForm
from approvals.models import Comment
from approvals.services import delete_comment, edit_comment
from registry.forms import RefusableForm
from registry.views.addresses import version_crumbs, version_url
from registry.views.standing import reader_on
from registry.views.submit import form_page, opened, submit


@dataclass(frozen=True)
class Said:
    """A comment as it is shown, and what whoever looks may do with it: `edit`, `delete`."""

    comment: Comment
    actions: list[str]


def said(comments: Iterable[Comment], by: Caller, role: Role) -> list[Said]:
    """Comments as somebody with this role on their model sees them."""
    return [Said(comment, comment_actions(comment, by, role)) for comment in comments]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Say it in other words."""
    comment, by = _find(request, pk, "edit")
    form = opened(SayForm, request, initial={"body": comment.body})
    if submit(request, form, lambda: edit_comment(comment_id=pk, body=form.cleaned_data["body"], by=by)):
        messages.success(request, "Your comment is saved. The log keeps what it said before.")
        return redirect(_address(comment))
    return form_page(request, "approvals/comment_edit.html", form, **_context(comment))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back, after a second look."""
    comment, by = _find(request, pk, "delete")
    form = opened(RefusableForm, request)
    if submit(request, form, lambda: delete_comment(comment_id=pk, by=by)):
        messages.success(request, "The comment is deleted. The log keeps what it said.")
        return redirect(_address(comment))
    return form_page(request, "approvals/comment_delete.html", form, **_context(comment))


def _find(request: HttpRequest, pk: int, action: str) -> tuple[Comment, Caller]:
    """A comment that stands, about what the user sees, for whoever may do that with it. Raises NotFound, Forbidden."""
    comments = Comment.objects.visible_to(request.user).select_related("version__model__workspace", "author")
    comment = comments.filter(pk=pk, deleted_at=None, version__deleted_at=None, version__model__deleted_at=None).first()
    if comment is None:
        raise NotFound(f"There is no comment {pk} that you may see. It may have been deleted.")
    reader = reader_on(request, comment.version.model)
    ACTIONS[action](comment, reader.caller, reader.role)
    return comment, reader.caller


def _address(comment: Comment) -> str:
    """Where it stands: in the discussion of its request, else on the page of its version."""
    if comment.change_request_id:
        return f"{reverse('request', args=[comment.change_request_id])}#comment-{comment.pk}"
    return f"{version_url(comment.version)}#comment-{comment.pk}"


def _context(comment: Comment) -> dict[str, object]:
    return {"comment": comment, "address": _address(comment), "crumbs": version_crumbs(comment.version)}
