"""Talking about a version."""

from accounts.caller import Caller, Scope
from accounts.models import Role
from activity import clock
from activity.errors import Invalid, NotFound
from activity.log import record
from approvals.models import Comment, StageChangeRequest
from registry.access import authorise_on
from registry.content import clean_text
from registry.services.versions import locked_version, subject


def add_comment(*, version_id: int, body: str, by: Caller, change_request_id: int | None = None) -> Comment:
    """Say something about a version, or about one of its requests, whatever its status.

    Effects, in order: the comment, activity `comment.added`. Raises NotFound, Forbidden, Invalid.
    """
    model, version = locked_version(version_id)
    authorise_on(by, model, Role.EDITOR, Scope.WRITE)
    body = clean_text(body, "comment", 10_000).strip()
    if not body:
        raise Invalid("An empty comment says nothing, so none was added. Write something.", field="comment")
    if change_request_id and not StageChangeRequest.objects.filter(pk=change_request_id, version=version).exists():
        raise NotFound("There is no such request for this version.")
    comment = Comment.objects.create(
        version=version, change_request_id=change_request_id, author=by.person, body=body, created_at=clock.now()
    )
    record(
        "comment.added", by=by.actor, on=subject(version, model, change_request_id), data={"comment": comment.pk, "body": body}
    )
    return comment
