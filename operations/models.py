"""Signs of life: which workers there are, and when the clock's tasks ran last. Nobody's to govern; all of it can be lost."""

from django.db import models


class Worker(models.Model):
    """A process that works in the background: `host:pid`, and when it was seen last."""

    name = models.CharField(max_length=200, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """The last run of one task, or of a command that is watched like one: when it ended, how long it took, what was wrong with it."""

    task = models.CharField(max_length=200, unique=True)
    ended_at = models.DateTimeField()
    seconds = models.FloatField()
    error = models.CharField(max_length=500, default="")

    def __str__(self) -> str:
        return self.task
