"""Requests that one may see, and those that wait for somebody."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q

from activity import clock
from approvals.seats import may_decide, seats_for

if TYPE_CHECKING:
    from accounts.models import User
    from approvals.models import Comment, StageChangeRequest, StagePolicy


FEW_MODELS = 500  # that are named one by one in a query
COUNTED = 100  # nobody reads more than "99+"


class RequestQuerySet(models.QuerySet["StageChangeRequest"]):
    """Stage change requests."""

    def visible_to(self, user: "User | Any") -> "RequestQuerySet":
        """Those about models that the user may see, also of versions deleted since: what was decided stays readable.

        Asked of each request by itself: over a join, SQLite would begin with the workspaces and read all requests for one page.
        """
        versions = self.model._meta.get_field("version").related_model.objects  # type: ignore[union-attr]
        return self.filter(Exists(versions.recorded_for(user).filter(pk=OuterRef("version_id")))) if user.pk else self.none()

    def of_model(self, model_id: int) -> "RequestQuerySet":
        """Those about a model's versions; asked of each request, for the same reason."""
        versions = self.model._meta.get_field("version").related_model.objects  # type: ignore[union-attr]
        return self.filter(Exists(versions.filter(pk=OuterRef("version_id"), model=model_id)))

    def of_models_named(self, text: str) -> "RequestQuerySet":
        """Those about models whose name contains a text. Few models are named by number: with a join, the newest of many are sorted."""
        version: Any = self.model._meta.get_field("version").related_model
        named = version._meta.get_field("model").related_model.objects.filter(name__icontains=text)
        ids = list(named.values_list("pk", flat=True)[: FEW_MODELS + 1])
        if len(ids) <= FEW_MODELS:
            return self.filter(version__model_id__in=ids)
        return self.filter(Exists(named.filter(versions=OuterRef("version_id"))))

    def into_stages(self, **lookups: str) -> "RequestQuerySet":
        """Those that ask for a stage which these lookups find; asked of each request, as above."""
        stages = self.model._meta.get_field("to_stage").related_model.objects  # type: ignore[union-attr]
        return self.filter(Exists(stages.filter(pk=OuterRef("to_stage_id"), **lookups))) if lookups else self

    def pending(self) -> "RequestQuerySet":
        """Those that wait."""
        return self.filter(status="pending")

    def open(self) -> "RequestQuerySet":
        """Those that wait and whose time is not over."""
        return self.pending().exclude(expires_at__lte=clock.now())

    def to_be_reviewed(self) -> "RequestQuerySet":
        """Those that somebody put into effect alone, and that nobody signed off yet."""
        return self.filter(effect="break-glass", sign_off=None)

    def awaiting(self, user: "User") -> "RequestQuerySet":
        """Pending requests that this user's approval would count for, and who has not given it.

        The same rules as `approvals.rules.check_may_review`, as one query: a test holds the two together. The workspace is asked of
        the stage, of which there are few: over the model, each request would cost one row more of a large table.
        """
        reviews = self.model._meta.get_field("reviews").related_model.objects  # type: ignore[union-attr]
        voted = reviews.filter(
            change_request=OuterRef("pk"), principal_id=user.principal_id, digest=OuterRef("digest"), withdrawn_at=None
        )
        return (
            self.open()
            .filter(may_decide(user), version__lock_level="open")
            .filter(seats_for(user, self._policies()))
            .exclude(requester_principal_id=user.principal_id)
            .exclude(to_stage__policy__exclude_last_editor=True, version__content_edited_by_id=user.principal_id)
            .exclude(Exists(voted))
        )

    def awaiting_sign_off(self, user: "User") -> "RequestQuerySet":
        """Those to be reviewed that this user may sign off: the same rules as `approvals.rules.check_may_sign_off`, as one query."""
        alone = Q(requester_principal_id=user.principal_id) | Q(decided_by_id=user.principal_id)
        return self.to_be_reviewed().filter(may_decide(user)).exclude(alone)

    def up_to_100(self) -> "RequestQuerySet":
        """Any 100 of them: enough to count."""
        return self.order_by()[:COUNTED]

    def count_up_to_100(self) -> int:
        """How many there are, 100 for all that is more: what pages show as "99+", at a cost that does not grow."""
        return self.up_to_100().count()

    def _policies(self) -> "Iterable[StagePolicy]":
        """All that name groups: few rows."""
        stage = self.model._meta.get_field("to_stage").related_model
        policies = stage._meta.get_field("policy").related_model.objects  # type: ignore[union-attr]
        return policies.exclude(groups=[]).select_related("stage")

    def with_everything(self) -> "RequestQuerySet":
        """With all that a row of a list shows, in a constant number of queries."""
        reviews = self.model._meta.get_field("reviews").related_model.objects.select_related("reviewer", "on_behalf_of")  # type: ignore[union-attr]
        checks = self.model._meta.get_field("checks").related_model.objects.select_related("reporter")  # type: ignore[union-attr]
        return self.select_related(
            "version__model__workspace", "version__content_edited_by", "requester", "decided_by", "from_stage", "to_stage__policy",
            "sign_off__reviewer",
        ).prefetch_related(Prefetch("reviews", reviews), Prefetch("checks", checks))  # fmt: skip


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments."""

    def visible_to(self, user: "User | Any") -> "CommentQuerySet":
        """Those about models that the user may see."""
        versions = self.model._meta.get_field("version").related_model.objects  # type: ignore[union-attr]
        return self.filter(Exists(versions.recorded_for(user).filter(pk=OuterRef("version_id")))) if user.pk else self.none()
