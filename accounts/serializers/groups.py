"""The shapes of approver groups and delegations in the API."""

from rest_framework import serializers

from accounts.models import ApproverGroup, Delegation, GroupMember
from activity import clock
from config.serializers import Body


class GroupMemberSerializer(serializers.ModelSerializer[GroupMember]):
    """Somebody in a group."""

    username = serializers.CharField(source="user.username")
    name = serializers.CharField(source="user.display_name")
    given_by = serializers.CharField(source="given_by_principal.username", default=None, allow_null=True)

    class Meta:
        model = GroupMember
        fields = ("username", "name", "given_by", "given_at")


class GroupSerializer(serializers.ModelSerializer[ApproverGroup]):
    """Named people whom policies ask for."""

    members = GroupMemberSerializer(many=True)

    class Meta:
        model = ApproverGroup
        fields = ("key", "name", "created_at", "members")


class CreateGroup(Body):
    """A group to make."""

    key = serializers.CharField(max_length=60, help_text="Lower-case letters, digits and hyphens. It stays: policies hold it.")
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="", help_text="Without it, the key.")


class RenameGroup(Body):
    """Another name."""

    name = serializers.CharField(max_length=120)


class DelegationSerializer(serializers.ModelSerializer[Delegation]):
    """While somebody is away, another person decides for them."""

    delegator = serializers.CharField(source="delegator.username", help_text="Who is away.")
    delegate = serializers.CharField(source="delegate.username", help_text="Who decides for them.")
    in_force = serializers.SerializerMethodField(help_text="Whether it holds now: begun, not over, not withdrawn.")

    class Meta:
        model = Delegation
        fields = ("id", "delegator", "delegate", "starts_at", "ends_at", "reason", "created_at", "withdrawn_at", "in_force")

    def get_in_force(self, delegation: Delegation) -> bool:
        """Whether it holds now."""
        return delegation.withdrawn_at is None and delegation.starts_at <= clock.now() < delegation.ends_at


class CreateDelegation(Body):
    """Who decides for you, and from when until when."""

    delegate = serializers.CharField(max_length=150, help_text="The user name of somebody in one of your workspaces.")
    starts_at = serializers.DateTimeField(required=False, help_text="Without it, now.")
    ends_at = serializers.DateTimeField(help_text="A year after the start at most.")
    reason = serializers.CharField(max_length=500)
