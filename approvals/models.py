"""Stage change requests, the reviews and checks they got, what was said, and what each stage demands."""

from typing import Any

from django.db import models
from django.db.models import Q
from django_fsm import transition

from accounts.models import User
from approvals.querysets import CommentQuerySet, RequestQuerySet
from approvals.quorum import Need
from registry.fields import StateField, StateModel
from registry.models import ModelVersion, Stage


class StagePolicy(models.Model):
    """What a move into a stage demands. `groups`, checks, release accounts and roles are kept in order, so that equal ones are equal."""

    class SkipRule(models.TextChoices):
        FLAG = "flag"
        COMMENT = "comment"
        EXTRA_APPROVAL = "extra_approval"
        FORBID = "forbid"

    stage = models.OneToOneField(Stage, on_delete=models.PROTECT, related_name="policy")
    approvals_required = models.PositiveSmallIntegerField(default=1)
    groups = models.JSONField(default=list)
    exclude_last_editor = models.BooleanField(default=False)
    skip_rule = models.CharField(max_length=14, choices=SkipRule.choices, default=SkipRule.FLAG)
    required_checks = models.JSONField(default=list)
    expires_after_days = models.PositiveSmallIntegerField(null=True)
    release_accounts = models.JSONField(default=list)
    break_glass_roles = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "stage policies"
        constraints = (models.CheckConstraint(condition=Q(approvals_required__lte=20), name="at_most_20_approvals"),)

    def __str__(self) -> str:
        return f"policy of {self.stage_id}"

    @property
    def content(self) -> dict[str, Any]:
        """What the policy says: part of what a reviewer approves, and of the log line when it changes."""
        return {field: getattr(self, field) for field in POLICY_FIELDS}

    @property
    def fewest(self) -> int:
        """How many approvals a move that skips nothing takes."""
        return self.need(skips=False).total

    def need(self, *, skips: bool) -> Need:
        """What approvals a move takes; one that skips stages may take one more."""
        extra = int(skips and self.skip_rule == self.SkipRule.EXTRA_APPROVAL)
        groups = {line["group"]: line["minimum"] for line in self.groups}
        return Need(max(self.approvals_required, sum(groups.values())) + extra, groups)


POLICY_FIELDS = (
    "approvals_required",
    "groups",
    "exclude_last_editor",
    "skip_rule",
    "required_checks",
    "expires_after_days",
    "release_accounts",
    "break_glass_roles",
)


class StageChangeRequest(StateModel):
    """Somebody asks to move a version. Its status leaves `pending` once, and then is final."""

    class Status(models.TextChoices):
        PENDING = "pending"
        APPLIED = "applied"
        REJECTED = "rejected"
        REVOKED = "revoked"
        EXPIRED = "expired"
        SUPERSEDED = "superseded"

    class Effect(models.TextChoices):
        """Why it took effect."""

        APPROVED = "approved"
        NOT_REQUIRED = "not required by policy"
        RELEASE_ACCOUNT = "release account"
        BREAK_GLASS = "break-glass"

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="change_requests")
    from_stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    to_stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=10)
    skipped_stages = models.JSONField(default=list)
    archive_incumbents = models.BooleanField(default=False, db_default=False)
    requester = models.ForeignKey(User, on_delete=models.PROTECT, related_name="change_requests")
    requester_principal = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requester_token_id = models.BigIntegerField(null=True)
    comment = models.TextField(blank=True)
    status = StateField(max_length=10, choices=Status.choices, default=Status.PENDING, protected=True)
    digest = models.CharField(max_length=71)
    effect = models.CharField(max_length=30, choices=Effect.choices, blank=True)
    overridden = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
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
            models.Index(fields=["expires_at"], name="pending_request_by_expiry", condition=Q(status="pending")),
            models.Index(fields=["-id"], name="request_by_break_glass", condition=Q(effect="break-glass")),
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

    @transition(field=status, source=Status.PENDING, target=Status.EXPIRED)
    def expire(self) -> None:
        """Nobody decided in time."""

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
    on_behalf_of = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
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


class Check(models.Model):
    """A machine's verdict on what a request moves, with the digest of that content. Reported again, a new row stands beside the old."""

    class Status(models.TextChoices):
        PENDING = "pending"
        PASSED = "passed"
        FAILED = "failed"

    change_request = models.ForeignKey(StageChangeRequest, on_delete=models.PROTECT, related_name="checks")
    name = models.CharField(max_length=100)
    status = models.CharField(max_length=7, choices=Status.choices)
    url = models.CharField(max_length=2000, blank=True)
    summary = models.TextField(blank=True)
    reporter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    principal = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    token_id = models.BigIntegerField(null=True)
    content = models.CharField(max_length=71)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"


class SignOff(models.Model):
    """A second person looked at a change that somebody put into effect alone."""

    change_request = models.OneToOneField(StageChangeRequest, on_delete=models.PROTECT, related_name="sign_off")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    principal = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"request {self.change_request_id} signed off by {self.reviewer_id}"


class Comment(models.Model):
    """Something said about a version, perhaps in the course of a request. Deleted, its row stays, and its words are shown no more."""

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="comments")
    change_request = models.ForeignKey(StageChangeRequest, null=True, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="comments")
    body = models.TextField()
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"comment {self.pk}"

    @property
    def words(self) -> str:
        """What it says to readers: nothing once it is deleted."""
        return "" if self.deleted_at else self.body
