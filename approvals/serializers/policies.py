"""The shapes of policies, and of proposals to weaken them, in the API."""

from typing import Any

from rest_framework import serializers

from accounts.models import Role
from approvals.models import POLICY_FIELDS, StagePolicy
from config.serializers import Body
from registry.models import Proposal


class GroupMinimumSerializer(serializers.Serializer[Any]):
    """At least so many approvals from a group."""

    group = serializers.CharField(max_length=60, help_text="The key of an approver group.")
    minimum = serializers.IntegerField(min_value=1, max_value=20)


class RequiredCheckSerializer(serializers.Serializer[Any]):
    """A check that must have passed."""

    name = serializers.CharField(max_length=100)
    reporter = serializers.CharField(
        max_length=150,
        required=False,
        allow_null=True,
        help_text="The user name, or `token:` and the number of a token, that must report it; without it anybody but the requester.",
    )


class PolicySerializer(serializers.ModelSerializer[StagePolicy]):
    """What a move into a stage demands."""

    groups = GroupMinimumSerializer(many=True)
    required_checks = RequiredCheckSerializer(many=True)
    release_accounts = serializers.ListField(child=serializers.CharField())
    break_glass_roles = serializers.ListField(child=serializers.ChoiceField([Role.EDITOR.value, Role.ADMIN.value]))

    class Meta:
        model = StagePolicy
        fields = (*POLICY_FIELDS, "revision")


class SetPolicy(Body):
    """What a move into a stage is to demand; what is left out goes back to its default."""

    approvals_required = serializers.IntegerField(required=False, default=1, min_value=0, max_value=20)
    groups = GroupMinimumSerializer(many=True, required=False, default=list)
    exclude_last_editor = serializers.BooleanField(
        required=False, help_text="Who last edited the content may not approve. By default so for protected stages."
    )
    skip_rule = serializers.ChoiceField(
        StagePolicy.SkipRule.choices, required=False, default="flag", help_text="What of moves that skip stages."
    )
    required_checks = RequiredCheckSerializer(many=True, required=False, default=list)
    expires_after_days = serializers.IntegerField(required=False, default=None, allow_null=True, min_value=1, max_value=365)
    release_accounts = serializers.ListField(
        child=serializers.CharField(max_length=150),
        required=False,
        default=list,
        help_text="User names, or `token:` and a number: their requests need no approval.",
    )
    break_glass_roles = serializers.ListField(
        child=serializers.ChoiceField([Role.EDITOR.value, Role.ADMIN.value]), required=False, default=list
    )


class ProposalSerializer(serializers.ModelSerializer[Proposal]):
    """A weaker policy or lifecycle that waits for a second admin."""

    stage = serializers.CharField(source="stage.key")
    proposed_by = serializers.CharField(source="proposed_by.username")
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)
    before = serializers.DictField()
    changes = serializers.DictField()
    weakens = serializers.ListField(child=serializers.CharField(), help_text="The fields by which it asks for less.")

    class Meta:
        model = Proposal
        fields = (
            "id", "stage", "kind", "before", "changes", "weakens", "status", "proposed_by", "created_at", "decided_by", "decided_at",
        )  # fmt: skip


class PolicyOutcomeSerializer(PolicySerializer):
    """The policy as it is; `proposal` waits for a second admin, where it would ask for less."""

    proposal = ProposalSerializer(allow_null=True)

    class Meta(PolicySerializer.Meta):
        fields = (*PolicySerializer.Meta.fields, "proposal")  # type: ignore[assignment]  # one more than there
