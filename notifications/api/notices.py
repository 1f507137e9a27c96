"""What the caller was told, and what of it they read."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import authorise_own
from accounts.caller import Scope
from config.endpoint import Endpoint
from config.operation import operation, page_of
from notifications.models import Notice
from notifications.notices import read_all
from notifications.serializers import NoticeQuery, NoticeSerializer, ReadNotices, ReadSerializer


class Notices(Endpoint):
    """The caller's notices."""

    @operation("list_notices", answer=page_of(NoticeSerializer), query=NoticeQuery)
    def get(self, request: Request) -> Response:
        """List what you were told and why, newest first. What was read is forgotten after 90 days."""
        found = Notice.objects.visible_to(self.by.person).select_related("activity")
        if "unread" in self.asked:
            found = found.filter(read_at__isnull=self.asked["unread"])
        return self.page(found, lambda rows: NoticeSerializer(rows, many=True).data)


class Read(Endpoint):
    """Reading them."""

    @operation("read_notices", body=ReadNotices, answer=ReadSerializer)
    def post(self, request: Request) -> Response:
        """Mark notices as read: those of these ids, or all of them without ids. Those of others are left alone."""
        ids = self.sent.get("ids")
        return self.change(lambda: self._read(ids), lambda count: {"read": count})

    def _read(self, ids: list[int] | None) -> int:
        authorise_own(self.by, Scope.READ)
        return read_all(self.by.person, ids)
