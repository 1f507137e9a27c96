"""The shape of lines of the log in the API: the rows of `activity.export`."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from activity.export import STREAMS
from config.serializers import ListQuery


@extend_schema_field({"type": "object", "additionalProperties": {}})
class Facts(serializers.JSONField):
    """What a line tells besides."""


class ActivitySerializer(serializers.Serializer[Any]):
    """One line of the log, with the names that things have now."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    actor = serializers.CharField(allow_null=True, help_text="Null for the system and the command line.")
    via = serializers.CharField(help_text="The door: page, api, command, system.")
    workspace = serializers.CharField(allow_null=True)
    model = serializers.CharField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    request = serializers.IntegerField(allow_null=True)
    person = serializers.CharField(allow_null=True)
    from_stage = serializers.CharField()
    to_stage = serializers.CharField()
    skipped_stages = serializers.ListField(child=serializers.CharField())
    data = Facts()  # type: ignore[assignment]  # the name of a column
    chain = serializers.CharField()
    seq = serializers.IntegerField()
    hash = serializers.CharField(help_text="SHA-256 over the line and the hash before it in its chain.")


class ActivityQuery(ListQuery):
    """Which lines."""

    actor = serializers.CharField(required=False, help_text="A user name.")
    verb = serializers.CharField(required=False, help_text="`stage_change.applied`, or `stage_change` for all of them.")
    workspace = serializers.CharField(required=False)
    model = serializers.CharField(required=False, help_text="Its name.")
    version = serializers.CharField(required=False, help_text="Its number; needs `model`.")
    request = serializers.CharField(required=False, help_text="The id of a stage change request.")
    since = serializers.CharField(required=False, help_text="A date or a moment.")
    until = serializers.CharField(required=False, help_text="A date, the whole of it, or a moment.")
    format = serializers.ChoiceField(
        sorted(STREAMS), required=False, help_text="All matching lines as a file, whatever `limit` and `cursor`."
    )
