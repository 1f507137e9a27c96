"""Registered models, their versions, the stages of a workspace, and who held which stage when."""

from django.db import models
from django.db.models import Q
from django_fsm import RETURN_VALUE, transition

from accounts.models import ApproverGroup, Membership, Role, User, Workspace
from registry.fields import StateField, StateModel
from registry.querysets import (
    AssignmentQuerySet,
    CollaboratorQuerySet,
    ModelQuerySet,
    ProposalQuerySet,
    StageQuerySet,
    VersionQuerySet,
)


class Stage(models.Model):
    """One step of a workspace's lifecycle. Key and kind never change once used; the name is for show.

    An `exclusive` stage has one holder: who enters it displaces who is there. A retired one is history: nothing enters it.
    """

    class Kind(models.TextChoices):
        UNASSIGNED = "unassigned"
        WORKING = "working"
        PRODUCTION = "production"
        ARCHIVED = "archived"

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="stages")
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    colour = models.CharField(max_length=12)
    protected = models.BooleanField(default=False)
    exclusive = models.BooleanField(default=False, db_default=False)
    retired_at = models.DateTimeField(null=True)
    objects = StageQuerySet.as_manager()

    class Meta:
        ordering = ("workspace_id", "position")
        constraints = (
            models.UniqueConstraint(fields=["workspace", "key"], name="one_stage_per_key"),
            models.UniqueConstraint(
                fields=["workspace", "position"], condition=Q(retired_at=None), name="one_current_stage_per_position"
            ),
            models.UniqueConstraint(fields=["workspace"], condition=Q(kind="unassigned"), name="one_unassigned_stage"),
        )

    def __str__(self) -> str:
        return self.name


class RegisteredModel(models.Model):
    """One modelling task. `last_number` counts its versions and never goes back.

    `metric_directions` says of metrics whose name does not tell it whether `higher` or `lower` is better. A `private` one is seen by its
    owner, its collaborators and the workspace's admins alone; who made the owner that, and when, counts like any other power given.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="models")
    name = models.CharField(max_length=250)
    description = models.TextField(blank=True)
    readme = models.TextField(blank=True)
    labels = models.JSONField(default=list)
    metric_directions = models.JSONField(default=dict)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="owned_models")
    owner_given_by_principal = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    owner_given_at = models.DateTimeField(null=True)
    private = models.BooleanField(default=False, db_default=False)
    last_number = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    objects = ModelQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["workspace", "name"], condition=Q(deleted_at=None), name="one_living_model_per_name"),
        )
        indexes = (
            models.Index(fields=["workspace", "-updated_at"], name="model_by_change"),
            models.Index(fields=["name", "id"], name="model_by_name"),
            models.Index(fields=["workspace"], name="private_model", condition=Q(private=True)),
        )

    def __str__(self) -> str:
        return self.name


class Collaborator(models.Model):
    """A member, or an approver group, that a model lets in: sees it where it is private, and has at least this role on it.

    Who leaves the workspace is no collaborator any more: the row goes with the membership. Who gave it, and when, as everywhere. It
    reaches `beyond` somebody's role in the workspace where an admin of that gave it.
    """

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="collaborators")
    membership = models.ForeignKey(Membership, null=True, on_delete=models.CASCADE, related_name="collaborations")
    group = models.ForeignKey(ApproverGroup, null=True, on_delete=models.PROTECT, related_name="collaborations")
    role = models.CharField(max_length=10, choices=Role.choices)
    beyond = models.BooleanField(default=False, db_default=False)
    given_by_principal = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    objects = CollaboratorQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(membership=None, group__isnull=False) | Q(membership__isnull=False, group=None),
                name="a_collaborator_is_a_member_or_a_group",
            ),
            models.UniqueConstraint(fields=["model", "membership"], name="once_a_collaborator"),
            models.UniqueConstraint(fields=["model", "group"], name="a_group_once_a_collaborator"),
        )

    def __str__(self) -> str:
        return f"{self.role} on model {self.model_id}"


class ModelVersion(StateModel):
    """One candidate. Its stage is moved by `enter` alone, which only `registry.services.stages` calls.

    `occurred_at` marks an imported one: when the system that it came from registered it.
    """

    class Lock(models.TextChoices):
        OPEN = "open"
        REDACT = "redact"
        CLOSED = "closed"

        @property
        def rank(self) -> int:
            """How strict it is."""
            return list(ModelVersion.Lock).index(self)

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=250)
    stage = StateField(max_length=40, protected=True)
    stage_activity_id = models.BigIntegerField(null=True)
    artifact_uri = models.CharField(max_length=2000, blank=True)
    artifact_digest = models.CharField(max_length=71, blank=True)
    metrics = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    attributes = models.JSONField(default=dict)
    labels = models.JSONField(default=list)
    run_url = models.CharField(max_length=2000, blank=True)
    description = models.TextField(blank=True)
    lock_level = models.CharField(max_length=8, choices=Lock.choices, default=Lock.OPEN)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="registered_versions")
    content_edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    occurred_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    objects = VersionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["model", "number"], name="one_version_per_number"),
            models.UniqueConstraint(fields=["model", "name"], condition=Q(deleted_at=None), name="one_living_version_per_name"),
        )
        indexes = (
            models.Index(fields=["model", "stage", "-number"], name="living_version_by_stage", condition=Q(deleted_at=None)),
            models.Index(fields=["stage", "-id"], name="version_by_stage_anywhere"),
        )

    def __str__(self) -> str:
        return f"{self.model.name} {self.name}"

    @transition(field=stage, source="*", target=RETURN_VALUE())
    def enter(self, stage: Stage) -> str:
        """Move to a stage of the model's own workspace. Any stage may follow any (rule 1); raises ValueError for a foreign one."""
        if stage.workspace_id != self.model.workspace_id:
            raise ValueError(f"{stage.key} is a stage of another workspace.")
        return stage.key


