"""What may be seen of the registry, and what the pages and the API ask of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.db.models import Count, Q
from django.db.models.expressions import RawSQL

from accounts.models import GroupMember, Membership, Role
from activity.prepared import prepared
from registry.jsonlookups import list_has

if TYPE_CHECKING:
    from accounts.models import User
    from registry.models import Collaborator, ModelVersion, Proposal, RegisteredModel, Stage, StageAssignment


# Versions of one model. By id it would be the same order, but PostgreSQL might then walk the primary key past all other models' rows.
NEWEST_FIRST = "-number"


class StageQuerySet(models.QuerySet["Stage"]):
    """Stages."""

    def current(self) -> "StageQuerySet":
        """Those that a version can enter: not retired."""
        return self.filter(retired_at=None)

    def visible_to(self, user: "User | Any") -> "StageQuerySet":
        """Those of the user's workspaces."""
        return self.filter(workspace__memberships__user_id=user.pk) if user.pk else self.none()


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Proposals of less than before."""

    def visible_to(self, user: "User | Any") -> "ProposalQuerySet":
        """Those of the user's workspaces."""
        return self.filter(stage__workspace__memberships__user_id=user.pk) if user.pk else self.none()

    def pending(self) -> "ProposalQuerySet":
        """Those that wait for a second admin."""
        return self.filter(status="pending")


class Viewer(NamedTuple):
    """What of a user decides what they see: all that a prepared query is told of them."""

    pk: int
    owner_id: int | None


def accounts_of(user: "User | Any") -> list[int]:
    """The ids by which somebody owns models: a service account counts as the person who owns it."""
    return [pk for pk in (user.pk, user.owner_id) if pk]


class CollaboratorQuerySet(models.QuerySet["Collaborator"]):
    """Collaborators."""

    def of(self, user: "User | Any", groups: "models.QuerySet[GroupMember] | None" = None) -> "CollaboratorQuerySet":
        """Those that let the user in: by name, or as one of a group; of `groups` alone, when given."""
        inside = GroupMember.objects.all() if groups is None else groups
        mine = Membership.objects.filter(user_id=user.pk).values("pk")
        return self.filter(Q(membership__in=mine) | Q(group__in=inside.filter(user_id=user.pk).values("group_id")))

    def concerning_members(self) -> "CollaboratorQuerySet":
        """Those that let in the member of an outer query, by name or as one of a group."""
        inside = GroupMember.objects.filter(user_id=models.OuterRef(models.OuterRef("user_id")))
        return self.filter(Q(membership=models.OuterRef("pk")) | Q(group__in=inside.values("group_id")))

    def who_edit(self) -> "CollaboratorQuerySet":
        """Those whose role lets them register, edit, ask and decide, whatever their role in the workspace."""
        return self.filter(role__in=[Role.EDITOR, Role.ADMIN], beyond=True)


class ModelQuerySet(models.QuerySet["RegisteredModel"]):
    """Registered models."""

    def visible_to(self, user: "User | Any") -> "ModelQuerySet":
        """The living ones of the user's workspaces, but those hidden from them."""
        if not user.pk:
            return self.none()
        mine = self.filter(workspace__memberships__user_id=user.pk, deleted_at=None)
        return mine.exclude(pk__in=self.model.objects.hidden_ids(user))

    def hidden_from(self, user: "User | Any") -> "ModelQuerySet":
        """The private ones of the user's workspaces, also the deleted, that they are not let in to: the one place that says so.

        The workspace's admins, the owner and collaborators are. It depends on no row around it, so that a list asks it once.
        """
        mine = Membership.objects.filter(user_id=user.pk).exclude(role=Role.ADMIN)
        private = self.filter(private=True, workspace__in=mine.values("workspace_id")).exclude(owner__in=accounts_of(user))
        return private.exclude(pk__in=self._collaborators().of(user).values("model_id"))

    def hidden_ids(self, user: "User | Any") -> RawSQL:
        """The ids of `hidden_from`, for a query to leave out. Whatever may be seen is asked with them, so their SQL is prepared."""
        return _hidden_ids.subquery(self.model, user.pk, user.owner_id)

    def with_rights_of(self, user: "User | Any") -> "ModelQuerySet":
        """Each with `edits`: whether a collaborator's role lets the user edit it, whatever their role in the workspace."""
        rows = self._collaborators().of(user).who_edit().filter(model=models.OuterRef("pk"))
        return self.annotate(edits=models.Exists(rows))

    def _collaborators(self) -> "CollaboratorQuerySet":
        rows: CollaboratorQuerySet = self.model._meta.get_field("collaborators").related_model.objects.all()  # type: ignore[union-attr]
        return rows

    def with_version_in(self, stage_key: str) -> "ModelQuerySet":
        """Those that have a living version in that stage."""
        return self.filter(models.Exists(self._versions().filter(stage=stage_key)))

    def with_label(self, label: str) -> "ModelQuerySet":
        """Those that carry the label."""
        return self.filter(list_has("labels", label))

    def with_nothing_in_production(self) -> "ModelQuerySet":
        """Those without a version in a stage of kind production."""
        return self.exclude(models.Exists(self._versions().in_production()))

    def _versions(self) -> "VersionQuerySet":
        versions: VersionQuerySet = self.model._meta.get_field("versions").related_model.objects.alive()  # type: ignore[union-attr]
        return versions.filter(model=models.OuterRef("pk"))


