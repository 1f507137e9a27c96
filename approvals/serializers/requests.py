"""The shapes of stage change requests, their reviews, comments and policies in the API."""

from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.caller import Caller
from approvals.eligibility import Situation, counts
from approvals.models import Check, Comment, Review, SignOff, StageChangeRequest
from approvals.requirements import RequirementStatus, requirements
from approvals.rules import ACTIONS, available_actions
from config.serializers import Body, ListQuery
from registry.links import request_url

STATUSES = StageChangeRequest.Status
ACTION_NAMES = list(ACTIONS)
DIRECTIONS = ["forward", "back", "additional"]
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class CountedReview:
    """A review, and whether it counts now."""

    review: Review
    counts: bool


class IncumbentSerializer(serializers.Serializer[Any]):
    """A version that makes room when the change takes effect, and the stage that it then stands in."""

    version = serializers.IntegerField(source="version.number")
    name = serializers.CharField(source="version.name")
    becomes = serializers.CharField(source="becomes.key")


class CheckSerializer(serializers.ModelSerializer[Check]):
    """A machine's verdict."""

    reporter = serializers.CharField(source="reporter.username")
    at = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Check
        fields = ("name", "status", "url", "summary", "reporter", "at")


class SignOffSerializer(serializers.ModelSerializer[SignOff]):
    """A second person looked at what was put into effect alone."""

    reviewer = serializers.CharField(source="reviewer.username")
    at = serializers.DateTimeField(source="created_at")

    class Meta:
        model = SignOff
        fields = ("reviewer", "comment", "at")


class RequirementSerializer(serializers.Serializer[Any]):
    """One thing that a request needs: how it stands, what would satisfy it, and who could."""

    code = serializers.CharField()
    status = serializers.ChoiceField([str(status) for status in RequirementStatus])
    detail = serializers.CharField()
    eligible = serializers.ListField(child=serializers.CharField())


class ReviewSerializer(serializers.Serializer[Any]):
    """One person's decision; an approval counts while it is not withdrawn, for what stands there now, by somebody who may."""

    reviewer = serializers.CharField(source="review.reviewer.username")
    on_behalf_of = serializers.CharField(source="review.on_behalf_of.username", default=None, allow_null=True)
    decision = serializers.ChoiceField(Review.Decision.choices, source="review.decision")
    comment = serializers.CharField(source="review.comment")
    at = serializers.DateTimeField(source="review.created_at")
    withdrawn_at = serializers.DateTimeField(source="review.withdrawn_at", allow_null=True)
    counts = serializers.BooleanField()


# Made once: a serializer copies all its fields when it is made, and a list has four of these in each row.
INCUMBENTS = IncumbentSerializer(many=True)
REQUIREMENTS, REVIEWS, CHECKS = RequirementSerializer(many=True), ReviewSerializer(many=True), CheckSerializer(many=True)


class RequestSerializer(serializers.Serializer[Any]):
    """A stage change request, of a `Situation`; `by` in the context is the caller whose actions it names."""

    id = serializers.IntegerField(source="change_request.pk")
    workspace = serializers.CharField(source="version.model.workspace.slug")
    model = serializers.CharField(source="version.model.name")
    version = serializers.IntegerField(source="version.number")
    version_name = serializers.CharField(source="version.name")
    from_stage = serializers.CharField(source="change_request.from_stage.key")
    to_stage = serializers.CharField(source="change_request.to_stage.key")
    direction = serializers.ChoiceField(DIRECTIONS, source="change_request.direction")
    skipped_stages = serializers.ListField(child=serializers.CharField(), source="change_request.skipped_stages")
    archive_incumbents = serializers.BooleanField(
        source="change_request.archive_incumbents",
        help_text="Whoever holds the stage is to move out, also where it takes several.",
    )
    incumbents = serializers.SerializerMethodField(help_text="Who makes room when it takes effect.")
    status = serializers.ChoiceField(STATUSES.choices, source="change_request.status")
    requester = serializers.CharField(source="change_request.requester.username")
    comment = serializers.CharField(source="change_request.comment")
    created_at = serializers.DateTimeField(source="change_request.created_at")
    expires_at = serializers.DateTimeField(source="change_request.expires_at", allow_null=True)
    digest = serializers.CharField(help_text="Of what an approval would put into effect now.")
    requirements = serializers.SerializerMethodField()
    reviews = serializers.SerializerMethodField()
    checks = serializers.SerializerMethodField()
    decided_by = serializers.CharField(source="change_request.decided_by.username", default=None, allow_null=True)
    decided_at = serializers.DateTimeField(source="change_request.decided_at", allow_null=True)
    closing_comment = serializers.CharField(source="change_request.closing_comment")
    effect = serializers.CharField(
        source="change_request.effect",
        help_text="Why it took effect: `approved`, `not required by policy`, `release account` or `break-glass`.",
    )
    sign_off = SignOffSerializer(
        source="change_request.sign_off", default=None, allow_null=True, help_text="Of break-glass, by a second person."
    )
    available_actions = serializers.SerializerMethodField(help_text="What you may do with it now.")
    url = serializers.SerializerMethodField(help_text="Its page.")

    @extend_schema_field(IncumbentSerializer(many=True))
    def get_incumbents(self, situation: Situation) -> Any:
        """Who makes room, and where they go; nobody once it has ended."""
        return INCUMBENTS.to_representation(situation.incumbents)

    @extend_schema_field(RequirementSerializer(many=True))
    def get_requirements(self, situation: Situation) -> Any:
        """What it still needs, one by one; nothing once it has ended."""
        return REQUIREMENTS.to_representation(requirements(situation))

    @extend_schema_field(ReviewSerializer(many=True))
    def get_reviews(self, situation: Situation) -> Any:
        """Every decision, oldest first."""
        reviews = [CountedReview(review, counts(situation, review)) for review in situation.reviews]
        return REVIEWS.to_representation(reviews)

    @extend_schema_field(CheckSerializer(many=True))
    def get_checks(self, situation: Situation) -> Any:
        """Every report, oldest first; the last one of a name counts."""
        return CHECKS.to_representation(situation.checks)  # type: ignore[arg-type]  # of many

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(ACTION_NAMES)))
    def get_available_actions(self, situation: Situation) -> list[str]:
        """The actions whose check raises nothing."""
        by: Caller = self.context["by"]
        return available_actions(situation, by)

    @extend_schema_field(serializers.URLField())
    def get_url(self, situation: Situation) -> str:
        """Its page."""
        return request_url(situation.change_request.pk)


