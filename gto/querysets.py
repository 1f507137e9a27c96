"""Repositories that have something to do."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

if TYPE_CHECKING:
    from gto.models import TagRepository


class RepositoryQuerySet(models.QuerySet["TagRepository"]):
    """Repositories."""

    def to_write(self, moment: datetime) -> "RepositoryQuerySet":
        """Those with lines that are not written yet, and whose time to try has come."""
        models_of = self.model._meta.get_field("models").related_model.objects  # type: ignore[union-attr]
        due = models_of.filter(repository=OuterRef("pk"), due_seq__gt=F("seq"))
        return self.filter(Q(next_write_at=None) | Q(next_write_at__lte=moment), Exists(due), enabled=True)

    def to_push(self, moment: datetime) -> "RepositoryQuerySet":
        """Those whose time to push has come."""
        return self.filter(enabled=True, next_push_at__lte=moment).exclude(remote="")
