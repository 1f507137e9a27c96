"""The shapes of people and memberships in the API."""

from typing import Any

from rest_framework import serializers

from accounts.caller import Scope
from accounts.models import Membership, Role, User
from config.serializers import Body

SCOPES = [str(scope) for scope in Scope]


class UserSerializer(serializers.ModelSerializer[User]):
    """Who the caller is."""

    staff = serializers.BooleanField(
        source="is_staff", help_text="Creates people and workspaces; shows and permits nothing else."
    )
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True, help_text="Of a service account.")

    class Meta:
        model = User
        fields = ("username", "name", "email", "kind", "owner", "staff")


class MyWorkspaceSerializer(serializers.Serializer[Any]):
    """A workspace of the caller's and their role in it."""

    workspace = serializers.CharField(source="slug")
    title = serializers.CharField()
    role = serializers.ChoiceField(Role.choices, source="my_role")


class CountsSerializer(serializers.Serializer[Any]):
    """What waits."""

    awaiting_my_review = serializers.IntegerField()
    my_open_requests = serializers.IntegerField()


class MeSerializer(serializers.Serializer[Any]):
    """The caller."""

    user = UserSerializer()
    workspaces = MyWorkspaceSerializer(many=True)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(SCOPES), help_text="What this token, or session, may be used for."
    )
    counts = CountsSerializer()


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """Somebody's role in a workspace."""

    username = serializers.CharField(source="user.username")
    name = serializers.CharField(source="user.display_name")
    kind = serializers.ChoiceField(User.Kind.choices, source="user.kind")
    active = serializers.BooleanField(source="user.is_active")
    given_by = serializers.CharField(source="given_by_principal.username", default=None, allow_null=True)

    class Meta:
        model = Membership
        fields = ("username", "name", "kind", "active", "role", "given_by", "given_at")


class AddMember(Body):
    """Who is to belong to a workspace."""

    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(Role.choices)


class ChangeMember(Body):
    """Another role."""

    role = serializers.ChoiceField(Role.choices)
