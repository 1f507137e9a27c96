"""What is said about a version."""

from rest_framework.request import Request
from rest_framework.response import Response

from activity.errors import NotFound
from approvals.models import Comment
from approvals.serializers.requests import AddComment, CommentSerializer
from approvals.services import add_comment, delete_comment, edit_comment
from config.endpoint import Endpoint, Json
from config.operation import operation, page_of
from config.serializers import ListQuery
from registry.lookup import find_version


class Comments(Endpoint):
    """The comments of a version."""

    @operation("list_comments", answer=page_of(CommentSerializer), query=ListQuery)
    def get(self, request: Request, ws: str, name: str, number: int) -> Response:
        """List what was said about a version, oldest first."""
        comments = Comment.objects.filter(version=find_version(request.user, ws, name, number)).select_related("author")
        return self.page(comments, lambda rows: CommentSerializer(rows, many=True).data, "id")

    @operation("add_comment", body=AddComment, answer=CommentSerializer, status=201)
    def post(self, request: Request, ws: str, name: str, number: int) -> Response:
        """Say something about a version."""
        version, sent = find_version(request.user, ws, name, number), self.sent
        return self.change(lambda: add_comment(version_id=version.pk, body=sent["body"], by=self.by), _comment_body, status=201)


class OneComment(Endpoint):
    """Something that was said about a version."""

    @operation("edit_comment", body=AddComment, answer=CommentSerializer)
    def put(self, request: Request, ws: str, name: str, number: int, pk: int) -> Response:
        """Say it in other words, as who wrote it. The log keeps those before."""
        comment, sent = _find_comment(request, ws, name, number, pk), self.sent
        return self.change(lambda: edit_comment(comment_id=comment.pk, body=sent["body"], by=self.by), _comment_body)

    @operation("delete_comment", status=204)
    def delete(self, request: Request, ws: str, name: str, number: int, pk: int) -> Response:
        """Take back what you said, or, as an admin, what somebody said. Its place stays, and the log keeps the words."""
        comment = _find_comment(request, ws, name, number, pk)
        return self.change(lambda: delete_comment(comment_id=comment.pk, by=self.by), lambda nothing: None, status=204)


def _find_comment(request: Request, ws: str, name: str, number: int, pk: int) -> Comment:
    version = find_version(request.user, ws, name, number)
    comment = Comment.objects.filter(version=version, pk=pk).first()
    if comment is None:
        raise NotFound(f"There is no comment {pk} on {version.name}. Check the address.")
    return comment


def _comment_body(comment: Comment) -> Json:
    return dict(CommentSerializer(comment).data)
