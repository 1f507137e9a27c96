"""Versions through the services: registered, edited, locked, deleted."""

import json

import pytest

from activity.errors import Invalid, NotFound
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from registry.errors import ModelArchived, NameTaken, PreconditionFailed, Protected, VersionLocked
from registry.models import ModelVersion, RegisteredModel, StageAssignment
from registry.services import (
    archive_model,
    delete_model,
    delete_version,
    edit_version,
    lock_version,
    register_model,
    register_version,
)
from tests.cast import caller, make_team
from tests.log import activities, findings, no_activity, one_activity

pytestmark = pytest.mark.django_db
EVERYTHING = {
    "name": "v3.1.0", "description": "**Best** yet.", "artifact_uri": "s3://models/churn/3", "artifact_digest": "sha256:0123abcd",
    "metrics": {"auc": 0.91}, "parameters": {"depth": 6}, "attributes": {"team": "risk"}, "labels": ["tabular"],
    "run_url": "https://runs.example.org/1",
}  # fmt: skip


@pytest.fixture
def team():
    return make_team()


def edit(team, version, by=None, revision=None, **changes) -> ModelVersion:
    with unit_of_work():
        return edit_version(version_id=version.pk, changes=changes, by=caller(by or team.engineer), revision=revision)


def lock(team, version, level, by=None) -> ModelVersion:
    with unit_of_work():
        return lock_version(version_id=version.pk, level=ModelVersion.Lock(level), by=caller(by or team.engineer))


def delete(team, version, by=None, revision=None) -> None:
    with unit_of_work():
        delete_version(version_id=version.pk, by=caller(by or team.engineer), revision=revision)


def test_a_version_is_registered_with_everything_that_was_sent(team):
    with one_activity("model_version.registered") as lines:
        version = team.version(**EVERYTHING)
    stored = ModelVersion.objects.get(pk=version.pk)
    assert {field: getattr(stored, field) for field in EVERYTHING} == EVERYTHING
    assert (stored.number, stored.stage, stored.stage_activity_id, stored.lock_level) == (1, "unassigned", None, "open")
    assert (stored.created_by, stored.content_edited_by, stored.revision) == (team.engineer, team.engineer, 1)
    assert (lines[0].model_id, lines[0].version_id, lines[0].data) == (team.model.pk, version.pk, '{"name":"v3.1.0","number":1}')
    assert StageAssignment.objects.count() == 0


def test_a_version_by_a_service_account_counts_as_its_owners_work(team):
    with unit_of_work():
        version = register_version(model_id=team.model.pk, by=caller(team.service))
    assert (version.created_by, version.content_edited_by_id) == (team.service, team.admin.pk)


def test_versions_are_counted_and_named_after_their_number(team):
    assert [(version.number, version.name) for version in (team.version(), team.version(name="best"), team.version())] == [
        (1, "v1"), (2, "best"), (3, "v3"),
    ]  # fmt: skip


def test_an_empty_name_is_no_name(team):
    assert team.version(name="").name == "v1"


def test_a_refused_registration_uses_no_number_up(team):
    with pytest.raises(Invalid):
        team.version(metrics={"auc": "high"})
    assert team.version().number == 1


def test_the_number_of_a_deleted_version_is_never_used_again(team):
    team.version()
    delete(team, team.version())
    assert team.version().number == 3


def test_numbers_go_on_after_a_model_was_deleted_and_made_again(team):
    team.version()
    team.version()
    with unit_of_work():
        delete_model(model_id=team.model.pk, by=caller(team.admin))
    with unit_of_work():
        again = register_model(workspace_id=team.workspace.pk, name="churn", by=caller(team.engineer))
    with unit_of_work():
        assert register_version(model_id=again.pk, by=caller(team.engineer)).number == 3


def test_two_living_versions_do_not_share_a_name_and_a_dead_one_gives_its_name_back(team):
    version = team.version(name="best")
    with pytest.raises(NameTaken) as refused:
        team.version(name="best")
    assert refused.value.extras == {"field": "name"}
    delete(team, version)
    assert team.version(name="best").number == 2


def test_an_unknown_field_is_refused_by_its_name(team):
    with pytest.raises(Invalid) as refused:
        team.version(stage="production")
    assert (refused.value.field, refused.value.detail) == ("stage", "These cannot be set: stage.")


@pytest.mark.parametrize("field", ["stage", "number", "stage_activity_id", "lock_level", "content_edited_by_id", "deleted_at"])
def test_no_edit_reaches_what_has_a_way_of_its_own(team, field):
    version = team.version()
    with pytest.raises(Invalid) as refused, no_activity():
        edit(team, version, **{field: "production"})
    assert refused.value.field == field


def test_nothing_is_registered_in_an_archived_or_deleted_model(team):
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.admin))
    with pytest.raises(ModelArchived):
        team.version()
    with unit_of_work():
        delete_model(model_id=team.model.pk, by=caller(team.admin))
    with pytest.raises(NotFound):
        team.version()


def test_an_edit_says_what_changed_and_who_last_edited_the_content(team):
    version = team.version(metrics={"auc": 0.8}, labels=["a"])
    with one_activity("model_version.edited") as lines:
        edited = edit(team, version, by=team.reviewer, metrics={"auc": 0.9}, labels=["a"], description="Better.")
    assert json.loads(lines[0].data) == {
        "metrics": {"from": {"auc": 0.8}, "to": {"auc": 0.9}},
        "description": {"from": "", "to": "Better."},
    }
    assert (edited.metrics, edited.description, edited.revision) == ({"auc": 0.9}, "Better.", 2)
    assert edited.content_edited_by_id == team.reviewer.pk


