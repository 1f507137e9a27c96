"""Registered models and workspaces through the services."""

import json

import pytest

from accounts.caller import Caller
from accounts.errors import Forbidden
from accounts.models import Membership, Workspace
from accounts.services import deactivate_person
from activity.errors import Conflict, Invalid, NotFound
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest, StagePolicy
from registry.errors import ModelArchived, NameTaken, PreconditionFailed, Protected
from registry.models import ModelVersion, RegisteredModel, Stage, StageAssignment
from registry.services import (
    archive_model,
    create_workspace,
    delete_model,
    edit_model,
    lock_version,
    register_model,
    rename_workspace,
    unarchive_model,
)
from tests.cast import caller, make_team
from tests.log import activities, findings, no_activity, one_activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def register(team, name, by=None, **fields) -> RegisteredModel:
    with unit_of_work():
        return register_model(workspace_id=team.workspace.pk, name=name, by=caller(by or team.engineer), **fields)


def edit(team, by=None, revision=None, **changes) -> RegisteredModel:
    with unit_of_work():
        return edit_model(model_id=team.model.pk, changes=changes, by=caller(by or team.engineer), revision=revision)


def archive(team, by=None) -> RegisteredModel:
    with unit_of_work():
        return archive_model(model_id=team.model.pk, by=caller(by or team.engineer))


def delete(team, by=None, revision=None) -> None:
    with unit_of_work():
        delete_model(model_id=team.model.pk, by=caller(by or team.engineer), revision=revision)


def test_who_registers_a_model_owns_it(team):
    with one_activity("model.registered") as lines:
        model = register(team, " fraud ", description="Cards.", readme="# Fraud", labels=["b", "a"])
    stored = RegisteredModel.objects.get(pk=model.pk)
    told = (stored.name, stored.description, stored.readme, stored.labels, stored.owner, stored.last_number, stored.revision)
    assert told == ("fraud", "Cards.", "# Fraud", ["a", "b"], team.engineer, 0, 1)
    assert (lines[0].workspace_id, lines[0].model_id, lines[0].data) == (team.workspace.pk, model.pk, '{"name":"fraud"}')


def test_a_name_is_taken_once_among_the_living_of_a_workspace(team):
    with pytest.raises(NameTaken) as refused, no_activity():
        register(team, "churn")
    assert refused.value.extras == {"field": "name"}
    other = make_team("other", suffix="2")
    assert other.model.name == "churn"
    delete(team)
    assert register(team, "churn").pk != team.model.pk


def test_an_edit_says_what_changed_and_keeps_long_texts_out_of_the_log(team):
    with one_activity("model.edited") as lines:
        model = edit(team, labels=["x"], readme="# Long", description="Who leaves.")
    assert json.loads(lines[0].data) == {"labels": {"from": [], "to": ["x"]}, "readme": "edited"}
    assert (model.labels, model.readme, model.revision) == (["x"], "# Long", 2)


def test_an_edit_that_changes_nothing_writes_nothing(team):
    with no_activity():
        assert edit(team, description="Who leaves.", labels=[], name="churn").revision == 1


def test_only_an_admin_renames(team):
    with pytest.raises(Forbidden, match="Only an admin renames a model"), no_activity():
        edit(team, name="attrition")
    with one_activity("model.renamed") as lines:
        assert edit(team, by=team.admin, name="attrition").name == "attrition"
    assert json.loads(lines[0].data) == {"name": {"from": "churn", "to": "attrition"}}


def test_a_model_cannot_take_the_name_of_another(team):
    register(team, "fraud")
    with pytest.raises(NameTaken):
        edit(team, by=team.admin, name="fraud")


@pytest.mark.parametrize(
    ("who", "allowed"), [("reviewer", True), ("admin", True), ("viewer", False), ("stranger", False), ("service", False)]
)
def test_an_owner_is_an_active_editor_or_admin_of_the_workspace(team, who, allowed):
    user = getattr(team, who)
    if not allowed:
        with pytest.raises(Invalid) as refused:
            edit(team, owner_id=user.pk)
        assert refused.value.field == "owner"
    else:
        assert edit(team, owner_id=user.pk).owner_id == user.pk
        with unit_of_work():
            deactivate_person(user_id=team.second_reviewer.pk, by=caller(team.staff))
        with pytest.raises(Invalid):
            edit(team, by=team.admin, owner_id=team.second_reviewer.pk)


def test_what_has_no_cleaner_cannot_be_edited(team):
    with pytest.raises(Invalid, match="These cannot be edited: last_number"):
        edit(team, last_number=99)


def test_an_edit_or_deletion_of_something_read_long_ago_is_refused(team):
    edit(team, labels=["x"])
    with pytest.raises(PreconditionFailed):
        edit(team, revision=1, labels=["y"])
    with pytest.raises(PreconditionFailed):
        delete(team, revision=1)
    assert edit(team, revision=2, labels=["y"]).revision == 3


def test_archiving_and_back_write_a_line_each_and_again_none(team):
    with one_activity("model.archived"):
        assert archive(team).archived_at is not None
    with no_activity():
        archive(team)
    with one_activity("model.unarchived"), unit_of_work():
        assert unarchive_model(model_id=team.model.pk, by=caller(team.admin)).archived_at is None
    with no_activity(), unit_of_work():
        unarchive_model(model_id=team.model.pk, by=caller(team.admin))


