"""Tokens: made and shown once, listed without their secret, revoked; what a scope lets through."""

import base64
from datetime import timedelta

import pytest

from accounts.caller import Scope
from accounts.models import ApiToken, User
from activity import clock
from activity.models import Activity, StoredAnswer
from tests.api.conftest import MODEL, REQUESTS, Api, Callers, fields, problem, token_of
from tests.cast import Team

TOKENS = "/api/v1/tokens"


def test_a_token_is_shown_once(api: Callers, team: Team):
    made = api.engineer.post(TOKENS, {"name": "ci", "scopes": ["read", "write"], "days": 7})
    assert made.status_code == 201
    body = made.json()
    row = ApiToken.objects.get(pk=body["id"])
    assert (body["name"], body["scopes"], body["user"], body["prefix"]) == ("ci", ["read", "write"], "engineer", row.prefix)
    assert row.expires_at - row.created_at == timedelta(days=7)
    assert Api(body["token"]).get("/api/v1/me").json()["scopes"] == ["read", "write"]
    listed = api.engineer.get(TOKENS).json()["results"]
    assert [token["name"] for token in listed] == ["ci", "test"]
    secret = body.pop("token")
    assert listed[0] == body | {"last_used_at": listed[0]["last_used_at"]}
    assert secret not in api.engineer.get(TOKENS).content.decode()


def test_the_secret_is_not_kept_for_a_second_answer(api: Callers):
    first = api.engineer.post(TOKENS, {"name": "ci", "scopes": ["read"]}, Idempotency_Key="k").json()
    second = api.engineer.post(TOKENS, {"name": "ci", "scopes": ["read"]}, Idempotency_Key="k")
    assert second["Idempotent-Replayed"] == "true"
    assert second.json() == first | {"token": None}
    assert first["token"] not in StoredAnswer.objects.get().body


def test_an_owner_makes_tokens_for_a_service_account(api: Callers):
    made = api.admin.post(TOKENS, {"name": "bot", "scopes": ["read"], "user": "bot"}).json()
    assert made["user"] == "bot"
    assert "bot" in [token["user"] for token in api.admin.get(TOKENS).json()["results"]]
    refused = api.engineer.post(TOKENS, {"name": "bot", "scopes": ["read"], "user": "bot"})
    assert (problem(refused), fields(refused)) == ((400, "invalid"), ["user"])
    assert fields(api.engineer.post(TOKENS, {"name": "x", "scopes": ["read"], "user": "nobody"})) == ["user"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["read"]}, "name"),
        ({"name": "x"}, "scopes"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["fly"]}, "scopes.0"),
        ({"name": "x", "scopes": "read"}, "scopes"),
        ({"name": "x", "scopes": ["read"], "days": 0}, "days"),
        ({"name": "x", "scopes": ["read"], "days": 366}, "days"),
        ({"name": "x", "scopes": ["read"], "days": "7"}, "days"),
        ({"name": "x", "scopes": ["read"], "days": True}, "days"),
    ],
)
def test_a_wrong_token_is_told_by_its_field(api: Callers, body: dict[str, object], field: str):
    response = api.engineer.post(TOKENS, body)
    assert (problem(response), fields(response)[0]) == ((400, "invalid"), field)


def test_a_token_without_admin_makes_and_revokes_none(team: Team):
    api = Api(token_of(team.admin, Scope.READ, Scope.WRITE, Scope.DECIDE))
    own = ApiToken.objects.get()
    assert problem(api.post(TOKENS, {"name": "x", "scopes": ["read"]})) == (403, "forbidden")
    assert problem(api.delete(f"{TOKENS}/{own.pk}")) == (403, "forbidden")
    assert ApiToken.objects.get().revoked_at is None


def test_a_token_cannot_hand_on_what_it_lacks(team: Team):
    api = Api(token_of(team.admin, Scope.READ, Scope.ADMIN))
    assert problem(api.post(TOKENS, {"name": "x", "scopes": ["decide"]})) == (403, "forbidden")


def test_a_revoked_token_opens_nothing_from_then_on(api: Callers, team: Team):
    other = Api(token_of(team.engineer))
    pk = ApiToken.objects.latest("id").pk
    assert other.get("/api/v1/me").status_code == 200
    assert api.engineer.delete(f"{TOKENS}/{pk}").status_code == 204
    assert problem(other.get("/api/v1/me")) == (401, "not-authenticated")
    assert api.engineer.delete(f"{TOKENS}/{pk}").status_code == 204
    assert Activity.objects.filter(verb="token.revoked").count() == 1
    assert problem(api.reviewer.delete(f"{TOKENS}/{pk}")) == (404, "not-found")


@pytest.mark.parametrize(
    "header",
    ["Bearer nonsense", "Bearer", "Bearer swd_" + "0" * 49, "bearer \x00", "Basic !", "Basic eA==", "Basic /w==", "Digest x"],
)
def test_a_header_that_opens_nothing_is_challenged(api: Callers, header: str):
    response = api.nobody.get("/api/v1/me", Authorization=header)
    assert problem(response) == (401, "not-authenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="Stageward"'


def test_an_expired_token_and_one_of_somebody_let_go_open_nothing(api: Callers, team: Team):
    assert [caller.get("/api/v1/me").status_code for caller in (api.engineer, api.reviewer)] == [200, 200]
    ApiToken.objects.filter(user=team.engineer).update(expires_at=clock.now())
    User.objects.filter(pk=team.reviewer.pk).update(is_active=False)
    assert problem(api.engineer.get("/api/v1/me")) == (401, "not-authenticated")
    assert problem(api.reviewer.get("/api/v1/me")) == (401, "not-authenticated")


def test_basic_takes_the_token_as_password_with_its_owners_name(api: Callers):
    def basic(name: str) -> str:
        return "Basic " + base64.b64encode(f"{name}:{api.engineer.token}".encode()).decode()

    assert api.nobody.get("/api/v1/me", Authorization=basic("engineer")).status_code == 200
    assert problem(api.nobody.get("/api/v1/me", Authorization=basic("reviewer"))) == (401, "not-authenticated")


def test_each_scope_lets_through_its_own(team: Team):
    version = team.version()
    request = team.ask(version)
    posts = {
        Scope.WRITE: (f"{MODEL}/versions", {}),
        Scope.DECIDE: (f"{REQUESTS}/{request.pk}/approve", {}),
        Scope.ADMIN: (TOKENS, {"name": "x", "scopes": ["read"]}),
    }
    for scope in Scope:
        api = Api(token_of(team.reviewer, scope))
        assert api.get("/api/v1/me").status_code == (200 if scope in (Scope.READ, Scope.WRITE) else 403)
        for needed, (path, body) in posts.items():
            response = api.post(path, body)
            if scope == needed and needed != Scope.ADMIN:
                assert response.status_code in (200, 201)
            elif scope != needed:
                assert problem(response) == (403, "forbidden")
                assert response.json()["scope"] == str(needed)
