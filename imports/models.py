"""Imports of a workspace, what they skipped and why, and what of another system became what here."""

from django.db import models
from django.db.models import Q

from accounts.models import User, Workspace
from imports.querysets import ImportQuerySet
from registry.models import ModelVersion, RegisteredModel


class Import(models.Model):
    """One import, run by the worker. `cursor` names what was taken last, so that one which was interrupted goes on after it.

    `options` are the kind's own: which stage is which, and what it takes to read the source (encrypted, and forgotten at the end).
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="imports")
    kind = models.CharField(max_length=20)
    source = models.CharField(max_length=2000)
    options = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    read = models.PositiveIntegerField(default=0)  # versions, while the source is being read
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    cursor = models.CharField(max_length=500, default="")
    error = models.TextField(default="")
    away = models.BooleanField(default=False)  # it failed because nobody answered there
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # Until then one worker has it; `claims` tells that one from the next, who takes it when the time is over.
    leased_until = models.DateTimeField(null=True)
    claims = models.PositiveIntegerField(default=0)
    objects = ImportQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(status__in=["waiting", "running"]), name="one_import_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"import {self.pk}"


class ReportLine(models.Model):
    """Something that was not brought over, or not as it was there, and why."""

    class Level(models.TextChoices):
        SKIPPED = "skipped"
        NOTED = "noted"

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="report")
    level = models.CharField(max_length=10, choices=Level.choices)
    about = models.CharField(max_length=500)
    text = models.TextField()
    # Said while the source was read, which is done afresh when an import goes on.
    at_reading = models.BooleanField(default=False)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.about}: {self.text}"


class Imported(models.Model):
    """Something of another system and what it became: so that a second import finds it. `name` is what it is called there.

    For a version, `held` are the stages and `aliases` the aliases that it had there when it was last looked at. A model is `adopted` when
    it was here before.
    """

    class Thing(models.TextChoices):
        MODEL = "model"
        VERSION = "version"
        EVENT = "event"

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    thing = models.CharField(max_length=10, choices=Thing.choices)
    external_id = models.CharField(max_length=500)
    name = models.CharField(max_length=500)
    author = models.CharField(max_length=300, default="")
    source = models.CharField(max_length=2000)
    first_import = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="brought")
    model = models.ForeignKey(RegisteredModel, null=True, on_delete=models.PROTECT, related_name="imported")
    version = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="imported")
    held = models.JSONField(default=list)
    aliases = models.JSONField(default=list)
    adopted = models.BooleanField(default=False)
    occurred_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "imported"
        constraints = (
            models.UniqueConstraint(fields=["workspace", "kind", "thing", "external_id"], name="one_of_each_external_thing"),
            models.UniqueConstraint(fields=["model", "kind"], condition=Q(thing="model"), name="one_origin_of_a_model_per_kind"),
            models.UniqueConstraint(fields=["version"], condition=Q(thing="version"), name="one_origin_of_a_version"),
        )
        indexes = (models.Index(fields=["workspace", "source"], name="imported_from"),)

    def __str__(self) -> str:
        return self.name
