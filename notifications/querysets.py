"""Webhooks and notices that are there, and those that one may see."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership, Role
from approvals.querysets import COUNTED

if TYPE_CHECKING:
    from notifications.models import Notice, Webhook


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Webhooks."""

    def living(self) -> "WebhookQuerySet":
        """Those that nobody deleted."""
        return self.filter(deleted_at=None)

    def visible_to(self, user: Any) -> "WebhookQuerySet":
        """Those of workspaces that the user is an admin of: an address may be a secret by itself."""
        if not user.pk:
            return self.none()
        return self.living().filter(workspace__memberships__user_id=user.pk, workspace__memberships__role=Role.ADMIN)


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices."""

    def visible_to(self, user: Any) -> "NoticeQuerySet":
        """What stands on the user's page: their own, of workspaces that they are still in."""
        return self.of_what_is_seen_by(user).filter(shown=True)

    def of_what_is_seen_by(self, user: Any) -> "NoticeQuerySet":
        """The user's own, on the page or not, of workspaces that they are still in and models that are not hidden from them."""
        if not user.pk:
            return self.none()
        mine = Membership.objects.filter(user_id=user.pk, workspace_id=OuterRef("workspace_id"))
        hidden = self.model._meta.get_field("model").related_model.objects.hidden_ids(user)  # type: ignore[union-attr]
        return self.filter(Q(workspace=None) | Exists(mine), person_id=user.pk).exclude(model__in=hidden)

    def unread(self) -> "NoticeQuerySet":
        """Those not read yet."""
        return self.filter(read_at=None)

    def rows(self, *, unread: bool = False) -> "NoticeQuerySet":
        """Of notices about one thing the last: a row of the page. `unread`: of those not read yet."""
        state: dict[str, Any] = {"read_at": None} if unread else {}
        later = self.model.objects.filter(
            person_id=OuterRef("person_id"), subject=OuterRef("subject"), pk__gt=OuterRef("pk"), shown=True, **state
        )
        return self.filter(~Exists(later), **state)

    def subjects(self) -> "models.QuerySet[Notice, str]":
        """The things that these are about, up to 100: what the count in the navigation says."""
        return self.order_by().values_list("subject", flat=True).distinct()[:COUNTED]