def test_only_an_admin_takes_a_model_out_of_the_archive(team):
    archive(team)
    with pytest.raises(Forbidden), unit_of_work():
        unarchive_model(model_id=team.model.pk, by=caller(team.engineer))


def test_an_archived_model_takes_no_edit_and_no_request(team):
    version = team.version()
    archive(team)
    with pytest.raises(ModelArchived):
        edit(team, labels=["x"])
    with pytest.raises(ModelArchived):
        team.ask(version)


def test_archiving_ends_every_pending_request(team):
    asked = [team.ask(team.version()), team.ask(team.version())]
    with activities("stage_change.superseded", "stage_change.superseded", "model.archived"):
        archive(team)
    ended = StageChangeRequest.objects.filter(pk__in=[change_request.pk for change_request in asked])
    assert set(ended.values_list("status", "closing_comment")) == {("superseded", "the model was archived")}


def test_a_model_with_a_protected_version_is_neither_archived_nor_deleted(team):
    team.move(team.version(), "staging")
    for change in (archive, delete):
        with pytest.raises(Protected, match="v1 of churn is in Staging"), no_activity():
            change(team, by=team.admin)


def test_a_model_that_was_in_production_is_archived_and_never_deleted(team):
    team.move(team.version(), "production", "archived")
    with pytest.raises(Protected, match="A version of churn was in production, so the model is kept for good"):
        delete(team, by=team.admin)
    assert archive(team).archived_at is not None


def test_a_model_with_a_locked_version_is_not_deleted(team):
    version = team.version()
    with unit_of_work():
        lock_version(version_id=version.pk, level=ModelVersion.Lock.REDACT, by=caller(team.engineer))
    with pytest.raises(Protected, match="v1 of churn is locked"):
        delete(team, by=team.admin)


def test_deleting_a_model_takes_its_versions_with_it_and_ends_what_waits(team):
    team.move(team.version(), "development")
    team.ask(team.version())
    with activities("stage_change.superseded", "model.deleted"):
        delete(team)
    model = RegisteredModel.objects.get(pk=team.model.pk)
    assert list(ModelVersion.objects.values_list("deleted_at", flat=True)) == [model.deleted_at] * 2
    assert StageAssignment.objects.get().left_at == model.deleted_at
    assert list(RegisteredModel.objects.visible_to(team.admin)) == []
    assert findings() == []
    with pytest.raises(NotFound):
        edit(team, labels=["x"])


def make(slug="lab", by=None, **fields) -> Workspace:
    with unit_of_work():
        return create_workspace(slug=slug, by=by or Caller.operator(), **fields)


def test_a_workspace_has_the_stages_of_its_preset_a_policy_for_each_and_its_maker_as_admin(team):
    with one_activity("workspace.created") as lines:
        workspace = make(title="The lab", by=caller(team.staff))
    stages = Stage.objects.filter(workspace=workspace).select_related("policy")
    assert [(stage.key, stage.policy.content) for stage in stages] == [
        ("unassigned", StagePolicy(exclude_last_editor=False).content),
        ("development", StagePolicy(exclude_last_editor=False).content),
        ("staging", StagePolicy(exclude_last_editor=True).content),
        ("production", StagePolicy(exclude_last_editor=True).content),
        ("archived", StagePolicy(exclude_last_editor=False).content),
    ]
    assert Membership.objects.values_list("user_id", "role").get(workspace=workspace) == (team.staff.pk, "admin")
    assert (lines[0].workspace_id, lines[0].data) == (workspace.pk, '{"preset":"verta","slug":"lab"}')


def test_the_operator_makes_a_workspace_without_members():
    assert make().memberships.count() == 0
    assert StagePolicy.objects.count() == 5


@pytest.mark.parametrize(
    ("fields", "field"), [({"preset": "none"}, "preset"), ({"slug": "No Slug"}, "slug"), ({"title": "x" * 121}, "title")]
)
def test_a_workspace_that_makes_no_sense_is_refused(fields, field):
    with pytest.raises(Invalid) as refused:
        make(**{"slug": "lab", **fields})
    assert refused.value.field == field


def test_a_slug_is_taken_once(team):
    with pytest.raises(Conflict, match="There is a workspace called “default” already"):
        make("default")


def test_who_may_make_workspaces_is_a_setting(team, settings):
    with pytest.raises(Forbidden):
        make(by=caller(team.admin))
    settings.WORKSPACE_CREATORS = "everyone"
    assert make(by=caller(team.viewer)).memberships.get().user == team.viewer


def test_a_workspace_is_renamed_by_its_admin_and_keeps_its_address(team):
    def rename(title, by=team.admin):
        with unit_of_work():
            return rename_workspace(workspace_id=team.workspace.pk, title=title, by=caller(by))

    with one_activity("workspace.renamed") as lines:
        assert rename(" Risk ").title == "Risk"
    assert lines[0].data == '{"from":"Default","to":"Risk"}'
    assert Workspace.objects.get().slug == "default"
    with no_activity():
        rename("Risk")
    with pytest.raises(Invalid):
        rename("  ")
    with pytest.raises(Forbidden):
        rename("Mine", by=team.engineer)
