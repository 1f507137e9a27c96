"""The API's callers: real requests through the whole middleware, each with a token of its own."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.caller import Scope
from accounts.models import ApiToken, User
from accounts.secrets import digest, new_token
from activity import clock
from tests.cast import Team, make_team

MODEL = "/api/v1/workspaces/default/models/churn"
REQUESTS = "/api/v1/stage-change-requests"


def token_of(user: User, *scopes: Scope) -> str:
    """A fresh token of the user's, with every scope unless said. Written past the service: it leaves no line in the log."""
    secret, moment = new_token(), clock.now()
    ApiToken.objects.create(
        user=user, name="test", prefix=secret[:8], digest=digest(secret), scopes=[*(scopes or Scope)], created_at=moment,
        expires_at=moment + timedelta(days=1),
    )  # fmt: skip
    return secret


@dataclass
class Api:
    """Somebody with a token, or nobody."""

    token: str = ""

    def send(self, method: str, path: str, body: Any = None, *, raw: Any = None, **headers: Any) -> Any:
        """Send one request; header names have underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = named.pop("Content-Type", "application/json")
        if self.token:
            named.setdefault("Authorization", f"Bearer {self.token}")
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        client = Client(raise_request_exception=False)
        return client.generic(method, path, data, content_type=content_type, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.send("DELETE", path, **headers)


class Callers:
    """The cast, each at the API with a token of their own; `nobody` has none."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self.nobody = Api()

    def __getattr__(self, name: str) -> Api:
        """Make the token when somebody first calls."""
        caller = Api(token_of(getattr(self._team, name)))
        setattr(self, name, caller)
        return caller


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def api(team: Team) -> Callers:
    return Callers(team)


def problem(response: Any) -> tuple[int, str]:
    """The status and the code of a refusal, which is a problem document."""
    assert response["Content-Type"] == "application/problem+json", response.content
    body = json.loads(response.content)
    assert body["status"] == response.status_code
    assert body["type"] == f"/problems/{body['code']}"
    assert body["title"]
    assert body["detail"].endswith((".", "?", ")"))
    return response.status_code, body["code"]


def fields(response: Any) -> list[str]:
    """The names of the fields that a refusal blames."""
    return [error["field"] for error in json.loads(response.content)["errors"]]
