"""Tags and aliases on the pages of models and versions: shown to everybody who may look, set and removed by who may write."""

import pytest

from activity.unit import unit_of_work
from registry.models import Alias, Tag
from registry.services import set_alias, set_model_tag, set_version_tag
from tests.cast import caller, make_team
from tests.log import activities, no_activity
from tests.pages import Page, browser, flashes, look

pytestmark = pytest.mark.django_db

MODEL = "/w/default/models/churn"
VERSION = f"{MODEL}/versions/1"


@pytest.fixture
def team():
    made = make_team()
    version = made.version()
    with unit_of_work():
        set_model_tag(model_id=made.model.pk, key="team", value="risk", by=caller(made.engineer))
        set_version_tag(version_id=version.pk, key="n", value="<b>", by=caller(made.engineer))
        set_alias(version_id=version.pk, name="champion", by=caller(made.engineer))
    return made


def test_everybody_who_may_look_sees_them(team):
    assert "Aliases @champion v1" in look(browser(team.viewer), MODEL).words
    assert "Tags team risk" in look(browser(team.viewer), MODEL).words
    page = look(browser(team.viewer), VERSION)
    assert "Aliases @champion Tags n <b>" in page.words
    assert "Set a tag" not in page.words


def test_an_editor_sets_and_removes_them(team):
    editor = browser(team.engineer)
    with activities("model.tagged", "model_version.tagged", "model_version.untagged", "alias.moved", "alias.removed"):
        assert editor.post(f"{MODEL}/tags", {"key": "a", "value": ""})["Location"] == f"{MODEL}#tags"
        assert editor.post(f"{VERSION}/tags", {"key": "b", "value": "1"})["Location"] == f"{VERSION}#tags"
        editor.post(f"{VERSION}/tags", {"remove": "n"})
        there = editor.post(f"{MODEL}/aliases", {"alias": "next", "version": "1", "here": "1"})
        assert there["Location"] == f"{VERSION}#aliases"
        assert editor.post(f"{MODEL}/aliases", {"remove": "champion"})["Location"] == f"{MODEL}#aliases"
    assert sorted(Tag.objects.values_list("key", flat=True)) == ["a", "b", "team"]
    assert [alias.name for alias in Alias.objects.all()] == ["next"]
    assert "The alias champion is gone." in flashes(editor, MODEL)


@pytest.mark.parametrize(
    ("address", "sent", "said"),
    [
        (f"{MODEL}/tags", {"key": "", "value": "kept"}, "This field is required."),
        (f"{MODEL}/tags", {"key": "stageward.x", "value": "kept"}, "are told by Stageward itself. Choose another key."),
        (f"{VERSION}/tags", {"key": "a,b", "value": "kept"}, "A tag’s key has 1–250 letters"),
        (f"{MODEL}/aliases", {"alias": "latest", "version": "1"}, "“latest” would be read as a version, so it is no alias."),
        (f"{MODEL}/aliases", {"alias": "kept", "version": ""}, "This field is required."),
        (f"{MODEL}/aliases", {"alias": "kept", "version": "one"}, "Choose the version to point at, by its number."),
        (f"{MODEL}/aliases", {"alias": "kept", "version": "9"}, "churn has no version 9, so nothing was changed."),
        (f"{MODEL}/aliases", {"alias": "v1", "version": "1", "here": "1"}, "“v1” would be read as a version, so it is no alias."),
    ],
)
def test_what_cannot_be_is_told_where_it_was_typed_and_stays(team, address, sent, said):
    with no_activity():
        response = browser(team.engineer).post(address, sent)
    page = Page(response)
    assert response.status_code == 400
    assert said.replace("’", "'") in " ".join(page.words.replace("’", "'").split())
    assert {name: page.values.get(name) for name in sent} == sent
    assert ("Metrics" in page.words) == ("here" in sent or address.startswith(VERSION))


def test_a_removal_that_is_refused_is_told_above_all(team):
    team.move(team.version(), "production")
    with unit_of_work():
        set_alias(version_id=team.model.versions.get(number=2).pk, name="live", by=caller(team.admin))
    with no_activity():
        response = browser(team.engineer).post(f"{MODEL}/aliases", {"remove": "live"})
    assert response.status_code == 403
    assert "only an admin points “live” at it or away from it" in Page(response).words


@pytest.mark.parametrize("address", [f"{MODEL}/tags", f"{VERSION}/tags", f"{MODEL}/aliases"])
def test_who_may_not_write_changes_nothing(team, address):
    sent = {"key": "a", "value": "1", "alias": "a", "version": "1"}
    with no_activity():
        refused = browser(team.viewer).post(address, sent)
        assert (refused.status_code, "this takes an editor, so nothing was done" in Page(refused).words) == (403, True)
        assert browser(team.stranger).post(address, sent).status_code == 404
        assert browser(team.engineer).get(address).status_code == 405
