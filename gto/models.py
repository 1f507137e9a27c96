"""The Git repository that a workspace's registry is written to, and under which names."""

from django.db import models
from django.db.models import F, Q

from accounts.models import User, Workspace
from gto.querysets import RepositoryQuerySet
from registry.models import ModelVersion, RegisteredModel


class TagRepository(models.Model):
    """A workspace's repository: a bare one of the worker's, and perhaps a remote that it is pushed to.

    `token` is encrypted. `next_push_at` is when the worker tries next; empty while everything was pushed or there is no remote. It is
    `enrolled` once every model of the workspace was noted.
    """

    workspace = models.OneToOneField(Workspace, on_delete=models.PROTECT, related_name="tag_repository")
    enabled = models.BooleanField(default=True)
    enrolled = models.BooleanField(default=False)
    remote = models.CharField(max_length=2000, default="")
    user = models.CharField(max_length=100, default="")
    token = models.TextField(default="")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    tags = models.PositiveIntegerField(default=0)
    written_at = models.DateTimeField(null=True)
    write_error = models.TextField(default="")
    next_write_at = models.DateTimeField(null=True)
    write_failures = models.PositiveIntegerField(default=0)
    pushed_at = models.DateTimeField(null=True)
    push_error = models.TextField(default="")
    next_push_at = models.DateTimeField(null=True)
    push_failures = models.PositiveIntegerField(default=0)
    objects = RepositoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "tag repositories"

    def __str__(self) -> str:
        return f"repository of {self.workspace_id}"


class TaggedModel(models.Model):
    """What a model is called in its workspace's repository, for good, and how far its lines were written (`seq` of its chain).

    `by_number`: its versions are called by their numbers, because the first one's name is none that GTO takes.
    """

    repository = models.ForeignKey(TagRepository, on_delete=models.PROTECT, related_name="models")
    model = models.OneToOneField(RegisteredModel, on_delete=models.PROTECT, related_name="tagged")
    name = models.CharField(max_length=250)
    by_number = models.BooleanField(null=True)
    seq = models.PositiveBigIntegerField(default=0)
    due_seq = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["repository", "name"], name="one_model_per_gto_name"),)
        indexes = (models.Index(fields=["repository"], name="tagged_model_due", condition=Q(due_seq__gt=F("seq"))),)

    def __str__(self) -> str:
        return self.name


class TaggedVersion(models.Model):
    """What a version is called there, for good."""

    model = models.ForeignKey(TaggedModel, on_delete=models.PROTECT, related_name="versions")
    version = models.OneToOneField(ModelVersion, on_delete=models.PROTECT, related_name="tagged")
    name = models.CharField(max_length=250)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["model", "name"], name="one_version_per_gto_version"),)

    def __str__(self) -> str:
        return self.name
