"""What the log says of days gone by, counted once. Every row can be counted anew from the log and what it led to."""

from django.db import models

from registry.models import RegisteredModel


class Day(models.Model):
    """What a day did to one stage of one model: by how many versions it grew, and the changes into it that took effect.

    `waits`: how many seconds each approved change had waited, to three digits, with spaces between them.
    """

    day = models.DateField()
    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=40)
    change = models.IntegerField(default=0)
    applied = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    break_glass = models.PositiveIntegerField(default=0)
    waits = models.TextField(default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["day", "model", "stage"], name="one_day_per_model_and_stage"),)
        indexes = (models.Index(fields=["model", "day"], name="day_of_model"),)

    def __str__(self) -> str:
        return f"{self.day} of stage {self.stage} of model {self.model_id}"


class Progress(models.Model):
    """How far days were counted: one row. `until` is the first day that was not, `line_id` the last line before it."""

    until = models.DateField()
    line_id = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "progress"

    def __str__(self) -> str:
        return f"counted until {self.until}"
