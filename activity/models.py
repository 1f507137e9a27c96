"""The append-only log, its chains and seals, and the outbox. Plain ids point at the rest: this app imports none of ours."""

from django.db import models


class Chain(models.Model):
    """The head of one hash chain: one per model, one per workspace, one for the site."""

    key = models.CharField(max_length=40, unique=True)
    seq = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.key} at {self.seq}"


class Activity(models.Model):
    """One line of the log. Written by `activity.log.record` alone; the database refuses UPDATE and DELETE."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT)
    seq = models.PositiveBigIntegerField()
    verb = models.CharField(max_length=60)
    via = models.CharField(max_length=20)
    actor_id = models.BigIntegerField(null=True)
    token_id = models.BigIntegerField(null=True)
    workspace_id = models.BigIntegerField(null=True)
    model_id = models.BigIntegerField(null=True)
    version_id = models.BigIntegerField(null=True)
    request_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    from_stage = models.CharField(max_length=40, default="")
    to_stage = models.CharField(max_length=40, default="")
    # Canonical JSON kept as text: what is hashed is what is stored, byte for byte.
    data = models.TextField(default="{}")
    created_at = models.DateTimeField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "activities"
        constraints = (models.UniqueConstraint(fields=["chain", "seq"], name="activity_one_line_per_place"),)
        indexes = (
            models.Index(fields=["workspace_id", "-id"], name="activity_of_workspace"),
            models.Index(fields=["model_id", "-id"], name="activity_of_model"),
            models.Index(fields=["version_id", "-id"], name="activity_of_version"),
            models.Index(fields=["request_id", "-id"], name="activity_of_request"),
            models.Index(fields=["actor_id", "-id"], name="activity_of_actor"),
            models.Index(fields=["person_id", "-id"], name="activity_of_person"),
            models.Index(fields=["created_at"], name="activity_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.verb} #{self.pk}"


class Outbox(models.Model):
    """What the outside must still be told: one row beside each line, gone from the queue once `done_at` is set."""

    activity = models.OneToOneField(Activity, on_delete=models.PROTECT)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "outbox"
        indexes = (models.Index(fields=["due_at"], name="outbox_due", condition=models.Q(done_at=None)),)

    def __str__(self) -> str:
        return f"outbox of line {self.activity_id}"


class Seal(models.Model):
    """A signed statement of every chain head that moved since the seal before it."""

    number = models.PositiveBigIntegerField(unique=True)
    heads = models.TextField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    public_key = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["created_at"], name="seal_by_time"),)

    def __str__(self) -> str:
        return f"seal {self.number}"


class SealedHead(models.Model):
    """How far each chain was sealed: the sealer's bookmark, derived from the seals."""

    chain = models.OneToOneField(Chain, on_delete=models.PROTECT)
    seq = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"chain {self.chain_id} sealed to {self.seq}"


class StoredAnswer(models.Model):
    """The first answer to an idempotency key, written in the same transaction as its effect; kept for 24 hours."""

    user_id = models.BigIntegerField()
    route = models.CharField(max_length=300)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(default="")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user_id", "route", "key"], name="one_answer_per_key"),)

    def __str__(self) -> str:
        return f"answer to {self.key}"