@prepared
def _hidden_ids(model: "type[RegisteredModel]", user_id: int, owner_id: int | None) -> "models.QuerySet[RegisteredModel, Any]":
    return model.objects.hidden_from(Viewer(user_id, owner_id)).values("pk")


class VersionQuerySet(models.QuerySet["ModelVersion"]):
    """Model versions."""

    def alive(self) -> "VersionQuerySet":
        """Those not deleted."""
        return self.filter(deleted_at=None)

    def visible_to(self, user: "User | Any") -> "VersionQuerySet":
        """The living ones of living models of the user's workspaces."""
        if not user.pk:
            return self.none()
        return self.alive().filter(model__deleted_at=None).recorded_for(user)

    def recorded_for(self, user: "User | Any") -> "VersionQuerySet":
        """Those of models that the user may see, or might if they were not deleted."""
        hidden = self.model._meta.get_field("model").related_model.objects.hidden_ids(user)  # type: ignore[union-attr]
        return self.filter(model__workspace__memberships__user_id=user.pk).exclude(model__in=hidden)

    def in_production(self) -> "VersionQuerySet":
        """Those that hold a stage of kind production now."""
        return self.filter(assignments__left_at=None, assignments__stage__kind="production")

    def counts_by_stage(self, model_ids: Iterable[int]) -> dict[int, dict[str, int]]:
        """Return, per model, how many living versions stand in which stage; one query."""
        rows = self.alive().filter(model_id__in=list(model_ids)).values_list("model_id", "stage").annotate(count=Count("*"))
        counts: dict[int, dict[str, int]] = {}
        for model_id, stage, count in rows.order_by():
            counts.setdefault(model_id, {})[stage] = count
        return counts


class AssignmentQuerySet(models.QuerySet["StageAssignment"]):
    """Who held which stage when."""

    def visible_to(self, user: "User | Any") -> "AssignmentQuerySet":
        """Those of what the user may see."""
        if not user.pk:
            return self.none()
        mine = Membership.objects.filter(user_id=user.pk, workspace__models=models.OuterRef("model_id"))
        hidden = self.model._meta.get_field("model").related_model.objects.hidden_ids(user)  # type: ignore[union-attr]
        living = self.filter(models.Exists(mine), model__deleted_at=None, version__deleted_at=None)
        return living.exclude(model__in=hidden)

    def in_production(self) -> "AssignmentQuerySet":
        """Those of stages of kind production, which are looked up first, by one query more.

        Joined, no database knows how few rows are theirs, and both would read every holding there is.
        """
        stages = self.model._meta.get_field("stage").related_model.objects  # type: ignore[union-attr]
        return self.filter(stage__in=list(stages.filter(kind="production").values_list("pk", flat=True)))

    def at(self, moment: datetime) -> "AssignmentQuerySet":
        """Those that held at a moment: entered at or before it, not left by then."""
        return self.filter(Q(left_at=None) | Q(left_at__gt=moment), entered_at__lte=moment)

    def now(self) -> "AssignmentQuerySet":
        """Those that hold."""
        return self.filter(left_at=None)

    def holder(self, model_id: int, stages: "Iterable[Stage]", *, other_than: int) -> "StageAssignment | None":
        """The version of a model, but one, that entered one of these stages last, of those in the set; one query."""
        held = self.filter(model=model_id, stage__in=[stage.pk for stage in stages], version__deleted_at=None)
        return held.exclude(version=other_than).select_related("version", "stage").order_by("-entered_at", "-pk").first()

    def newest_in_each(self, model_id: int, stages: "Iterable[Stage]") -> "dict[int, StageAssignment]":
        """Per stage, by its id, the entry of the set and the model that is the last; one query, whatever they hold."""
        entries = self.filter(model=model_id, stage=models.OuterRef("pk"), version__deleted_at=None).order_by(
            "-entered_at", "-pk"
        )
        rows = self.model._meta.get_field("stage").related_model.objects.filter(pk__in=[stage.pk for stage in stages])  # type: ignore[union-attr]
        newest = rows.annotate(newest=models.Subquery(entries.values("pk")[:1])).values("newest")
        return {entry.stage_id: entry for entry in self.model.objects.filter(pk__in=newest).select_related("version")}
