"""Signing in as Arthur's SDK does: a pass for a password, which ends when it should, and an access key."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.caller import Scope
from accounts.models import ApiToken, Role, User
from accounts.passes import is_pass, new_pass, owner_of_pass
from accounts.services import revoke_token, set_member
from activity.models import Activity
from activity.unit import unit_of_work
from tests.api.conftest import Api, token_of
from tests.cast import PASSWORD, Team, caller, make_team
from tests.gateways.arthur import Arthur, arthur
from tests.log import no_activity

LOGIN = "/api/v3/login"


def sign_in(login: str, password: str = PASSWORD) -> Any:
    return Api().post(LOGIN, {"login": login, "password": password})


def pass_of(login: str) -> str:
    response = sign_in(login)
    assert response.status_code == 200, response.content
    return str(response.cookies["Authorization"].value)


def claims_of(text: str) -> dict[str, Any]:
    """What PyJWT reads in the SDK: it checks the shape, and not the signature."""
    header, payload, _ = text.split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "HS256", "typ": "JWT"}
    return dict(json.loads(base64.urlsafe_b64decode(payload + "==")))


@pytest.mark.parametrize("login", ["engineer", "engineer@example.org"])
def test_a_password_is_given_a_pass_that_opens_as_the_header_alone(team: Team, login: str):
    with no_activity():
        response = sign_in(login)
    cookie = response.cookies["Authorization"]
    left = claims_of(cookie.value)["exp"] - timezone.now().timestamp()
    assert 3_500 < left <= 3_600  # the SDK signs in again five minutes before the end
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", LOGIN)
    assert Arthur(cookie.value).get("users/me")[1]["username"] == "engineer"
    client = Client()
    client.cookies["Authorization"] = cookie.value
    assert client.get("/api/v3/users/me").status_code == 401
    assert client.get("/").status_code == 302


def test_a_pass_opens_this_door_and_no_other(team: Team):
    held = pass_of("engineer")
    for path in ("/api/v1/me", "/api/2.0/mlflow/registered-models/get?name=churn", "/api/v1/registry/registered_models/1"):
        for header in (held, f"Bearer {held}"):
            assert Api().get(path, Authorization=header).status_code == 401, path
    assert Arthur(f"Bearer {held}").refused("GET", "users/me") == 401


def test_what_is_done_with_a_pass_is_its_owners(team: Team):
    assert Arthur(pass_of("engineer")).saved().created_by == team.engineer
    line = Activity.objects.latest("pk")
    assert (line.via, line.actor_id, line.token_id) == ("arthur", team.engineer.pk, None)


def test_a_pass_ends_with_its_hour_and_with_the_password_and_with_its_owner(team: Team):
    who = Arthur(pass_of("engineer"))
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert who.refused("GET", "users/me") == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        status, said = who.get("users/me")
        assert (status, said["error"].startswith("This sign-in has ended")) == (401, True)
    gone = Arthur(pass_of("reviewer"))
    team.let_go(team.reviewer)
    assert gone.refused("GET", "users/me") == 401
    team.engineer.set_password("another-long-secret")
    team.engineer.save()
    with no_activity():
        assert who.save()[0] == 401


def test_a_forged_pass_opens_nothing(team: Team):
    held = new_pass(team.engineer)
    header, payload, signature = held.split(".")

    def encoded(**claims: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(claims_of(held) | claims).encode()).rstrip(b"=").decode()

    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    keyless = base64.urlsafe_b64encode(hmac.digest(b"", f"{header}.{payload}".encode(), "sha256")).rstrip(b"=").decode()
    payloads = [
        encoded(sub=str(team.admin.pk)),
        encoded(exp=9_999_999_999),
        encoded(sub="9" * 30),
        encoded(sub=None),
        "e30",
        "W10",
        "%",
        "",
    ]
    forged = [f"{header}.{each}.{signature}" for each in payloads]
    forged += [f"{none}.{payload}.", f"{none}.{payload}.{signature}", f"{header}.{payload}.{keyless}", f"{header}.{payload}."]
    assert owner_of_pass(held) == team.engineer
    assert [owner_of_pass(text) for text in forged if is_pass(text)] == [None] * 12
    assert [Arthur(text).refused("GET", "users/me") for text in forged] == [401] * 12


def test_a_wrong_password_is_told_alike_whoever_exists_and_is_limited_as_on_the_page(team: Team):
    told = [sign_in(login, "wrong") for login in ("nobody-of-that-name", *["viewer"] * 6)]
    assert [response.status_code for response in told] == [401] * 6 + [429]
    assert len({response.content for response in told[:6]}) == 1
    assert int(told[6]["Retry-After"]) > 0
    assert "Authorization" not in told[0].cookies
    assert sign_in("viewer").status_code == 429
    page = Client()
    page.post("/accounts/login/", {"login": "viewer", "password": PASSWORD})
    assert page.get("/settings/profile").status_code == 302
    assert sign_in("engineer").status_code == 200


def test_wrong_passwords_on_the_page_count_here(team: Team):
    for _ in range(5):
        Client().post("/accounts/login/", {"login": "viewer", "password": "wrong"})
    assert sign_in("viewer").status_code == 429


def test_sign_ins_of_one_address_are_counted_however_they_end(team: Team):
    assert {sign_in("engineer").status_code for _ in range(30)} == {200}
    assert sign_in("engineer").status_code == 429


def test_who_was_let_go_is_told_like_who_does_not_exist(team: Team):
    team.let_go(team.viewer)
    assert sign_in("viewer").content == sign_in("nobody-of-that-name").content


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b'{"login": "viewer"}', b'{"login": "", "password": ""}', b'{"login": 1, "password": "x"}',
     b'{"login": "a\\u0000", "password": "x"}', b'{"login": "a", "password": ["x"]}'],
)  # fmt: skip
def test_a_sign_in_that_cannot_be_read_is_told(db: None, raw: bytes):
    assert Arthur("").refused("POST", "login", raw=raw) == 400


def test_one_signs_in_by_post_alone(db: None):
    assert [Arthur("").refused(method, "login") for method in ("GET", "PUT", "DELETE")] == [405] * 3
    assert Api().get(LOGIN)["Allow"] == "POST"


def test_an_access_key_is_a_token_and_reaches_as_far(team: Team):
    reads = Arthur(token_of(team.engineer, Scope.READ))
    assert reads.get("users/me")[1]["organization_id"] == "default"
    with no_activity():
        assert reads.save()[0] == 403
        assert Arthur("").save()[0] == 401
        assert Arthur("swd_gone").save()[0] == 401
    who = arthur(team.reviewer)
    assert Arthur(f"Bearer {who.key}").refused("GET", "users/me") == 200
    with unit_of_work():
        revoke_token(token_id=ApiToken.objects.get(user=team.reviewer).pk, by=caller(team.reviewer))
    assert who.refused("GET", "users/me") == 401


def test_who_is_in_several_workspaces_is_asked_which(team: Team):
    one, other = make_team("vision", "-vision"), make_team("speech", "-speech")
    with unit_of_work():
        set_member(workspace_id=other.workspace.pk, user_id=one.viewer.pk, role=Role.EDITOR, by=caller(other.admin))
    who = Arthur(arthur(one.viewer).key, "")
    status, said = who.get("users/me")
    assert (status, "header Arthur-Organization-ID" in said["error"]) == (403, True)
    status, said = who.get("users/me/auth_info")
    assert (status, said["organization_ids"], said["roles"]) == (200, ["speech", "vision"], ["editor", "viewer"])
    assert said.keys() >= {"issuer", "username", "first_name", "last_name", "email", "internal_user_id", "external_user_id"}
    assert Arthur(who.key, "speech").get("users/me")[1]["organization_id"] == "speech"
    nowhere = Arthur(arthur(team.stranger).key, "")
    assert nowhere.refused("GET", "users/me") == 403
    assert nowhere.get("users/me/auth_info")[1]["organization_ids"] == []


def test_a_service_account_has_no_password(team: Team):
    assert sign_in("bot", "").status_code == 400
    User.objects.filter(pk=team.service.pk).update(password=team.engineer.password)  # behind the application's back
    assert owner_of_pass(new_pass(User.objects.get(pk=team.service.pk))) is None
