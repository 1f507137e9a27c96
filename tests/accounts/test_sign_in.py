"""Signing in and out, passwords, and who is out at once."""

import re

import pytest
from django.core import mail
from django.urls import NoReverseMatch, reverse

from accounts.caller import Caller, Scope
from accounts.models import User
from accounts.services import create_person, create_token, deactivate_person, reactivate_person
from activity.unit import unit_of_work
from tests.cast import PASSWORD, caller, make_team
from tests.log import no_activity
from tests.pages import browser, look, send

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
NEW = "another-long-secret"


@pytest.fixture
def team():
    return make_team()


def sign_in(client, login, password=PASSWORD, status=302):
    response = client.post(LOGIN, {"login": login, "password": password})
    assert response.status_code == status, response.content.decode()[:2000]
    return response


def signed_in(client):
    return client.get("/settings/profile").status_code == 200


@pytest.mark.parametrize("login", ["viewer", "viewer@example.org", "VIEWER@example.org"])
def test_one_signs_in_by_user_name_or_address(team, login):
    client = browser()
    sign_in(client, login)
    assert signed_in(client)


def test_signing_in_leads_to_where_one_wanted_to_go(team):
    client = browser()
    wanted = client.get("/approvals?tab=all")["Location"]
    assert wanted == "/accounts/login/?next=/approvals%3Ftab%3Dall"
    response = client.post(wanted, {"login": "viewer", "password": PASSWORD, "next": "/approvals?tab=all"})
    assert response["Location"] == "/approvals?tab=all"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(team, elsewhere):
    response = browser().post(LOGIN, {"login": "viewer", "password": PASSWORD, "next": elsewhere})
    assert response["Location"] == "/"


@pytest.mark.parametrize("login", ["viewer", "nobody-of-that-name"])
def test_a_wrong_password_tells_nothing_about_who_exists(team, login):
    response = sign_in(browser(), login, "wrong", 200)
    assert re.findall(r"errorlist[^>]*>\s*<li>([^<]*)", response.content.decode()) == [
        "The username and/or password you specified are not correct."
    ]


def test_wrong_passwords_are_limited(team):
    client = browser()
    statuses = [client.post(LOGIN, {"login": "viewer", "password": "wrong"}).status_code for _ in range(6)]
    client.post(LOGIN, {"login": "viewer", "password": PASSWORD})
    assert (statuses[0], signed_in(client)) == (200, False)
    assert client.post(LOGIN, {"login": "reviewer", "password": PASSWORD}).status_code == 302


def test_signing_out_ends_the_session(team):
    client = browser(team.viewer)
    assert send(client, "/accounts/logout/", {}) == LOGIN
    assert not signed_in(client)


def test_a_password_is_changed_and_the_old_one_is_worth_nothing(team):
    client = browser(team.viewer)
    send(client, "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert signed_in(client)
    sign_in(browser(), "viewer", PASSWORD, 200)
    sign_in(browser(), "viewer", NEW)


def test_changing_a_password_takes_the_old_one(team):
    client = browser(team.viewer)
    send(client, "/accounts/password/change/", {"oldpassword": "wrong", "password1": NEW, "password2": NEW}, 200)
    sign_in(browser(), "viewer", PASSWORD)


def test_changing_a_password_ends_the_other_sessions(team):
    here, elsewhere = browser(), browser()
    sign_in(here, "viewer")
    sign_in(elsewhere, "viewer")
    send(here, "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert (signed_in(here), signed_in(elsewhere)) == (True, False)


def reset_link():
    (letter,) = mail.outbox
    (link,) = re.findall(r"https?://testserver(\S+/password/reset/key/\S+)", str(letter.body))
    return link


def test_a_lost_password_is_reset_by_mail(team):
    client = browser()
    send(client, "/accounts/password/reset/", {"email": "viewer@example.org"})
    form = client.get(reset_link())["Location"]
    send(client, form, {"password1": NEW, "password2": NEW})
    sign_in(browser(), "viewer", NEW)


def test_a_reset_link_works_once(team):
    send(browser(), "/accounts/password/reset/", {"email": "viewer@example.org"})
    client = browser()
    send(client, client.get(reset_link())["Location"], {"password1": NEW, "password2": NEW})
    assert browser().get(reset_link()).status_code == 200
    assert "password1" not in look(browser(), reset_link()).values


def test_an_address_that_nobody_has_is_answered_alike(team):
    known = send(browser(), "/accounts/password/reset/", {"email": "viewer@example.org"})
    unknown = send(browser(), "/accounts/password/reset/", {"email": "nobody@example.org"})
    assert known == unknown


def test_somebody_added_without_a_password_sets_the_first_one_by_mail():
    with unit_of_work():
        create_person(username="ada", email="ada@example.org", by=Caller.operator())
    client = browser()
    send(client, "/accounts/password/reset/", {"email": "ada@example.org"})
    send(client, client.get(reset_link())["Location"], {"password1": NEW, "password2": NEW})
    sign_in(browser(), "ada", NEW)


def test_a_deactivated_person_is_out_at_once_with_session_and_token(team):
    client = browser(team.viewer)
    with unit_of_work():
        _, secret = create_token(name="x", scopes=[Scope.READ], by=caller(team.viewer))
    token = {"Authorization": f"Bearer {secret}"}
    assert (signed_in(client), browser().get("/api/v1/me", headers=token).status_code) == (True, 200)
    with unit_of_work():
        deactivate_person(user_id=team.viewer.pk, by=caller(team.staff))
    assert (signed_in(client), browser().get("/api/v1/me", headers=token).status_code) == (False, 401)


def test_a_deactivated_person_cannot_sign_in_until_reactivated(team):
    with unit_of_work():
        deactivate_person(user_id=team.viewer.pk, by=caller(team.staff))
    client = browser()
    client.post(LOGIN, {"login": "viewer", "password": PASSWORD})
    assert not signed_in(client)
    with unit_of_work():
        reactivate_person(user_id=team.viewer.pk, by=caller(team.staff))
    sign_in(client, "viewer")


def test_a_service_account_has_no_password_to_sign_in_with(team):
    client = browser()
    client.post(LOGIN, {"login": "bot", "password": ""})
    client.post(LOGIN, {"login": "bot", "password": PASSWORD})
    assert (signed_in(client), team.service.has_usable_password(), team.service.email) == (False, False, "")


def test_nobody_signs_up_by_themselves(team):
    people = User.objects.count()
    words = look(browser(), "/accounts/signup/").words
    response = browser().post("/accounts/signup/", {"username": "eve", "password1": NEW, "password2": NEW})
    assert (response.status_code, User.objects.count()) == (200, people)
    assert "closed" in words.lower() or "invite" in words.lower()


@pytest.mark.parametrize(
    "address", ["email/", "confirm-email/", "3rdparty/", "social/connections/", "2fa/", "login/code/confirm/"]
)
def test_what_is_not_set_up_is_not_there(team, address):
    with no_activity():
        statuses = [call(f"/accounts/{address}").status_code for call in (browser(team.viewer).get, browser(team.viewer).post)]
    assert statuses == [404, 404]


@pytest.mark.parametrize("name", ["socialaccount_connections", "account_email", "mfa_index"])
def test_what_is_not_set_up_has_no_address(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)
