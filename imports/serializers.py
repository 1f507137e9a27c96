"""The shapes of imports in the API."""

from typing import Any

from rest_framework import serializers

from config.serializers import Body
from imports.models import Import, ReportLine


class ReportLineSerializer(serializers.ModelSerializer[ReportLine]):
    """Something that was not brought over (`skipped`), or not as it was there (`noted`), and why."""

    class Meta:
        model = ReportLine
        fields = ("level", "about", "text")


class ImportSerializer(serializers.ModelSerializer[Import]):
    """An import, and how far it is."""

    read = serializers.IntegerField(help_text="How many versions were read so far, while there is no total yet.")
    total = serializers.IntegerField(allow_null=True, help_text="How many versions there are; null until the source was read.")
    done = serializers.IntegerField(help_text="How many of them were looked at.")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="What came of them: models, versions, stages, …")
    away = serializers.BooleanField(help_text="Whether it failed because nobody answered there: later, the same may succeed.")
    stages = serializers.SerializerMethodField(help_text="Which stage here each name there stands for, as given.")
    started_by = serializers.CharField(source="started_by.username")

    class Meta:
        model = Import
        fields: tuple[str, ...] = (
            "id", "kind", "source", "stages", "status", "read", "total", "done", "counts", "error", "away", "started_by", "created_at",
            "finished_at",
        )  # fmt: skip

    def get_stages(self, run: Import) -> dict[str, str]:
        """What was given."""
        stages: dict[str, Any] = run.options.get("stages", {})
        return {str(name): str(key) for name, key in stages.items()}


class WholeImportSerializer(ImportSerializer):
    """An import with its report: the first 2,000 lines."""

    report = ReportLineSerializer(many=True)

    class Meta(ImportSerializer.Meta):
        fields = (*ImportSerializer.Meta.fields, "report")


class ResumeImport(Body):
    """What is said otherwise than before; nothing, to go on as it was."""

    stages = serializers.DictField(
        child=serializers.CharField(max_length=40),
        required=False,
        help_text="Which stage here each name there stands for; `-` leaves it out. What has the same name or meaning need not be said.",
    )
    user = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="The user name that goes with the token."
    )
    token = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=4000,
        write_only=True,
        help_text="Where the source takes one, or a password. Kept encrypted, and forgotten when the import is done.",
    )


class StartImport(ResumeImport):
    """What to bring over, and from where."""

    kind = serializers.CharField(max_length=20, help_text="`gto`, `mlflow` or `databricks`.")
    source = serializers.CharField(  # type: ignore[assignment]  # a field of the body, not REST framework's own attribute
        max_length=2000,
        help_text="Of a Git repository an https or ssh address, or a folder of the server that is open. Of a registry the address that its"
        " clients have, such as MLFLOW_TRACKING_URI.",
    )
