"""The shapes of tokens in the API."""

from rest_framework import serializers

from accounts.models import ApiToken
from accounts.serializers.people import SCOPES
from accounts.services.tokens import DEFAULT_DAYS, MAX_DAYS
from config.serializers import Body


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
