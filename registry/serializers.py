"""The shapes of workspaces, models and versions in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Role
from approvals.serializers.policies import PolicySerializer, ProposalSerializer
from config.serializers import Body, ListQuery, Query
from registry.models import ModelVersion, RegisteredModel, Stage

SEE_REQUESTS = "The stage changes by a stage change request: POST …/versions/{number}/stage-change-requests."


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class Labels(serializers.JSONField):
    """A list of texts; `registry.content` checks it."""


@extend_schema_field({"type": "object", "additionalProperties": {"type": "number"}})
class Metrics(serializers.JSONField):
    """Names with finite numbers; `registry.content` checks them."""


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string", "enum": ["higher", "lower"]}})
class Directions(serializers.JSONField):
    """Names of metrics with `higher` or `lower`; `registry.content` checks them."""


@extend_schema_field({"type": "object", "additionalProperties": {}})
class Entries(serializers.JSONField):
    """Names with any values; `registry.content` checks them."""


@extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
class CountByStage(serializers.JSONField):
    """How many versions stand in each stage, by its key."""


class Text(serializers.CharField):
    """A text that may be empty and is taken as it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_blank": True, "trim_whitespace": False, **options})


class StageSerializer(serializers.ModelSerializer[Stage]):
    """One step of a lifecycle; a retired one has `retired_at` and takes nothing more."""

    policy = PolicySerializer()

    class Meta:
        model = Stage
        fields = ("key", "name", "position", "kind", "colour", "protected", "exclusive", "retired_at", "policy")


class StageOutcomeSerializer(StageSerializer):
    """The stage as it is; `proposal` waits for a second admin, where it would protect less."""

    proposal = ProposalSerializer(allow_null=True)

    class Meta(StageSerializer.Meta):
        fields = (*StageSerializer.Meta.fields, "proposal")  # type: ignore[assignment]  # one more than there


class WorkspaceSerializer(serializers.Serializer[Any]):
    """A workspace with its lifecycle, in order, and how many versions stand in each stage."""

    slug = serializers.CharField()
    title = serializers.CharField()
    role = serializers.ChoiceField(Role.choices, source="my_role", help_text="Yours.")
    created_at = serializers.DateTimeField()
    multi_hold = serializers.BooleanField(help_text="A version may hold several working and production stages at once.")
    open_stages = serializers.BooleanField(help_text="Any other name becomes a stage when it is first asked for.")
    stages = StageSerializer(many=True)
    totals = CountByStage()


class HolderSerializer(serializers.Serializer[Any]):
    """A version that holds a stage."""

    version = serializers.IntegerField()
    name = serializers.CharField()
    since = serializers.DateTimeField()


class ProductionHolderSerializer(HolderSerializer):
    """A version that holds a stage of kind production."""

    stage = serializers.CharField()


class ModelSummarySerializer(serializers.ModelSerializer[RegisteredModel]):
    """A model as lists show it."""

    workspace = serializers.CharField(source="workspace.slug")
    owner = serializers.CharField(source="owner.username")
    private = serializers.BooleanField(help_text="Seen by its owner, its collaborators and the workspace's admins alone.")
    labels = Labels()
    archived = serializers.BooleanField()
    versions_by_stage = CountByStage()
    in_production = ProductionHolderSerializer(many=True)
    pending_requests = serializers.IntegerField()
    url = serializers.URLField(help_text="Its page.")

    class Meta:
        model = RegisteredModel
        fields: tuple[str, ...] = (
            "workspace", "name", "description", "labels", "owner", "private", "archived", "versions_by_stage",
            "in_production", "pending_requests", "created_at", "updated_at", "revision", "url",
        )  # fmt: skip


class ModelSerializer(ModelSummarySerializer):
    """A model with its readme, and which way its metrics get better where their names do not tell."""

    metric_directions = Directions()

    class Meta(ModelSummarySerializer.Meta):
        fields = (*ModelSummarySerializer.Meta.fields, "readme", "metric_directions")


class ModelQuery(ListQuery):
    """Which models."""

    stage = serializers.CharField(required=False, help_text="Has a version in this stage.")
    pending = serializers.BooleanField(required=False, help_text="Has a pending request.")
    archived = serializers.BooleanField(required=False, help_text="Is archived, or is not.")
    label = serializers.CharField(required=False)  # type: ignore[assignment]  # the name of a parameter
    owner = serializers.CharField(required=False, help_text="A user name.")
    q = serializers.CharField(required=False, help_text="Part of the name or the description.")


class RegisterModel(Body):
    """A new model."""

    name = serializers.CharField(trim_whitespace=False)
    description = Text()
    readme = Text()
    labels = Labels(required=False)
    metric_directions = Directions(required=False, help_text="Which way a metric gets better, where its name does not tell.")
    private = serializers.BooleanField(
        required=False, help_text="Seen by you, its collaborators and the workspace's admins alone."
    )


