"""The shapes of people, memberships and tokens in the API."""

from typing import Any

from rest_framework import serializers

from accounts.caller import Scope
from accounts.models import ApiToken, Membership, Role, User
from accounts.services.tokens import DEFAULT_DAYS, MAX_DAYS
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


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token, without its secret."""

    user = serializers.CharField(source="user.username")
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES))

    class Meta:
        model = ApiToken
        fields: tuple[str, ...] = (
            "id",
            "name",
            "user",
            "prefix",
            "scopes",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        )


class NewTokenSerializer(TokenSerializer):
    """A token just made: the one answer that holds the secret."""

    token = serializers.CharField(
        read_only=True, allow_null=True, help_text="Shown once, never again: null when the same idempotency key is sent again."
    )

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "token")


class CreateToken(Body):
    """What a token may do, and for how long."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES), allow_empty=False, max_length=len(SCOPES))
    days = serializers.IntegerField(required=False, default=DEFAULT_DAYS, min_value=1, max_value=MAX_DAYS)
    user = serializers.CharField(required=False, max_length=150, help_text="A service account of yours; without it, yourself.")
