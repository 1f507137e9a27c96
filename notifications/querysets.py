"""Webhooks that are there, and those that one may see."""

from typing import TYPE_CHECKING, Any

from django.db import models

from accounts.models import Role

if TYPE_CHECKING:
    from notifications.models import Webhook


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
