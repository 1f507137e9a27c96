"""The shapes of webhooks, their deliveries, and notices in the API."""

from rest_framework import serializers

from config.serializers import Body, ListQuery
from notifications.models import Attempt, Delivery, Notice, Webhook
from notifications.reasons import REASONS
from notifications.services.webhooks import MOST_HOURS, OVERLAP_HOURS
from registry.links import request_url

NOTICE_REASONS = [(code, code) for code in REASONS]


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """Where a workspace's lines are sent, and which."""

    model = serializers.CharField(source="model.name", default=None, allow_null=True, help_text="Of this model alone.")
    verbs = serializers.ListField(child=serializers.CharField(), help_text="Of these verbs alone; empty for all.")
    to_stages = serializers.ListField(child=serializers.CharField(), help_text="Into these stages alone; empty for any.")
    events = serializers.ListField(child=serializers.CharField(), help_text="Of a foreign format: what it is called for there.")
    only_tests = serializers.BooleanField(help_text="Whether it is sent tests and nothing else.")
    state = serializers.ChoiceField(
        Webhook.State.choices,
        read_only=True,
        help_text="`failing` while the last try did not arrive; it is retried. `testing` while it is sent tests alone.",
    )
    has_authorization = serializers.BooleanField(
        source="authorization", read_only=True, help_text="Whether an Authorization header is sent."
    )
    created_by = serializers.CharField(source="created_by.username")

    class Meta:
        model = Webhook
        fields: tuple[str, ...] = (
            "id", "name", "description", "url", "model", "verbs", "to_stages", "events", "only_tests", "format", "has_authorization",
            "state", "enabled", "disabled_at", "disabled_reason", "failing_since", "last_try_at", "last_error", "last_success_at",
            "old_secret_until", "created_by", "created_at", "updated_at",
        )  # fmt: skip


class WebhookSecretSerializer(WebhookSerializer):
    """A webhook with a secret just made: the one answer that holds it."""

    secret = serializers.CharField(
        read_only=True, allow_null=True, help_text="Shown once, never again: null when the same idempotency key is sent again."
    )

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")


class CreateWebhook(Body):
    """Where to send, and what."""

    url = serializers.CharField(max_length=2000, help_text="A public https address.")
    name = serializers.CharField(max_length=100, required=False, allow_blank=True, help_text="By default the host.")
    description = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    model = serializers.CharField(required=False, allow_null=True, max_length=200, help_text="A model's name.")
    verbs = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=100,
        help_text="`stage_change.applied`, or `stage_change` for all of them.",
    )
    to_stages = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=100, help_text="Keys of stages."
    )
    events = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=100,
        help_text="For the formats `mlflow` and `databricks`, instead of verbs and stages: `model_version.created`.",
    )
    format = serializers.ChoiceField(
        Webhook.Format.choices,
        required=False,
        help_text='`slack` sends `{"text": …}`, which Slack and others take; `github` what `…/dispatches` of GitHub takes; `mlflow` and'
        " `databricks` what receivers of their webhooks know.",
    )
    only_tests = serializers.BooleanField(required=False, help_text="Send tests and nothing else.")
    authorization = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="A header that the receiver asks for. Kept encrypted, never shown.",
    )


class RotateSecret(Body):
    """How long the secret before is good as well."""

    overlap_hours = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_HOURS,
        help_text=f"{OVERLAP_HOURS}, unless said; in the formats `mlflow` and `databricks`, whose messages carry one signature, 0.",
    )


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One message: what of, and how it stands."""

    verb = serializers.CharField(source="activity.verb")
    activity = serializers.IntegerField(source="activity_id", help_text="The id of the line in the log.")

    class Meta:
        model = Delivery
        fields: tuple[str, ...] = ("id", "message_id", "activity", "verb", "state", "tries", "created_at", "next_at", "done_at")


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One try: `status` and the beginning of the answer, or `error`."""

    class Meta:
        model = Attempt
        fields = ("at", "milliseconds", "status", "response", "error")


class WholeDeliverySerializer(DeliverySerializer):
    """A message with its body and every try."""

    attempts = AttemptSerializer(many=True)

    class Meta(DeliverySerializer.Meta):
        fields = (*DeliverySerializer.Meta.fields, "body", "attempts")


class DeliveryQuery(ListQuery):
    """Which messages."""

    state = serializers.ChoiceField(Delivery.State.choices, required=False)


class RedeliverRange(Body):
    """From when to when."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField(required=False, help_text="Now, unless said.")


class RedeliveredSerializer(serializers.Serializer[dict[str, int]]):
    """What was done."""

    messages = serializers.IntegerField(help_text="How many are sent again, or for the first time.")


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """What somebody was told: of which line of the log, and why."""

    activity = serializers.IntegerField(source="activity_id", help_text="The id of the line in the log.")
    verb = serializers.CharField(source="activity.verb")
    request = serializers.IntegerField(source="activity.request_id", allow_null=True, help_text="The stage change request.")
    request_url = serializers.SerializerMethodField()
    reason = serializers.ChoiceField(NOTICE_REASONS)
    because = serializers.CharField(help_text="The reason in words: “you asked for this change”.")

    class Meta:
        model = Notice
        fields = (
            "id", "activity", "verb", "request", "request_url", "subject", "reason", "because", "created_at", "read_at",
        )  # fmt: skip

    def get_request_url(self, notice: Notice) -> str | None:
        """The page of the request."""
        return request_url(notice.activity.request_id) if notice.activity.request_id else None


class NoticeQuery(ListQuery):
    """Which notices."""

    unread = serializers.BooleanField(required=False)


class ReadNotices(Body):
    """Which were read."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=1000)


class ReadSerializer(serializers.Serializer[dict[str, int]]):
    """What was done."""

    read = serializers.IntegerField(help_text="How many were unread before.")
