"""What is said about a version."""

from accounts.caller import Caller
from accounts.models import Role
from activity.errors import NotFound
from approvals.comment_rules import comment_actions
from approvals.models import Comment
from approvals.services import add_comment, delete_comment, edit_comment
from gateways.call import Call
from gateways.databricks import wire
from gateways.mlflow.reading import version_of
from gateways.protocol import Json
from registry.access import standing_on


def create(call: Call) -> Json:
    """Say something about a version."""
    version, words = version_of(call), call.text("comment", required=True)
    return call.change(lambda: add_comment(version_id=version.pk, body=words, by=call.by), lambda said: _told(said, call.by))


def update(call: Call) -> Json:
    """Say it in other words."""
    comment, words = _comment_of(call), call.text("comment", required=True)
    return call.change(lambda: edit_comment(comment_id=comment.pk, body=words, by=call.by), lambda said: _told(said, call.by))


def delete(call: Call) -> Json:
    """Take it back."""
    comment = _comment_of(call)
    return call.change(lambda: delete_comment(comment_id=comment.pk, by=call.by), lambda nothing: {})


def _comment_of(call: Call) -> Comment:
    """The comment that a call names. Raises NotFound, Invalid."""
    pk = call.whole("id", required=True)
    comments = Comment.objects.visible_to(call.user).filter(pk=pk, version__model__workspace=call.workspace)
    comment = comments.select_related("version").first()
    if comment is None:
        raise NotFound(f"There is no comment {pk} that you may see. Check the id, which is told when it is made.")
    return comment


def _told(comment: Comment, by: Caller) -> Json:
    standing = standing_on(by, comment.version.model)
    actions = comment_actions(comment, by, standing.role if standing else Role.VIEWER)
    return {"comment": wire.comment(comment, actions)}