class RequestQuery(ListQuery):
    """Which requests."""

    workspace = serializers.CharField(required=False)
    model = serializers.CharField(required=False, help_text="Its name.")
    version = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID, help_text="Its number.")
    status = serializers.ChoiceField(STATUSES.choices, required=False)
    requester = serializers.CharField(required=False, help_text="A user name.")
    to_stage = serializers.CharField(required=False, help_text="The key of a stage.")
    effect = serializers.ChoiceField(StageChangeRequest.Effect.choices, required=False, help_text="Why it took effect.")
    to_be_reviewed = serializers.BooleanField(
        required=False, default=None, allow_null=True, help_text="Put into effect alone, and signed off by nobody yet."
    )
    awaiting = serializers.ChoiceField(["me"], required=False, help_text="Pending, and your approval would count.")


class Words(serializers.CharField):
    """What somebody has to say: may be empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_blank": True, "default": "", "trim_whitespace": False, **options})


class FileRequest(Body):
    """Where a version is to move."""

    to_stage = serializers.CharField(max_length=40, help_text="The key of a stage.")
    comment = Words()
    archive_incumbents = serializers.BooleanField(
        default=False, help_text="Whoever holds the stage then moves out, to Archived, also where it takes several."
    )


class Decide(Body):
    """A decision, on what stands there now."""

    comment = Words()
    digest = Words(help_text="When given, it must be the current one: you decide on what you saw.")
    on_behalf_of = serializers.CharField(
        max_length=150, required=False, help_text="The user name of somebody away, who let you decide for them."
    )


class Say(Body):
    """A few words."""

    comment = Words()


class DecideMany(Body):
    """One decision for several requests."""

    action = serializers.ChoiceField(["approve", "reject", "withdraw", "revoke"])
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), allow_empty=False, max_length=100
    )
    comment = Words()
    digests = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        default=dict,
        help_text="By id: the digest that you saw. One that is not the current one any more is refused. For approve and reject.",
    )

    def validate_ids(self, ids: list[int]) -> list[int]:
        """Each once."""
        if len(set(ids)) < len(ids):
            raise serializers.ValidationError("An id stands here twice.")
        return ids

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Digests are of what is decided on: a misspelt id would leave that one unguarded."""
        if stray := sorted(attrs["digests"].keys() - {str(pk) for pk in attrs["ids"]}):
            raise serializers.ValidationError({"digests": [f"{stray[0]} is none of the ids."]})
        if attrs["digests"] and attrs["action"] not in ("approve", "reject"):
            raise serializers.ValidationError(
                {"digests": ["Digests go with approve and reject: the others do not look at content."]}
            )
        return attrs


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of one of several: `request` when it was done, `problem` when it was refused."""

    id = serializers.IntegerField()
    done = serializers.BooleanField()
    request = RequestSerializer(allow_null=True)
    problem = serializers.DictField(allow_null=True)


class OutcomesSerializer(serializers.Serializer[Any]):
    """One result for each id, in their order."""

    results = OutcomeSerializer(many=True)


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """Something said about a version, perhaps in the course of a request."""

    author = serializers.CharField(source="author.username")
    body = serializers.CharField(source="words", help_text="Empty once it is deleted.")
    request = serializers.IntegerField(source="change_request_id", allow_null=True)

    class Meta:
        model = Comment
        fields = ("id", "author", "body", "request", "created_at", "edited_at", "deleted_at")


class AddComment(Body):
    """Something to say, or the words that replace it."""

    body = serializers.CharField(trim_whitespace=False)


class ReportCheck(Body):
    """How a check went."""

    name = serializers.CharField(max_length=100)
    status = serializers.ChoiceField(Check.Status.choices)
    url = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="", help_text="Where to read more.")
    summary = Words()


class Bypass(Body):
    """Why the glass is broken."""

    comment = serializers.CharField(
        max_length=10_000, allow_blank=True, trim_whitespace=False, help_text="The reason, for all to read."
    )
    digest = Words(help_text="When given, it must be the current one.")
