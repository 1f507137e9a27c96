"""Editing a version, setting its lock, deleting it."""

import pytest

from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from registry.services import archive_model, edit_version, lock_version
from tests.cast import caller, make_team
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db

HOME = "/w/default/models/churn/versions/1"
EDIT, LOCK, DELETE = f"{HOME}/edit", f"{HOME}/lock", f"{HOME}/delete"


@pytest.fixture
def team():
    return make_team()


def typed(client, **changes):
    """What the form holds when it is opened, with some fields typed over."""
    return look(client, EDIT).values | changes


def stored():
    return ModelVersion.objects.get(number=1)


@pytest.mark.parametrize("address", [EDIT, DELETE])
@pytest.mark.parametrize(("user", "status"), [("stranger", 404), ("viewer", 403), ("engineer", 200)])
def test_editors_may_edit_and_delete_viewers_are_told_why_not_strangers_see_nothing(team, address, user, status):
    team.version()
    client = browser(getattr(team, user))
    assert client.get(address).status_code == status
    if status != 200:
        assert client.post(address, {"name": "x", "revision": 1}).status_code == status
        assert (stored().name, stored().deleted_at) == ("v1", None)


def test_what_was_typed_is_saved_and_logged(team):
    team.version(metrics={"auc": 0.8}, description="Old.")
    client = browser(team.engineer)
    assert send(client, EDIT, typed(client, metrics="auc = 0.9", labels="gold", description="New.")) == HOME
    assert (stored().metrics, stored().labels, stored().description) == ({"auc": 0.9}, ["gold"], "New.")
    assert Activity.objects.filter(verb="model_version.edited").count() == 1
    assert flashes(client, HOME) == ["v1 is saved."]


def test_a_form_sent_as_it_was_opened_changes_nothing(team):
    team.version(
        metrics={"auc": 0.80, "n": 3},
        parameters={"depth": 6, "text": "6", "odd = name": [1, {"a": None}]},
        attributes={"note": "two\nlines", "spaced": " x "},
        description="Ends with a line.\n\n",
        labels=["b", "a"],
        run_url="http://mlflow:5000/1",
    )
    client = browser(team.engineer)
    sent = {name: value.replace("\n", "\r\n") for name, value in typed(client).items()}
    send(client, EDIT, sent)
    assert flashes(client, HOME) == ["Nothing was changed."]
    assert (stored().revision, Activity.objects.filter(verb="model_version.edited").count()) == (1, 0)


@pytest.mark.parametrize(
    ("stages", "frozen"),
    [
        ((), []),
        (("development",), []),
        (("staging",), ["artifact_uri", "artifact_digest"]),
        (("production",), ["artifact_uri", "artifact_digest", "metrics", "parameters", "attributes"]),
        (("production", "archived"), []),
    ],
)
def test_what_the_stage_keeps_as_it_was_approved_cannot_be_typed_over(team, stages, frozen):
    team.move(team.version(artifact_uri="s3://models/1"), *stages)
    assert look(browser(team.engineer), EDIT).disabled == frozen


def test_the_reason_stands_beside_what_cannot_be_edited(team):
    team.move(team.version(), "production")
    words = look(browser(team.engineer), EDIT).words
    assert "v1 is in Production, so its artifact stays what was approved. Register a new version instead." in words
    assert (
        "v1 is in Production, so its metrics, parameters and attributes stay what was approved. Register a new version instead."
        in words
    )


@pytest.mark.parametrize(
    ("user", "level", "open_to_them"), [("engineer", "redact", False), ("admin", "redact", True), ("admin", "closed", False)]
)
def test_a_lock_keeps_content_from_whom_it_binds(team, user, level, open_to_them):
    version = team.version()
    with unit_of_work():
        lock_version(version_id=version.pk, level=ModelVersion.Lock(level), by=caller(team.engineer))
    page = look(browser(getattr(team, user)), EDIT)
    assert ("metrics" in page.values, "description" in page.values) == (open_to_them, True)


def test_labels_and_description_stay_editable_in_production(team):
    team.move(team.version(metrics={"auc": 1}), "production")
    client = browser(team.engineer)
    send(client, EDIT, typed(client, labels="gold", description="Live."))
    assert (stored().labels, stored().description, stored().metrics) == (["gold"], "Live.", {"auc": 1})


