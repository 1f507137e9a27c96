"""What is said about a version."""

from rest_framework.request import Request
from rest_framework.response import Response

from approvals.models import Comment
from approvals.serializers.requests import AddComment, CommentSerializer
from approvals.services import add_comment
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


def _comment_body(comment: Comment) -> Json:
    return dict(CommentSerializer(comment).data)
