"""A model's settings: edited, renamed, archived, deleted."""

import pytest

from activity.unit import unit_of_work
from registry.models import ModelVersion, RegisteredModel
from registry.services import archive_model, edit_model, lock_version
from tests.cast import caller, make_team
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db

HOME = "/w/default/models/churn"
SETTINGS = f"{HOME}/settings"


@pytest.fixture
def team():
    return make_team()


def stored():
    return RegisteredModel.objects.get()


def typed(client, **changes):
    """What the form holds when it is opened, with some fields typed over."""
    values = look(client, SETTINGS).values
    kept = {name: values[name] for name in ("description", "readme", "labels", "metric_directions", "revision")}
    return kept | {"action": "edit", "owner_id": stored().owner_id} | changes


@pytest.mark.parametrize("action", ["edit", "rename", "archive", "unarchive", "delete"])
@pytest.mark.parametrize(("user", "status"), [("stranger", 404), ("viewer", 403)])
def test_who_may_not_write_changes_nothing(team, user, status, action):
    sent = {"action": action, "description": "x", "name": "x", "confirm": "churn", "revision": 1, "owner_id": team.viewer.pk}
    assert browser(getattr(team, user)).post(SETTINGS, sent).status_code == status
    assert (stored().description, stored().name, stored().archived_at, stored().deleted_at) == (
        "Who leaves.",
        "churn",
        None,
        None,
    )


def test_a_viewer_sees_no_forms(team):
    assert look(browser(team.viewer), SETTINGS).values == {}


def test_what_was_typed_is_saved(team):
    client = browser(team.engineer)
    sent = typed(client, description="Who goes.", readme="# Use", labels="b, a", owner_id=team.reviewer.pk)
    assert send(client, SETTINGS, sent) == SETTINGS
    assert (stored().description, stored().readme, stored().labels) == ("Who goes.", "# Use", ["a", "b"])
    assert (stored().owner, flashes(client, SETTINGS)) == (team.reviewer, ["churn is saved."])


def test_which_way_a_metric_gets_better_is_declared_one_a_line(team):
    client = browser(team.engineer)
    send(client, SETTINGS, typed(client, metric_directions="cost per case = lower\r\nseats = higher"))
    assert stored().metric_directions == {"cost per case": "lower", "seats": "higher"}
    assert sorted(look(client, SETTINGS).values["metric_directions"].splitlines()) == ["cost per case = lower", "seats = higher"]
    page = send(client, SETTINGS, typed(client, metric_directions="seats = up"), 400)
    assert "“seats” gets better as it gets “higher” or “lower”: write one of these." in page.words
    assert stored().metric_directions == {"cost per case": "lower", "seats": "higher"}


def test_a_form_sent_as_it_was_opened_changes_nothing(team):
    client = browser(team.engineer)
    send(client, SETTINGS, typed(client))
    assert (flashes(client, SETTINGS), stored().revision) == (["Nothing was changed."], 1)


def test_an_owner_is_chosen_among_people_who_decide(team):
    form = browser(team.engineer).get(SETTINGS).context["form"]
    assert [name for _, name in form.fields["owner_id"].choices] == ["Admin", "Engineer", "Reviewer", "Second Reviewer"]
    client = browser(team.engineer)
    page = send(client, SETTINGS, typed(client, owner_id=team.viewer.pk), 400)
    assert f"Select a valid choice. {team.viewer.pk} is not one of the available choices." in page.words


def test_somebody_elses_edit_is_not_written_over_unseen(team):
    client = browser(team.engineer)
    sent = typed(client, description="Mine.")
    with unit_of_work():
        edit_model(model_id=team.model.pk, changes={"description": "Theirs."}, by=caller(team.reviewer))
    page = send(client, SETTINGS, sent, 412)
    assert (stored().description, page.values["description"]) == ("Theirs.", "Mine.")
    send(client, SETTINGS, sent | {"revision": page.values["revision"]})
    assert stored().description == "Mine."


