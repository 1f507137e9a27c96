"""The shape of the figures in the API."""

from typing import Any

from rest_framework import serializers

from config.serializers import Query
from insights.export import TABLES
from insights.figures import STEPS
from insights.forms import DAYS


class InsightsQuery(Query):
    """Whose figures, and of which period."""

    workspace = serializers.CharField(required=False, help_text="A workspace's slug; all of yours without it.")
    model = serializers.CharField(required=False, help_text="A model's name; all that you may see without it.")
    days = serializers.ChoiceField(sorted(STEPS), required=False, default=DAYS, help_text="How far back from now.")
    format = serializers.ChoiceField(["csv"], required=False, help_text="One table as a file; needs `table`.")
    table = serializers.ChoiceField(sorted(TABLES), required=False, help_text="Which one; needs `format`.")


class VersionsPointSerializer(serializers.Serializer[Any]):
    """How many versions stood where at the end of a day."""

    day = serializers.DateField()
    versions = serializers.DictField(child=serializers.IntegerField(), help_text="By stage key; a version counts once.")


class WaitSerializer(serializers.Serializer[Any]):
    """How long approved changes into a stage took from asking to effect; seconds, to three digits."""

    to_stage = serializers.CharField()
    count = serializers.IntegerField()
    median_seconds = serializers.IntegerField()
    p90_seconds = serializers.IntegerField()


class AgeSerializer(serializers.Serializer[Any]):
    """How many requests have waited for so long."""

    from_days = serializers.IntegerField()
    to_days = serializers.IntegerField(allow_null=True)
    count = serializers.IntegerField()


class ChangesPointSerializer(serializers.Serializer[Any]):
    """What took effect in some days, both ends included."""

    since = serializers.DateField()
    until = serializers.DateField()
    applied = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="Of these, how many skipped a stage.")
    break_glass = serializers.IntegerField(help_text="Of these, how many were break-glass.")


class InsightsSerializer(serializers.Serializer[Any]):
    """The figures behind the charts."""

    days = serializers.IntegerField()
    counted_until = serializers.DateField(
        allow_null=True, help_text="Where the end of the log is still to be counted: the last day told. Otherwise null."
    )
    versions_per_stage = VersionsPointSerializer(many=True)
    time_to_approve = WaitSerializer(many=True)
    age_of_pending = AgeSerializer(many=True)
    changes_applied = ChangesPointSerializer(many=True)
