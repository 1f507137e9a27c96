"""What was sent to whom: one row per line and person, so that a retry sends only what is missing."""

from django.db import models

from accounts.models import User
from activity.models import Activity


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