def test_an_admin_renames_a_model(team):
    client = browser(team.admin)
    where = send(client, SETTINGS, {"action": "rename", "name": "attrition"})
    assert (where, stored().name) == ("/w/default/models/attrition/settings", "attrition")
    assert flashes(client, where) == ["churn is called attrition from now on."]


def test_an_editor_reads_why_they_cannot_rename(team):
    client = browser(team.engineer)
    assert "Only an admin renames a model, because scripts know it by its name." in look(client, SETTINGS).words
    page = send(client, SETTINGS, {"action": "rename", "name": "attrition"}, 403)
    assert (stored().name, "Rename" in page.links) == ("churn", False)


def test_a_wrong_name_is_refused_at_its_field(team):
    page = send(browser(team.admin), SETTINGS, {"action": "rename", "name": "a/b"}, 400)
    assert "A model's name has 1–250 characters" in page.words
    assert page.values["name"] == "a/b"


def test_an_editor_archives_a_model_and_an_admin_takes_it_out_again(team):
    engineer, admin = browser(team.engineer), browser(team.admin)
    send(engineer, SETTINGS, {"action": "archive"})
    assert stored().archived_at is not None
    page = send(engineer, SETTINGS, {"action": "unarchive"}, 403)
    assert "Only an admin takes a model out of the archive." in page.words
    send(admin, SETTINGS, {"action": "unarchive"})
    assert (stored().archived_at, flashes(admin, SETTINGS)) == (None, ["churn is out of the archive."])


def test_an_archived_model_is_not_edited(team):
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.engineer))
    client = browser(team.engineer)
    assert "description" not in look(client, SETTINGS).values
    sent = {"action": "edit", "description": "x", "revision": stored().revision, "owner_id": stored().owner_id}
    assert client.post(SETTINGS, sent).status_code == 409
    assert stored().description == "Who leaves."


def test_a_model_is_deleted_once_its_name_is_typed(team):
    team.version()
    client = browser(team.engineer)
    page = send(client, SETTINGS, {"action": "delete", "confirm": "chur"}, 400)
    assert "“chur” is not the name, so nothing was deleted. Type churn." in page.words
    assert stored().deleted_at is None
    assert send(client, SETTINGS, {"action": "delete", "confirm": "churn"}) == "/models"
    assert (stored().deleted_at is not None, client.get(HOME).status_code) == (True, 404)


@pytest.mark.parametrize(
    ("stages", "archiving", "deleting"),
    [
        (("staging",), "v1 is in Staging. Move it on first.", "v1 is in Staging. Move it on first."),
        (("production", "archived"), "", "v1 was in Production, so the model is kept for good. Archive it instead."),
        (("development",), "", ""),
    ],
)
def test_what_stands_in_the_way_is_told_before_it_is_tried(team, stages, archiving, deleting):
    team.move(team.version(), *stages)
    client = browser(team.engineer)
    context = client.get(SETTINGS).context
    assert (context["why_not_archive"], context["why_not_delete"]) == (archiving, deleting)
    assert client.post(SETTINGS, {"action": "delete", "confirm": "churn"}).status_code == (409 if deleting else 302)
    assert (stored().deleted_at is None) == bool(deleting)


def test_a_locked_version_keeps_its_model(team):
    version = team.version()
    with unit_of_work():
        lock_version(version_id=version.pk, level=ModelVersion.Lock.CLOSED, by=caller(team.engineer))
    client = browser(team.engineer)
    assert client.get(SETTINGS).context["why_not_delete"] == "v1 is locked. Lower the lock first."
    assert client.post(SETTINGS, {"action": "delete", "confirm": "churn"}).status_code == 409


def test_a_form_that_says_nothing_to_do_is_refused(team):
    assert browser(team.engineer).post(SETTINGS, {"description": "x"}).status_code == 400
