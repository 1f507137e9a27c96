"""What was said can be said in other words by who said it, and taken back by them or an admin; the log keeps it all."""

import json
from typing import Any

import pytest

from accounts.errors import Forbidden
from accounts.models import Role
from activity.errors import Invalid, NotFound
from activity.unit import unit_of_work
from approvals.models import Comment
from approvals.services import add_comment, delete_comment, edit_comment
from tests.api.conftest import MODEL, Callers, fields, problem
from tests.cast import Team, caller, make_team
from tests.log import activities, no_activity, one_activity
from tests.pages import Page, browser, flashes, look, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def said(team: Team) -> Comment:
    """What the engineer said about v1."""
    version = team.version()
    with unit_of_work():
        return add_comment(version_id=version.pk, body="Wich cohort?", by=caller(team.engineer))


def edit(comment: Comment, by: Any, body: str = "Which cohort?") -> Comment:
    with unit_of_work():
        return edit_comment(comment_id=comment.pk, body=body, by=caller(by))


def delete(comment: Comment, by: Any) -> None:
    with unit_of_work():
        delete_comment(comment_id=comment.pk, by=caller(by))


def test_an_edit_replaces_the_words_and_the_log_keeps_both(team: Team, said: Comment):
    with one_activity("comment.edited") as lines:
        edited = edit(said, team.engineer, " Which cohort? ")
    assert (edited.body, edited.edited_at is not None, edited.created_at) == ("Which cohort?", True, said.created_at)
    assert json.loads(lines[0].data) == {"comment": said.pk, "body": "Which cohort?"}
    assert (lines[0].version_id, lines[0].request_id) == (said.version_id, None)


def test_the_same_words_again_change_nothing(team: Team, said: Comment):
    with no_activity():
        assert edit(said, team.engineer, "Wich cohort? ").edited_at is None


def test_an_edit_needs_words(team: Team, said: Comment):
    for body in (" ", "x" * 10_001):
        with no_activity(), pytest.raises(Invalid):
            edit(said, team.engineer, body)


def test_nobody_edits_what_another_said_not_even_an_admin(team: Team, said: Comment):
    for other in (team.admin, team.reviewer, team.service):
        with no_activity(), pytest.raises(Forbidden, match="Only who wrote a comment edits it"):
            edit(said, other)


def test_a_deletion_leaves_the_place_without_words_and_the_log_with_them(team: Team, said: Comment):
    with one_activity("comment.deleted") as lines:
        delete(said, team.engineer)
    row = Comment.objects.get()
    assert (row.words, row.body, row.deleted_at is not None) == ("", "Wich cohort?", True)
    assert json.loads(lines[0].data) == {"comment": said.pk, "author": team.engineer.pk}


def test_an_admin_deletes_what_another_said_and_an_editor_does_not(team: Team, said: Comment):
    with no_activity(), pytest.raises(Forbidden, match="or an admin of the workspace, deletes it"):
        delete(said, team.reviewer)
    with one_activity("comment.deleted"):
        delete(said, team.admin)


def test_what_is_deleted_is_gone_for_good(team: Team, said: Comment):
    delete(said, team.engineer)
    with no_activity():
        with pytest.raises(NotFound):
            edit(said, team.engineer)
        with pytest.raises(NotFound):
            delete(said, team.admin)


def test_who_became_a_viewer_or_left_changes_nothing_any_more(team: Team, said: Comment):
    team.role(team.engineer, Role.VIEWER)
    with pytest.raises(Forbidden):
        edit(said, team.engineer)
    for nobody in (team.stranger, team.staff):
        with pytest.raises(NotFound):
            delete(said, nobody)


def test_what_was_said_about_a_deleted_version_stays_as_it_is(team: Team, said: Comment):
    team.delete(said.version)
    with pytest.raises(NotFound):
        edit(said, team.engineer)
    assert browser(team.engineer).get(f"/comments/{said.pk}/edit").status_code == 404


HOME = "/w/default/models/churn/versions/1"


def offered(page: Page) -> set[str]:
    return {words for words in page.links if "comment" in words and words.split()[0] in ("Edit", "Delete")}


