"""Imports that one may see."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from accounts.models import Role

if TYPE_CHECKING:
    from imports.models import Import


class ImportQuerySet(models.QuerySet["Import"]):
    """Imports."""

    def visible_to(self, user: Any) -> "ImportQuerySet":
        """Those of workspaces that the user is an admin of: addresses of internal systems are nobody else's business."""
        if not user.pk:
            return self.none()
        return self.filter(workspace__memberships__user_id=user.pk, workspace__memberships__role=Role.ADMIN)

    def unfinished(self) -> "ImportQuerySet":
        """Those that wait or run."""
        return self.filter(status__in=["waiting", "running"])

    def due(self, moment: datetime) -> "ImportQuerySet":
        """Those that no worker has: none took them, or whoever did has not been heard of since."""
        return self.unfinished().filter(Q(leased_until=None) | Q(leased_until__lte=moment))
