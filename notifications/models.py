"""What was sent to whom: mails by line and person, messages by line and webhook, so that a retry sends only what is missing."""

from django.db import models
from django.db.models import Q

from accounts.models import User, Workspace
from activity.models import Activity
from notifications.querysets import WebhookQuerySet
from registry.models import RegisteredModel


class MailDelivery(models.Model):
    """A mail about one line of the log to one person."""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "mail deliveries"
        constraints = (models.UniqueConstraint(fields=["activity", "recipient"], name="one_mail_per_line_and_person"),)

    def __str__(self) -> str:
        return f"mail {self.pk}"


class Webhook(models.Model):
    """Where a workspace's lines are sent: all of them, or those of some verbs, of one model, into some stages.

    Its secrets are encrypted, not hashed, because they sign. The one before counts as well until `old_secret_until`.
    """

    class Format(models.TextChoices):
        STANDARD = "standard", "Standard Webhooks"
        SLACK = "slack", "A text, as Slack takes it"

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="webhooks")
    model = models.ForeignKey(RegisteredModel, null=True, on_delete=models.PROTECT, related_name="webhooks")
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=2000)
    verbs = models.JSONField(default=list)
    to_stages = models.JSONField(default=list)
    format = models.CharField(max_length=10, choices=Format.choices, default=Format.STANDARD)
    secret = models.TextField()
    old_secret = models.TextField(default="")
    old_secret_until = models.DateTimeField(null=True)
    enabled = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=500, default="")
    last_success_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    objects = WebhookQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


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