class EditModel(Body):
    """What of a model can change."""

    name = serializers.CharField(trim_whitespace=False, help_text="For admins: scripts know a model by its name.")
    description = Text()
    readme = Text()
    labels = Labels()
    metric_directions = Directions(help_text="Which way a metric gets better, where its name does not tell.")
    owner = serializers.CharField(help_text="The user name of an editor or admin. For whoever leads the model.")
    private = serializers.BooleanField(help_text="Whether only those who are let in see it. For whoever leads the model.")
    archived = serializers.BooleanField(help_text="An archived model takes nothing new.")


class VersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """A version. Answers are built by `registry.api.rows`, from plain rows; a test holds the two together."""

    workspace = serializers.CharField()
    model = serializers.CharField()
    metrics = Metrics()
    parameters = Entries()
    attributes = Entries()
    labels = Labels()
    lock = serializers.ChoiceField(ModelVersion.Lock.choices)
    created_by = serializers.CharField()
    content_edited_by = serializers.CharField(help_text="Who last edited what an approval is for.")
    occurred_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When the system that it was imported from registered it; null for one that was registered here.",
    )
    pending_request = serializers.IntegerField(allow_null=True, help_text="The id of the stage change request that waits.")
    url = serializers.URLField(help_text="Its page.")

    class Meta:
        model = ModelVersion
        fields = (
            "workspace", "model", "number", "name", "stage", "description", "artifact_uri", "artifact_digest", "metrics", "parameters",
            "attributes", "labels", "run_url", "lock", "created_by", "created_at", "occurred_at", "updated_at",
            "content_edited_by", "pending_request", "revision", "url",
        )  # fmt: skip


class VersionQuery(ListQuery):
    """Which versions."""

    find = serializers.CharField(required=False, trim_whitespace=False, help_text="The find language.")


class RegisterVersion(Body):
    """A new candidate, unassigned."""

    elsewhere = {"stage": f"A new version is unassigned. {SEE_REQUESTS}"}
    name = Text(help_text="`v{number}` without one.")
    description = Text()
    artifact_uri = Text()
    artifact_digest = Text(help_text="`sha256:` and 8 to 64 hex digits.")
    metrics = Metrics(required=False)
    parameters = Entries(required=False)
    attributes = Entries(required=False)
    labels = Labels(required=False)
    run_url = Text()


class EditVersion(RegisterVersion):
    """What of a version can change."""

    elsewhere = {"stage": SEE_REQUESTS, "lock": "The lock has its own address: POST …/versions/{number}/lock."}


class SetLock(Body):
    """A lock: `redact` binds everybody but admins, `closed` everybody."""

    level = serializers.ChoiceField(ModelVersion.Lock.choices)


class MomentQuery(Query):
    """When."""

    at = serializers.CharField(required=False, help_text="A date or a moment past; now without it.")


class ActiveStagesSerializer(serializers.Serializer[Any]):
    """Who holds which stage, latest entry first; `archived`: ever in production, not its holder."""

    stages = serializers.DictField(child=HolderSerializer(many=True))
    archived = serializers.ListField(child=serializers.IntegerField())


class StageEntrySerializer(serializers.Serializer[Any]):
    """A version held a stage from … until …; `left_at` is null while it does."""

    version = serializers.IntegerField()
    name = serializers.CharField()
    stage = serializers.CharField()
    entered_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField(allow_null=True)
    request = serializers.IntegerField(allow_null=True, help_text="The stage change request; null for what was imported.")
    imported = serializers.BooleanField(help_text="It held the stage in another system, from where an import brought it over.")
    actor = serializers.CharField()


class CompareQuery(Query):
    """With what."""

    def get_fields(self) -> dict[str, Any]:
        """The one parameter, whose name no attribute of a class can have."""
        return {
            "with": serializers.CharField(required=False, help_text="`production` (without it too), a stage's key, or a number.")
        }


class ComparedVersionSerializer(serializers.Serializer[Any]):
    """A version of a comparison."""

    version = serializers.IntegerField()
    name = serializers.CharField()
    stage = serializers.CharField()


class ComparedSerializer(serializers.Serializer[Any]):
    """One thing of both; null where a side does not have it."""

    field = serializers.CharField(help_text="Such as `metrics.auc`.")
    base = serializers.JSONField()
    candidate = serializers.JSONField()
    delta = serializers.FloatField(allow_null=True, help_text="Candidate minus base.")
    better = serializers.ChoiceField(["candidate", "base", "equal"], allow_null=True)


class ComparisonSerializer(serializers.Serializer[Any]):
    """A candidate beside a base."""

    candidate = ComparedVersionSerializer()
    base = ComparedVersionSerializer()
    fields = ComparedSerializer(many=True)  # type: ignore[assignment]  # the name of a field of the answer