def test_an_edit_of_words_does_not_make_somebody_the_last_editor_of_the_content(team):
    version = edit(team, team.version(), by=team.reviewer, description="Better.", labels=["x"], run_url="https://example.org")
    assert version.content_edited_by_id == team.engineer.pk


def test_an_edit_that_changes_nothing_writes_nothing(team):
    version = team.version(**EVERYTHING)
    with no_activity():
        same = edit(team, version, **{**EVERYTHING, "labels": ["tabular", "tabular"], "artifact_digest": "SHA256:0123ABCD"})
    assert same.revision == 1


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), (True, 1), ([1], [True]), ({"a": 0}, {"a": False})])
def test_true_and_one_are_two_things(team, before, after):
    version = team.version(attributes={"x": before})
    with one_activity("model_version.edited"):
        edit(team, version, attributes={"x": after})
    assert repr(ModelVersion.objects.get(pk=version.pk).attributes) == repr({"x": after})


def test_an_edit_of_something_read_long_ago_is_refused(team):
    version = edit(team, team.version(), labels=["a"])
    with pytest.raises(PreconditionFailed), no_activity():
        edit(team, version, revision=1, labels=["b"])
    assert edit(team, version, revision=2, labels=["b"]).revision == 3


def test_a_version_cannot_take_the_name_of_another(team):
    team.version(name="best")
    with pytest.raises(NameTaken):
        edit(team, team.version(), name="best")


def test_what_holds_production_keeps_its_content(team):
    version = team.move(team.version(metrics={"auc": 0.8}), "production")
    for field, value in (("metrics", {"auc": 0.9}), ("artifact_uri", "s3://other"), ("parameters", {"a": 1})):
        with pytest.raises(Protected), no_activity():
            edit(team, version, by=team.admin, **{field: value})
    assert edit(team, version, labels=["ok"], description="Fine.").labels == ["ok"]


def test_what_holds_staging_keeps_its_artifact_and_nothing_else(team):
    version = team.move(team.version(), "staging")
    with pytest.raises(Protected):
        edit(team, version, artifact_digest="sha256:01234567")
    assert edit(team, version, metrics={"auc": 0.9}).metrics == {"auc": 0.9}


def test_a_lock_is_raised_and_lowered_with_a_line_each(team):
    version = team.version()
    with one_activity("model_version.locked") as lines:
        lock(team, version, "redact")
    assert lines[0].data == '{"from":"open","to":"redact"}'
    with one_activity("model_version.locked"):
        lock(team, version, "closed")
    with one_activity("model_version.unlocked"):
        assert lock(team, version, "open", by=team.admin).lock_level == "open"


def test_the_same_lock_again_writes_nothing(team):
    version = lock(team, team.version(), "closed")
    with no_activity():
        assert lock(team, version, "closed").revision == version.revision


@pytest.mark.parametrize(
    ("level", "who", "bound"), [("redact", "engineer", True), ("redact", "admin", False), ("closed", "admin", True)]
)
def test_a_lock_freezes_content_and_deletion_for_those_it_binds(team, level, who, bound):
    version = lock(team, team.version(), level)
    by = getattr(team, who)
    if bound:
        with pytest.raises(VersionLocked):
            edit(team, version, by=by, metrics={"a": 1})
        with pytest.raises(VersionLocked):
            delete(team, version, by=by)
        assert edit(team, version, by=by, labels=["x"], description="y").labels == ["x"]
    else:
        assert edit(team, version, by=by, metrics={"a": 1}).metrics == {"a": 1}
        delete(team, version, by=by)


def test_deleting_marks_the_version_ends_what_it_held_and_writes_a_line(team):
    version = team.move(team.version(), "development")
    with one_activity("model_version.deleted") as lines:
        delete(team, version)
    assert (lines[0].version_id, lines[0].data) == (version.pk, '{"name":"v1","number":1}')
    gone = ModelVersion.objects.get(pk=version.pk)
    assert gone.deleted_at is not None
    assert list(ModelVersion.objects.visible_to(team.engineer)) == []
    assert StageAssignment.objects.get().left_at == gone.deleted_at
    assert findings() == []


def test_a_deleted_version_is_not_there_for_any_service(team):
    version = team.version()
    delete(team, version)
    for again in (lambda: edit(team, version, labels=[]), lambda: lock(team, version, "closed"), lambda: delete(team, version)):
        with pytest.raises(NotFound), no_activity():
            again()
    with pytest.raises(NotFound):
        team.ask(version)


def test_deleting_ends_a_pending_request(team):
    version = team.version()
    change_request = team.ask(version)
    with activities("stage_change.superseded", "model_version.deleted") as lines:
        delete(team, version)
    ended = StageChangeRequest.objects.get(pk=change_request.pk)
    assert (ended.status, ended.decided_by, ended.closing_activity_id) == ("superseded", team.engineer, lines[0].pk)
    assert ended.closing_comment == "the version was deleted"


@pytest.mark.parametrize("path", [["staging"], ["production"], ["production", "archived"], ["production", "unassigned"]])
def test_what_holds_a_protected_stage_or_ever_was_in_production_is_kept(team, path):
    version = team.move(team.version(), *path)
    with pytest.raises(Protected), no_activity():
        delete(team, version, by=team.admin)


@pytest.mark.parametrize(
    "path", [[], ["development"], ["staging", "development"], ["staging", "archived"], ["archived", "unassigned"]]
)
def test_what_was_never_in_production_and_holds_nothing_protected_can_go(team, path):
    version = team.move(team.version(), *path)
    with one_activity("model_version.deleted"):
        delete(team, version)


def test_deleting_something_read_long_ago_is_refused(team):
    version = edit(team, team.version(), labels=["a"])
    with pytest.raises(PreconditionFailed):
        delete(team, version, revision=1)
    delete(team, version, revision=2)
    assert RegisteredModel.objects.get().last_number == 1
