"""Inviting somebody by e-mail, and joining by the link."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from accounts.models import Invitation, Membership, Role, User
from accounts.services import set_member
from activity import clock
from activity.unit import unit_of_work
from tests.cast import caller, make_team
from tests.log import no_activity, one_activity
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
INVITE = "/w/default/members/invite"
NEW = {"username": "ada", "name": "Ada Obi", "password": "a long enough password"}


class BrokenMail(BaseEmailBackend):
    """A mail server that nobody reaches."""

    def send_messages(self, email_messages):
        raise ConnectionRefusedError(111, "Connection refused")


@pytest.fixture
def team():
    return make_team()


def invited(team, email="ada@example.org", role="editor"):
    """The answer to an invitation, and the address in it."""
    response = browser(team.admin).post(INVITE, {"invite-email": email, "invite-role": role})
    found = re.findall(r"http://testserver(/invitations/[\w-]+)", response.content.decode())
    return response, found[0] if found else ""


def test_the_link_is_shown_once_and_mailed(team):
    with one_activity("member.invited"):
        response, link = invited(team)
    (letter,) = mail.outbox
    assert (response.status_code, letter.to, letter.subject) == (
        200,
        ["ada@example.org"],
        "Admin invites you to Default on Stageward",
    )
    assert f"http://testserver{link}" in letter.body
    assert link not in browser(team.admin).get("/w/default/members").content.decode()


def test_a_mail_that_cannot_be_sent_is_told_and_the_link_is_still_shown(team, settings):
    settings.EMAIL_BACKEND = f"{__name__}.BrokenMail"
    response, link = invited(team)
    words = response.content.decode()
    assert ("The mail could not be sent" in words, "Connection refused" in words, bool(link)) == (True, True, True)
    assert look(browser(), link).words.startswith("Join Default")


def test_nothing_is_mailed_when_nothing_was_stored(team):
    response, link = invited(team, email="reviewer@example.org")
    assert (response.status_code, link, mail.outbox, Invitation.objects.count()) == (409, "", [], 0)
    assert "reviewer@example.org is a member already, so nobody was invited." in response.content.decode()


def test_somebody_new_joins_and_is_signed_in(team):
    _, link = invited(team)
    client = browser()
    assert "Admin invites you as editor." in look(client, link).words
    with one_activity("member.joined"):
        where = send(client, link, NEW)
    ada = User.objects.get(username="ada")
    assert (where, ada.email, Membership.objects.get(user=ada).role) == ("/", "ada@example.org", "editor")
    assert flashes(client, "/") == ["Welcome to Default."]


def test_somebody_signed_in_joins_as_themselves(team):
    _, link = invited(team, email="stranger@example.org", role="viewer")
    client = browser(team.stranger)
    assert "You are signed in as Stranger." in look(client, link).words
    send(client, link, {})
    assert Membership.objects.get(user=team.stranger).role == "viewer"


@pytest.mark.parametrize(
    ("values", "status", "sentence"),
    [
        ({"username": "reviewer"}, 409, "There is somebody called “reviewer” already"),
        ({"username": "no spaces"}, 400, "Use letters, digits and . @ + - _ only."),
        ({"password": "short"}, 400, "This password is too short."),
        ({"password": ""}, 400, "This field is required."),
    ],
)
def test_what_cannot_be_taken_is_refused_kept_and_the_link_still_works(team, values, status, sentence):
    _, link = invited(team)
    client = browser()
    with no_activity():
        page = send(client, link, NEW | values, status)
    assert (sentence in page.words, page.values["name"], page.values["password"]) == (True, "Ada Obi", "")
    send(client, link, NEW)


def test_a_link_works_once(team):
    _, link = invited(team)
    send(browser(), link, NEW)
    words = look(browser(), link, 400).words
    assert "This invitation was used, withdrawn, or is older than 7 days. Ask for a new one." in words
    with no_activity():
        send(browser(), link, NEW | {"username": "eve"}, 400)


def test_a_link_ends_after_a_week(team):
    _, link = invited(team)
    with time_machine.travel(clock.now() + timedelta(days=8)):
        look(browser(), link, 400)


def test_a_withdrawn_link_opens_nothing(team):
    _, link = invited(team)
    invitation = Invitation.objects.get()
    with one_activity("member.invitation_withdrawn"):
        send(browser(team.admin), f"/w/default/invitations/{invitation.pk}/withdraw", {})
    look(browser(), link, 400)


def test_a_link_that_was_never_given_opens_nothing():
    look(browser(), "/invitations/made-up", 400)


def test_a_member_changes_nothing_by_joining_again(team):
    _, link = invited(team, role="admin")
    with no_activity():
        page = send(browser(team.viewer), link, {}, 409)
    assert "You are a member of this workspace already, so nothing was changed." in page.words


def test_open_invitations_are_listed_for_admins_and_only_of_their_workspace(team):
    other = make_team("research", "-r")
    invited(team)
    assert "ada@example.org" in look(browser(team.admin), "/w/default/members").words
    assert "ada@example.org" not in look(browser(team.engineer), "/w/default/members").words
    assert "ada@example.org" not in look(browser(other.admin), "/w/research/members").words
    invitation = Invitation.objects.get()
    with no_activity():
        send(browser(other.admin), f"/w/research/invitations/{invitation.pk}/withdraw", {}, 404)
        send(browser(team.engineer), f"/w/default/invitations/{invitation.pk}/withdraw", {}, 403)


def test_an_admin_of_two_workspaces_withdraws_an_invitation_where_it_was_made(team):
    other = make_team("research", "-r")
    with unit_of_work():
        set_member(workspace_id=other.workspace.pk, user_id=team.admin.pk, role=Role.ADMIN, by=caller(other.admin))
    invited(team)
    send(browser(team.admin), f"/w/research/invitations/{Invitation.objects.get().pk}/withdraw", {}, 404)
