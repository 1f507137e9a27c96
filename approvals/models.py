"""Stage change requests, the reviews they got, what was said, and what each stage demands."""

from django.db import models
from django.db.models import Q
from django_fsm import transition

from accounts.models import User
from approvals.querysets import CommentQuerySet, RequestQuerySet
from registry.fields import StateField, StateModel
from registry.models import ModelVersion, Stage


class StagePolicy(models.Model):
    """What a move into a stage demands."""

    stage = models.OneToOneField(Stage, on_delete=models.PROTECT, related_name="policy")
    approvals_required = models.PositiveSmallIntegerField(default=1)
    exclude_last_editor = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "stage policies"
        constraints = (models.CheckConstraint(condition=Q(approvals_required__lte=20), name="at_most_20_approvals"),)

    def __str__(self) -> str:
        return f"policy of {self.stage_id}"

    @property
    def content(self) -> dict[str, int | bool]:
        """What the policy says: part of what a reviewer approves, and of the log line when it changes."""
        return {"approvals_required": self.approvals_required, "exclude_last_editor": self.exclude_last_editor}


class StageChangeRequest(StateModel):
    """Somebody asks to move a version. Its status leaves `pending` once, and then is final."""

    class Status(models.TextChoices):
        PENDING = "pending"
        APPLIED = "applied"
        REJECTED = "rejected"
        REVOKED = "revoked"
        EXPIRED = "expired"
        SUPERSEDED = "superseded"

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="change_requests")
    from_stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    to_stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=10)
    skipped_stages = models.JSONField(default=list)
    archive_incumbents = models.BooleanField(default=False, db_default=False)
    requester = models.ForeignKey(User, on_delete=models.PROTECT, related_name="change_requests")
    requester_principal = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True)
    status = StateField(max_length=10, choices=Status.choices, default=Status.PENDING, protected=True)
    digest = models.CharField(max_length=71)
    effect = models.CharField(max_length=30, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    closing_comment = models.TextField(blank=True)
    closing_activity_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["version"], condition=Q(status="pending"), name="one_pending_request_per_version"),
        )
        indexes = (
            models.Index(fields=["status", "id"], name="request_by_status"),
            models.Index(fields=["requester", "-id"], name="request_of_requester"),
            models.Index(fields=["version", "-id"], name="request_of_version"),
        )

    def __str__(self) -> str:
        return f"stage change request {self.pk}"

    @property
    def is_pending(self) -> bool:
        """Whether it still waits."""
        return bool(self.status == self.Status.PENDING)

    @transition(field=status, source=Status.PENDING, target=Status.APPLIED)
    def apply(self) -> None:
        """The change took effect."""

    @transition(field=status, source=Status.PENDING, target=Status.REJECTED)
    def reject(self) -> None:
        """A reviewer said no."""

    @transition(field=status, source=Status.PENDING, target=Status.REVOKED)
    def revoke(self) -> None:
        """The requester took it back."""

    @transition(field=status, source=Status.PENDING, target=Status.SUPERSEDED)
    def supersede(self) -> None:
        """What it asked for can no longer be."""


class Review(models.Model):
    """One person's decision on a request, and the digest of what they saw. `principal` is the person behind a service account."""

    class Decision(models.TextChoices):
        APPROVE = "approve"
        REJECT = "reject"

    change_request = models.ForeignKey(StageChangeRequest, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    principal = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=8, choices=Decision.choices)
    comment = models.TextField(blank=True)
    digest = models.CharField(max_length=71)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["change_request", "principal", "digest"],
                condition=Q(withdrawn_at=None),
                name="one_review_per_person_and_digest",
            ),
        )

    def __str__(self) -> str:
        return f"{self.decision} by {self.reviewer_id}"


class Comment(models.Model):
    """Something said about a version, perhaps in the course of a request."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="comments")
    change_request = models.ForeignKey(StageChangeRequest, null=True, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="comments")
    body = models.TextField()
    created_at = models.DateTimeField()
    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"comment {self.pk}"
