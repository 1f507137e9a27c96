"""The page of a workspace's repository of tags: switched on, shown as it stands, tried, switched off; for admins alone."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gto.models import TagRepository
from tests.cast import Team
from tests.gto.written import switch_on, told
from tests.log import activities, no_activity
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
GIT = "/w/default/git"
OFF = {"remote": "", "user": "", "token": ""}


@pytest.fixture
def admin(team: Team) -> Client:
    return browser(team.admin)


def test_a_workspace_without_tags_says_what_they_are_for(admin: Client):
    assert "No tags are writtenStageward can keep a Git repository of this workspace" in look(admin, GIT).words


def test_it_is_for_admins(team: Team, admin: Client):
    with no_activity():
        for client, status in ((browser(team.engineer), 403), (browser(team.stranger), 404)):
            assert client.get(GIT).status_code == status
            for address in (GIT, f"{GIT}/stop", f"{GIT}/push"):
                assert client.post(address, OFF).status_code == status
    assert "Git tags" not in look(browser(team.engineer), "/w/default/settings").links
    assert "Git tags" in look(admin, "/w/default/settings").links


def test_switched_on_it_shows_what_was_written_and_where(team: Team, admin: Client):
    team.version()
    with activities("tag_repository.enabled"):
        assert send(admin, GIT, OFF) == GIT
    assert flashes(admin, GIT) == ["Saved. The worker writes the tags within seconds."]
    assert "Tags0none yet; the worker begins within seconds" in look(admin, GIT).words
    folder = told(team)
    page = look(admin, GIT)
    assert "Tags1last written" in page.words
    assert str(folder) in page.words
    assert "Pushed to" not in page.words


def test_a_remote_is_shown_without_its_token(team: Team, admin: Client):
    send(admin, GIT, {**OFF, "remote": "https://git.example.org/team/tags.git", "user": "bot", "token": "s3cret"})
    page = look(admin, GIT)
    assert "Pushed tohttps://git.example.org/team/tags.gitnot yet pushed" in page.words
    assert (page.values["remote"], page.values["user"], page.values["token"]) == (
        "https://git.example.org/team/tags.git",
        "bot",
        "",
    )
    assert "s3cret" not in TagRepository.objects.get().token
    TagRepository.objects.update(
        push_error="fatal: could not read from remote", push_failures=2, next_push_at="2026-11-21T12:00:00Z"
    )
    words = look(admin, GIT).words
    assert "The tags could not be pushedfatal: could not read from remote" in words
    assert "tried 2 times since without success; the next try is at 21 Nov 2026, 12:00:00 UTC" in words


def test_an_address_that_is_refused_is_told_beside_its_field(admin: Client):
    with no_activity():
        page = send(admin, GIT, {**OFF, "remote": "https://10.0.0.7/tags.git"}, status=400)
    assert "10.0.0.7 is not a public host." in page.words
    assert page.values["remote"] == "https://10.0.0.7/tags.git"


def test_it_is_tried_now_and_switched_off(team: Team, admin: Client):
    with no_activity():
        send(admin, f"{GIT}/push", {})
    assert flashes(admin, GIT) == ["This workspace writes no tags, so there is nothing to try. Switch it on first."]
    switch_on(team)
    with activities("tag_repository.tried"):
        assert send(admin, f"{GIT}/push", {}) == GIT
    assert flashes(admin, GIT) == ["The worker tries within seconds."]
    with activities("tag_repository.disabled"):
        send(admin, f"{GIT}/stop", {})
    assert flashes(admin, GIT) == ["No more tags are written. Those that are there stay."]
    assert "No tags are written" in look(admin, GIT).words


def test_the_page_costs_the_same_however_many_tags_there_are(team: Team, admin: Client):
    switch_on(team)
    counted = []
    for more in (1, 2):
        for _ in range(more):
            team.version()
        told(team)
        with CaptureQueriesContext(connection) as queries:
            look(admin, GIT)
        counted.append(len(queries))
    assert counted == [counted[0]] * 2
    assert counted[0] <= 9
