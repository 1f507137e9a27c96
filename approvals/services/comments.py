"""Talking about a version."""

from accounts.caller import Caller, Scope
from accounts.models import Role
from activity import clock
from activity.errors import Invalid, NotFound
from activity.log import Subject, record
from approvals.comment_rules import check_may_delete, check_may_edit
from approvals.models import Comment, StageChangeRequest
from registry.access import authorise_on
from registry.content import clean_text
from registry.models import RegisteredModel
from registry.services.versions import locked_version, subject


def add_comment(*, version_id: int, body: str, by: Caller, change_request_id: int | None = None) -> Comment:
    """Say something about a version, or about one of its requests, whatever its status.

    Effects, in order: the comment, activity `comment.added`. Raises NotFound, Forbidden, Invalid.
    """
    model, version = locked_version(version_id)
    authorise_on(by, model, Role.EDITOR, Scope.WRITE)
    body = _words(body)
    if change_request_id and not StageChangeRequest.objects.filter(pk=change_request_id, version=version).exists():
        raise NotFound("There is no such request for this version.")
    comment = Comment.objects.create(
        version=version, change_request_id=change_request_id, author=by.person, body=body, created_at=clock.now()
    )
    record(
        "comment.added", by=by.actor, on=subject(version, model, change_request_id), data={"comment": comment.pk, "body": body}
    )
    return comment


def edit_comment(*, comment_id: int, body: str, by: Caller) -> Comment:
    """Say it in other words; the log keeps those before. The same words again change nothing.

    Effects, in order: the comment, activity `comment.edited`. Raises NotFound, Forbidden, Invalid.
    """
    comment, model, role = _locked_comment(comment_id, by)
    check_may_edit(comment, by, role)
    body = _words(body)
    if body == comment.body:
        return comment
    comment.body, comment.edited_at = body, clock.now()
    comment.save(update_fields=["body", "edited_at"])
    record("comment.edited", by=by.actor, on=_subject_of(comment, model), data={"comment": comment.pk, "body": body})
    return comment


def delete_comment(*, comment_id: int, by: Caller) -> None:
    """Take back what one said, or, as an admin, what somebody said; the log keeps the words.

    Effects, in order: the comment, activity `comment.deleted`. Raises NotFound, Forbidden.
    """
    comment, model, role = _locked_comment(comment_id, by)
    check_may_delete(comment, by, role)
    comment.deleted_at = clock.now()
    comment.save(update_fields=["deleted_at"])
    record(
        "comment.deleted", by=by.actor, on=_subject_of(comment, model), data={"comment": comment.pk, "author": comment.author_id}
    )


def _locked_comment(comment_id: int, by: Caller) -> tuple[Comment, RegisteredModel, Role]:
    """The comment, read while its model is locked, and the caller's role on that. Raises NotFound, Forbidden."""
    comments = Comment.objects.filter(pk=comment_id).select_related("version", "author")
    version_id = comments.values_list("version_id", flat=True).first()
    if version_id is None:
        raise NotFound("There is no such comment.")
    model, _ = locked_version(version_id)
    standing = authorise_on(by, model, Role.EDITOR, Scope.WRITE)
    return comments.get(), model, standing.role


def _subject_of(comment: Comment, model: RegisteredModel) -> Subject:
    return subject(comment.version, model, comment.change_request_id)


def _words(text: str) -> str:
    """What is said, tidied up. Raises Invalid."""
    words = clean_text(text, "comment", 10_000).strip()
    if not words:
        raise Invalid("An empty comment says nothing, so none was added. Write something.", field="comment")
    return words