def test_a_page_offers_what_the_service_allows(team: Team, said: Comment):
    own, as_admin = {"Edit your comment", "Delete the comment"}, {"Delete the comment"}
    for who, expected in ((team.engineer, own), (team.admin, as_admin), (team.reviewer, set()), (team.viewer, set())):
        assert offered(look(browser(who), HOME)) == expected


def test_a_request_offers_the_same_until_its_version_is_deleted(team: Team):
    filed = team.ask(team.version())
    with unit_of_work():
        add_comment(version_id=filed.version_id, body="So?", by=caller(team.engineer), change_request_id=filed.pk)
    address = f"/requests/{filed.pk}"
    assert offered(look(browser(team.engineer), address)) == {"Edit your comment", "Delete the comment"}
    assert offered(look(browser(team.admin), address)) == {"Delete the comment"}
    assert offered(look(browser(team.viewer), address)) == set()
    team.delete(filed.version)
    assert offered(look(browser(team.engineer), address)) == set()


def test_a_comment_is_edited_on_its_page(team: Team, said: Comment):
    client, address = browser(team.engineer), f"/comments/{said.pk}/edit"
    assert look(client, address).values["body"] == "Wich cohort?"
    with no_activity():
        assert "Write something" in send(client, address, {"body": " "}, 400).words
    with one_activity("comment.edited"):
        assert send(client, address, {"body": "Which <b>cohort</b>?"}) == f"{HOME}#comment-{said.pk}"
    assert flashes(client, HOME) == ["Your comment is saved. The log keeps what it said before."]
    page = look(client, HOME)
    assert "Which <b>cohort</b>?" in page.words
    assert ", edited" in page.words


def test_a_comment_is_deleted_after_a_second_look(team: Team):
    filed = team.ask(team.version())
    with unit_of_work():
        comment = add_comment(version_id=filed.version_id, body="So what?", by=caller(team.engineer), change_request_id=filed.pk)
    client, address = browser(team.engineer), f"/comments/{comment.pk}/delete"
    assert "So what?" in look(client, address).words
    with one_activity("comment.deleted"):
        assert send(client, address, {}) == f"/requests/{filed.pk}#comment-{comment.pk}"
    for where in (f"/requests/{filed.pk}", HOME):
        page = look(client, where)
        assert "So what?" not in page.words
        assert "Deleted " in page.words
        assert offered(page) == set()
    assert client.get(address).status_code == 404


def test_a_page_refuses_what_the_service_refuses(team: Team, said: Comment):
    for who, status in ((team.reviewer, 403), (team.viewer, 403), (team.stranger, 404)):
        assert browser(who).get(f"/comments/{said.pk}/edit").status_code == status
        with no_activity():
            assert browser(who).post(f"/comments/{said.pk}/edit", {"body": "x"}).status_code == status
            assert browser(who).post(f"/comments/{said.pk}/delete").status_code == status


def test_the_api_edits_and_deletes(team: Team, said: Comment):
    api, address = Callers(team), f"{MODEL}/versions/1/comments/{said.pk}"
    with activities("comment.edited", "comment.deleted"):
        edited = api.engineer.put(address, {"body": "Which cohort?"})
        assert (edited.status_code, edited.json()["body"], edited.json()["deleted_at"]) == (200, "Which cohort?", None)
        assert edited.json()["edited_at"] > edited.json()["created_at"]
        assert api.admin.delete(address).status_code == 204
    (row,) = api.viewer.get(f"{MODEL}/versions/1/comments").json()["results"]
    assert (row["id"], row["body"], row["deleted_at"] is not None) == (said.pk, "", True)


def test_the_api_refuses_with_a_problem(team: Team, said: Comment):
    api, address = Callers(team), f"{MODEL}/versions/1/comments/{said.pk}"
    team.version()
    with no_activity():
        assert problem(api.reviewer.put(address, {"body": "x"})) == (403, "forbidden")
        assert problem(api.reviewer.delete(address)) == (403, "forbidden")
        assert fields(api.engineer.put(address, {})) == ["body"]
        assert problem(api.engineer.delete(address.replace("/1/", "/2/"))) == (404, "not-found")
        assert problem(api.engineer.delete(f"{MODEL}/versions/1/comments/999999")) == (404, "not-found")