class StageAssignment(models.Model):
    """A version held a stage from … until …; `left_at` is empty while it does. Unassigned has no rows.

    A request opened it; or an import brought it over from elsewhere, and `imported_activity_id` is the line that says so. `exclusive` is
    the stage's, kept here so that the database refuses a second holder.
    """

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="assignments")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="assignments")
    exclusive = models.BooleanField(default=False, db_default=False)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    opened_by_request_id = models.BigIntegerField(null=True)
    imported_activity_id = models.BigIntegerField(null=True)
    closed_by_request_id = models.BigIntegerField(null=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["version", "stage"], condition=Q(left_at=None), name="one_holding_per_stage"),
            models.UniqueConstraint(
                fields=["model", "stage"], condition=Q(left_at=None, exclusive=True), name="one_holder_of_an_exclusive_stage"
            ),
            models.CheckConstraint(
                condition=Q(opened_by_request_id=None, imported_activity_id__isnull=False)
                | Q(opened_by_request_id__isnull=False, imported_activity_id=None),
                name="a_holding_is_asked_for_or_imported",
            ),
        )
        indexes = (
            models.Index(fields=["model", "-entered_at", "-id"], name="assignment_of_model"),
            models.Index(fields=["stage", "left_at"], name="assignment_of_stage"),
            models.Index(fields=["stage", "model", "-entered_at", "-id"], name="assignment_of_model_in_stage"),
        )

    def __str__(self) -> str:
        return f"version {self.version_id} in stage {self.stage_id}"


class Tag(models.Model):
    """A key with a value, about a model or about one of its versions: for programs, and no part of what is approved."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="tags")
    version = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="tags")
    key = models.CharField(max_length=250)
    value = models.TextField(blank=True)

    class Meta:
        ordering = ("key",)
        constraints = (
            models.UniqueConstraint(fields=["model", "key"], condition=Q(version=None), name="one_tag_per_model_and_key"),
            models.UniqueConstraint(fields=["version", "key"], name="one_tag_per_version_and_key"),
        )

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"


class Alias(models.Model):
    """A name of one version of a model, such as `champion`, which can be pointed at another. Each move is in the log."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="aliases")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="aliases")
    name = models.CharField(max_length=255)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "aliases"
        constraints = (models.UniqueConstraint(fields=["model", "name"], name="one_version_per_alias"),)

    def __str__(self) -> str:
        return f"{self.name} of {self.model_id}"


class Proposal(models.Model):
    """A weaker policy or lifecycle that waits for a second admin (decision 28): nothing has changed yet."""

    class Kind(models.TextChoices):
        POLICY = "policy"
        LIFECYCLE = "lifecycle"

    class Status(models.TextChoices):
        PENDING = "pending"
        CONFIRMED = "confirmed"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    before = models.JSONField()
    changes = models.JSONField()
    weakens = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["stage", "kind"], condition=Q(status="pending"), name="one_pending_proposal_per_stage"
            ),
        )

    def __str__(self) -> str:
        return f"proposal {self.pk}"
