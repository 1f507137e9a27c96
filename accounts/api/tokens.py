"""Tokens."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.caller import Scope
from accounts.models import ApiToken, User
from accounts.serializers.tokens import CreateToken, NewTokenSerializer, TokenSerializer
from accounts.services import create_token, revoke_token
from activity.errors import Invalid
from config.endpoint import Endpoint
from config.operation import operation, page_of
from config.serializers import ListQuery


class Tokens(Endpoint):
    """The caller's tokens, and those of the service accounts that they own."""

    @operation("list_tokens", answer=page_of(TokenSerializer), query=ListQuery)
    def get(self, request: Request) -> Response:
        """List your tokens and those of your service accounts, newest first, revoked ones included."""
        tokens = ApiToken.objects.of(request.user).select_related("user")
        return self.page(tokens, lambda rows: TokenSerializer(rows, many=True).data)

    @operation("create_token", body=CreateToken, answer=NewTokenSerializer, status=201)
    def post(self, request: Request) -> Response:
        """Make a token. This answer is the only one that shows it.

        A token needs the scope `admin` for this, and cannot hand on scopes that it lacks itself.
        """
        sent = self.sent

        def create() -> dict[str, Any]:
            token, secret = create_token(
                name=sent["name"],
                scopes=[Scope(scope) for scope in sent["scopes"]],
                days=sent["days"],
                user_id=self._service_account(sent["user"]) if "user" in sent else None,
                by=self.by,
            )
            return {**TokenSerializer(token).data, "token": secret}

        return self.change(create, lambda body: body, status=201, secret="token")  # noqa: S106 - the name of a field

    def _service_account(self, username: str) -> int:
        user = User.objects.filter(username=username).first()
        if user is None or self.by.person.pk not in (user.pk, user.owner_id):
            raise Invalid("You own no service account of this name, so no token was made.", field="user")
        return user.pk


class Token(Endpoint):
    """One token."""

    @operation("revoke_token", status=204)
    def delete(self, request: Request, pk: int) -> Response:
        """Make a token useless, from the next request on."""
        return self.change(lambda: revoke_token(token_id=pk, by=self.by), lambda token: None, status=204)
