"""Tokens on the page: made, shown once, revoked; and the profile."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session

from accounts.caller import Caller, Scope
from accounts.models import ApiToken, User
from accounts.secrets import digest
from accounts.services import create_person, create_token
from activity import clock
from activity.unit import unit_of_work
from tests.cast import caller, make_team
from tests.log import no_activity, one_activity
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
ADDRESS = "/settings/tokens"
TOKEN = re.compile(r"swd_[0-9A-Za-z]{49}")


@pytest.fixture
def team():
    return make_team()


def scopes_offered(client):
    return [value for value, _ in client.get(ADDRESS).context["form"].fields["scopes"].choices]


def make(client, status=200, **values):
    form = {"name": "nightly", "scopes": ["read"], "days": 90} | values
    return client.post(ADDRESS, form | ({} if "user_id" in form else {"user_id": client.session["_auth_user_id"]}))


@pytest.mark.parametrize(
    ("who", "scopes"),
    [
        ("viewer", ["read"]),
        ("engineer", ["read", "write", "decide", "checks"]),
        ("admin", ["read", "write", "decide", "checks", "admin"]),
        ("staff", ["read", "admin"]),
        ("stranger", []),
    ],
)
def test_scopes_reach_as_far_as_ones_roles(team, who, scopes):
    assert scopes_offered(browser(getattr(team, who))) == scopes


def test_a_scope_beyond_ones_roles_is_refused(team):
    with no_activity():
        response = make(browser(team.viewer), scopes=["read", "decide"])
    assert (response.status_code, ApiToken.objects.count()) == (400, 0)


def test_the_secret_is_shown_in_one_answer_and_nowhere_else(team):
    client = browser(team.viewer)
    with one_activity("token.created"):
        response = make(client)
    (secret,) = set(TOKEN.findall(response.content.decode()))
    assert ApiToken.objects.get().digest == digest(secret)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert secret not in client.get(ADDRESS).content.decode()
    assert secret not in str([session.get_decoded() for session in Session.objects.all()])
    assert browser().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 200


def test_a_token_has_its_name_scopes_and_end(team):
    make(browser(team.engineer), name=" training ", scopes=["write", "decide"], days=7)
    token = ApiToken.objects.get()
    assert (token.name, token.scopes) == ("training", ["decide", "write"])
    assert timedelta(days=6, hours=23) < token.expires_at - token.created_at < timedelta(days=7, hours=1)


def test_ninety_days_are_proposed(team):
    assert look(browser(team.viewer), ADDRESS).values["days"] == "90"


@pytest.mark.parametrize("days", ["0", "366", "-1", "", "soon"])
def test_a_token_lasts_one_to_365_days(team, days):
    response = make(browser(team.viewer), days=days)
    assert (response.status_code, ApiToken.objects.count(), 'value="nightly"' in response.content.decode()) == (400, 0, True)


def test_a_token_without_a_scope_is_refused(team):
    assert (make(browser(team.viewer), scopes=[]).status_code, ApiToken.objects.count()) == (400, 0)


def test_a_token_for_a_service_account_that_one_owns(team):
    make(browser(team.admin), user_id=team.service.pk, scopes=["write"])
    assert ApiToken.objects.get().user == team.service
    assert "of bot" in look(browser(team.admin), ADDRESS).rows[1][0]


def test_a_service_accounts_token_reaches_no_further_than_its_own_roles(team):
    response = make(browser(team.admin), user_id=team.service.pk, scopes=["admin"])
    assert "The roles of bot do not reach as far as admin, so no token was made." in response.content.decode()
    assert (response.status_code, ApiToken.objects.count()) == (400, 0)


def test_no_token_for_somebody_elses_account(team):
    for user in (team.service, team.reviewer):
        assert make(browser(team.engineer), user_id=user.pk).status_code == 400
    assert ApiToken.objects.count() == 0


def test_a_revoked_token_opens_nothing_from_the_next_request_on(team):
    client = browser(team.viewer)
    (secret,) = set(TOKEN.findall(make(client).content.decode()))
    address = look(client, ADDRESS).links["Revoke nightly"]
    look(client, address)
    with one_activity("token.revoked"):
        assert send(client, address, {}) == ADDRESS
    assert browser().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert flashes(client, ADDRESS) == ["The token “nightly” is revoked: it opens nothing from now on."]


def test_the_token_of_a_service_account_is_revoked_by_its_owner_alone(team):
    with unit_of_work():
        token, _ = create_token(name="ci", scopes=[Scope.READ], user_id=team.service.pk, by=caller(team.admin))
    for who in (team.engineer, team.stranger):
        assert browser(who).post(f"{ADDRESS}/{token.pk}/revoke").status_code == 404
        assert browser(who).get(f"{ADDRESS}/{token.pk}/revoke").status_code == 404
    send(browser(team.admin), f"{ADDRESS}/{token.pk}/revoke", {})
    assert ApiToken.objects.get().revoked_at


def test_the_list_tells_last_use_and_end_and_offers_no_second_revocation(team):
    client = browser(team.viewer)
    (secret,) = set(TOKEN.findall(make(client, days=1).content.decode()))
    assert look(client, ADDRESS).rows[1][3] == "never"
    browser().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert look(client, ADDRESS).rows[1][3].startswith("just now")
    with time_machine.travel(clock.now() + timedelta(days=2)):
        row = look(browser(team.viewer), ADDRESS).rows[1]
    assert (row[4].startswith("ended"), row[5]) == (True, "")


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_queries_for_one_token_and_three(team, django_assert_num_queries, count):
    for _ in range(count):
        with unit_of_work():
            create_token(name="ci", scopes=[Scope.READ], user_id=team.service.pk, by=caller(team.admin))
    client = browser(team.admin)
    with django_assert_num_queries(7):
        client.get(ADDRESS)


def test_the_profile_is_edited(team):
    client = browser(team.viewer)
    with one_activity("person.edited"):
        send(client, "/settings/profile", {"name": "Vera", "email": "vera@example.org"})
    viewer = User.objects.get(pk=team.viewer.pk)
    assert (viewer.name, viewer.email, flashes(client, "/settings/profile")) == (
        "Vera",
        "vera@example.org",
        ["Your profile is saved."],
    )


@pytest.mark.parametrize(
    ("email", "status", "sentence"),
    [("reviewer@example.org", 409, "Somebody else has the address"), ("not an address", 400, "Enter a valid email address.")],
)
def test_an_address_that_cannot_be_taken_is_refused_and_kept(team, email, status, sentence):
    with no_activity():
        page = send(browser(team.viewer), "/settings/profile", {"name": "Vera", "email": email}, status)
    assert (sentence in page.words, page.values["email"], page.values["name"]) == (True, email, "Vera")


def test_the_profile_leads_to_password_tokens_and_workspaces(team):
    links = look(browser(team.viewer), "/settings/profile").links
    assert (links["Change password"], links["Tokens"], links["Default"]) == (
        "/accounts/password/change/",
        ADDRESS,
        "/w/default/members",
    )


@pytest.mark.parametrize("address", [ADDRESS, "/settings/profile"])
def test_who_is_signed_out_is_asked_to_sign_in(address):
    assert browser().get(address)["Location"] == f"/accounts/login/?next={address}"


def test_somebody_in_no_workspace_is_told_why_there_is_nothing_to_make():
    with unit_of_work():
        ada = create_person(username="ada", by=Caller.operator())
    assert "You are in no workspace yet, so a token of yours could do nothing." in look(browser(ada), ADDRESS).words