def test_what_froze_after_the_form_was_opened_is_refused_and_kept(team):
    version = team.version(metrics={"auc": 0.8})
    client = browser(team.engineer)
    sent = typed(client, metrics="auc = 0.9")
    team.move(version, "production")
    stale = send(client, EDIT, sent, 412)
    assert "It changed since you opened this form" in stale.words
    page = send(client, EDIT, stale.values, 409)
    assert "so its metrics, parameters and attributes stay what was approved" in page.words
    assert (page.values["metrics"], stored().metrics) == ("auc = 0.9", {"auc": 0.8})


def test_somebody_elses_edit_is_not_written_over_unseen(team):
    version = team.version(description="Old.")
    client = browser(team.engineer)
    sent = typed(client, description="Mine.")
    with unit_of_work():
        edit_version(version_id=version.pk, changes={"description": "Theirs."}, by=caller(team.reviewer))
    page = send(client, EDIT, sent, 412)
    assert (stored().description, page.values["description"]) == ("Theirs.", "Mine.")
    assert page.links["Look at it as it stands now"] == HOME
    send(client, EDIT, page.values)
    assert stored().description == "Mine."


def test_a_wrong_value_says_why_and_keeps_what_was_typed(team):
    team.version(metrics={"auc": 0.8})
    client = browser(team.engineer)
    page = send(client, EDIT, typed(client, metrics="auc = 0.9\nauc = 1", description="Kept."), 400)
    assert "Line 2: “auc” stands there twice. Keep one of the two." in page.words
    assert (page.values["description"], stored().metrics) == ("Kept.", {"auc": 0.8})


def test_a_version_keeps_a_name(team):
    team.version()
    client = browser(team.engineer)
    assert "This field is required." in send(client, EDIT, typed(client, name=""), 400).words


def test_a_version_of_an_archived_model_is_not_edited(team):
    team.version()
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.engineer))
    assert browser(team.engineer).get(EDIT).status_code == 409


def test_an_editor_raises_the_lock_and_only_an_admin_lowers_it(team):
    team.version()
    engineer, admin = browser(team.engineer), browser(team.admin)
    assert send(engineer, LOCK, {"level": "closed"}) == HOME
    assert flashes(engineer, HOME) == ["v1 is locked: closed."]
    assert engineer.post(LOCK, {"level": "open"}).status_code == 403
    assert stored().lock_level == "closed"
    send(admin, LOCK, {"level": "open"})
    assert (stored().lock_level, flashes(admin, HOME)) == ("open", ["v1 is open again."])


def test_the_same_lock_again_changes_nothing(team):
    team.version()
    client = browser(team.engineer)
    send(client, LOCK, {"level": "open"})
    assert flashes(client, HOME) == ["v1 was open already. Nothing was changed."]


@pytest.mark.parametrize(
    ("user", "level", "status"), [("stranger", "closed", 404), ("viewer", "closed", 403), ("engineer", "x", 400)]
)
def test_a_lock_that_may_not_be_set_is_refused(team, user, level, status):
    team.version()
    assert browser(getattr(team, user)).post(LOCK, {"level": level}).status_code == status
    assert stored().lock_level == "open"


def test_a_lock_is_set_by_a_form_alone(team):
    team.version()
    assert browser(team.engineer).get(LOCK).status_code == 405


def test_a_version_is_deleted_after_a_second_look(team):
    asked = team.ask(team.version())
    client = browser(team.engineer)
    page = look(client, DELETE)
    assert ("It ends as superseded." in page.words, stored().deleted_at) == (True, None)
    assert send(client, DELETE, {"confirm": "yes"}) == "/w/default/models/churn/versions"
    assert stored().deleted_at is not None
    assert StageChangeRequest.objects.get(pk=asked.pk).status == "superseded"


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        (("staging",), "v1 is in Staging, so it cannot be deleted. Move it on by a stage change first."),
        (("production", "archived"), "v1 was in production, so it is kept for good. Archive it instead."),
    ],
)
def test_a_version_that_is_kept_says_why_and_stays(team, stages, reason):
    team.move(team.version(), *stages)
    client = browser(team.engineer)
    page = look(client, DELETE)
    assert (reason in page.words, "Delete the version" in page.words) == (True, False)
    assert reason in send(client, DELETE, {"confirm": "yes"}, 409).words
    assert stored().deleted_at is None
