"""Who is told what: notices by line and person, messages by line and webhook, so that a retry sends only what is missing."""

from datetime import time, timedelta

from django.db import models
from django.db.models import Q

from accounts.models import User, Workspace
from activity.models import Activity
from approvals.models import StageChangeRequest
from notifications.querysets import NoticeQuerySet, WebhookQuerySet
from registry.models import RegisteredModel

LEASE = timedelta(minutes=2)  # how long a message is one worker's: longer than any try with its look-up


class Notice(models.Model):
    """One person hears of one line of the log, and why. Notices with the same `subject` are one row of their page.

    `shown`: it stands on their page, and counts there until it is read. `mail`: it goes out as a mail of its own, or in the digest.
    """

    class Mail(models.TextChoices):
        NOW = "now", "at once"
        DIGEST = "digest", "in the daily digest"
        NEVER = "never", "never"

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="+")
    workspace = models.ForeignKey(Workspace, null=True, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(RegisteredModel, null=True, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=40)
    reason = models.CharField(max_length=20)
    because = models.CharField(max_length=300)
    shown = models.BooleanField()
    mail = models.CharField(max_length=6, choices=Mail.choices)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    refused = models.CharField(max_length=500, default="")
    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "activity"], name="one_notice_per_line_and_person"),)
        indexes = (
            models.Index(fields=["person", "subject", "-id"], name="notice_of_person", condition=Q(shown=True)),
            models.Index(fields=["person", "-id"], name="notice_by_age", condition=Q(shown=True)),
            models.Index(fields=["person", "subject"], name="notice_unread", condition=Q(shown=True, read_at=None)),
            models.Index(fields=["person"], name="notice_for_digest", condition=Q(mail="digest", mailed_at=None)),
            models.Index(fields=["created_at"], name="notice_to_forget"),
        )

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Preference(models.Model):
    """What somebody wants to hear of, and how: `choices` holds what differs from the defaults, by reason.

    `refused_…` say that a mail server would not take mail for an address of theirs, and what it said.
    """

    person = models.OneToOneField(User, on_delete=models.PROTECT, related_name="preference")
    choices = models.JSONField(default=dict)
    digest = models.BooleanField(default=True)
    digest_at = models.TimeField(default=time(8))
    time_zone = models.CharField(max_length=60, default="UTC")
    refused_address = models.EmailField(default="", blank=True)
    refused_reason = models.CharField(max_length=500, default="")
    refused_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"preference of {self.person_id}"


class Mute(models.Model):
    """Somebody wants to hear no more of one request."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    change_request = models.ForeignKey(StageChangeRequest, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "change_request"], name="muted_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} muted request {self.change_request_id}"


class Digest(models.Model):
    """What somebody was mailed on a day of theirs, all in one. Claimed for a while by who sends it; done, it is not sent again."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    claimed_until = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "day"], name="one_digest_per_person_and_day"),)
        indexes = (models.Index(fields=["day"], name="digest_by_day"),)

    def __str__(self) -> str:
        return f"digest of {self.person_id} on {self.day}"


class Webhook(models.Model):
    """Where a workspace's lines are sent: all of them, or those of some verbs, of one model, into some stages.

    One of a foreign format (`notifications.events`) goes by that protocol's `events` instead of verbs and stages. One with `only_tests`
    is sent nothing else. Its secrets are encrypted, not hashed, because they sign. The one before counts as well until
    `old_secret_until`. `authorization` is what the receiver asks for in that header, encrypted too.
    """

    class Format(models.TextChoices):
        STANDARD = "standard", "Standard Webhooks"
        SLACK = "slack", "A text, as Slack takes it"
        GITHUB = "github", "A repository dispatch of GitHub"
        MLFLOW = "mlflow", "A message of MLflow's webhooks"
        DATABRICKS = "databricks", "A message of Databricks' registry webhooks"

    class State(models.TextChoices):
        ACTIVE = "active"
        FAILING = "failing"
        TESTING = "testing"
        DISABLED = "disabled"

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="webhooks")
    model = models.ForeignKey(RegisteredModel, null=True, on_delete=models.PROTECT, related_name="webhooks")
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=1000, default="", blank=True)
    url = models.CharField(max_length=2000)
    verbs = models.JSONField(default=list)
    to_stages = models.JSONField(default=list)
    events = models.JSONField(default=list)
    only_tests = models.BooleanField(default=False)
    format = models.CharField(max_length=10, choices=Format.choices, default=Format.STANDARD)
    secret = models.TextField()
    old_secret = models.TextField(default="")
    old_secret_until = models.DateTimeField(null=True)
    authorization = models.TextField(default="")
    enabled = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=500, default="")
    last_success_at = models.DateTimeField(null=True)
    last_try_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, default="")
    failing_since = models.DateTimeField(null=True)
    # The line that tells of its making: what was written before is not for it, whatever the clocks of two machines say.
    first_line = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    objects = WebhookQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def sends(self) -> str:
        """What is sent, in words."""
        return _SENDS[Webhook.Format(self.format)]

    @property
    def state(self) -> str:
        """Whether it is on, for tests alone or for all, and whether the last try arrived."""
        if not self.enabled:
            return self.State.DISABLED
        if self.only_tests:
            return self.State.TESTING
        return self.State.FAILING if self.failing_since else self.State.ACTIVE


_SENDS = {
    Webhook.Format.STANDARD: "signed JSON",
    Webhook.Format.SLACK: "a text for a chat",
    Webhook.Format.GITHUB: "a dispatch for GitHub",
    Webhook.Format.MLFLOW: "what MLflow’s webhooks send",
    Webhook.Format.DATABRICKS: "what Databricks’ webhooks send",
}


class Delivery(models.Model):
    """One line for one webhook: sent until it arrives, with one message id. `body` is written at the first try and kept."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="+")
    message_id = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    body = models.TextField(default="")
    # `claims` counts how often a worker took it, so that one whose lease ended does not overwrite what the next one did.
    claims = models.PositiveIntegerField(default=0)
    # Set while a worker has it, and left by one that was killed. Who wants it sent `again` meanwhile waits for that try to end.
    leased_until = models.DateTimeField(null=True)
    again = models.BooleanField(default=False)
    tries = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = (models.UniqueConstraint(fields=["webhook", "activity"], name="one_delivery_per_line_and_webhook"),)
        indexes = (
            models.Index(fields=["webhook", "next_at"], name="delivery_due", condition=Q(state="waiting")),
            models.Index(fields=["done_at"], name="delivery_done"),
        )

    def __str__(self) -> str:
        return self.message_id


class Attempt(models.Model):
    """One try to send a message: when, how long it took, and what came back."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    response = models.TextField(default="")
    error = models.CharField(max_length=500, default="")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"try of {self.delivery_id}"
