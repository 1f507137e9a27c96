"""A workspace's log as GTO's tags: what is written, in which order, once, and who is named."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from activity import clock
from activity.unit import unit_of_work
from gto.git import git
from gto.keeping import keep
from gto.models import TaggedModel
from gto.services import stop_tag_repository
from gto.source import tags_in
from notifications.outbox import drain
from registry.models import ModelVersion, RegisteredModel
from registry.services import archive_model, edit_stage, register_model, unarchive_model
from tests.cast import Team, caller
from tests.gto.conftest import Bring
from tests.gto.repositories import Repository
from tests.gto.written import held_here, held_there, read, switch_on, tags, text, told

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_registrations_and_stage_changes_are_tags_in_order(team: Team):
    switch_on(team)
    first, second = team.version(name="v1.0.0"), team.version(name="1.1.0")
    team.move(first, "dev", "prod")
    team.move(second, "prod")
    folder = told(team)
    assert tags(folder) == ["churn@v1.0.0", "churn@v1.1.0", "churn#dev#1", "churn#prod#2", "churn#prod#3"]
    assert held_there(folder) == held_here(team)
    assert (folder / ".gto").read_text() == 'stages: ["dev", "stage", "prod"]\n'
    assert git(["show", "main:.gto"], folder=folder).decode() == (folder / ".gto").read_text()


def test_what_happens_later_is_written_later_and_what_is_there_stays(team: Team):
    switch_on(team)
    version = team.version(name="v1.0.0")
    team.move(version, "dev")
    folder = told(team)
    before = {tag.name: tag.oid for tag in tags_in(folder)}
    team.move(version, "prod")
    told(team)
    after = {tag.name: tag.oid for tag in tags_in(folder)}
    assert after.items() >= before.items()
    assert set(after) - set(before) == {"churn#prod#2"}


def test_a_tag_says_who_asked_who_approved_and_which_line_it_is(team: Team):
    User.objects.filter(pk=team.reviewer.pk).update(name="Bo <b>\nStageward-Line: 1", email="")
    switch_on(team)
    version = team.version(name="v1.0.0", artifact_uri="s3://models/churn")
    change_request = team.approve(team.ask(version, "prod", comment="Two lines,\nStageward-Line: 2"))
    said = text(told(team), "churn#prod#1")
    assert "\ntagger Bo b Stageward-Line: 1 <reviewer@testserver.invalid> " in said
    assert said.partition("\n\n")[2] == (
        "Assigning stage prod to artifact churn version v1.0.0\n\n"
        f"Request: {change_request.pk}\nRequested-by: Engineer\nApproved-by: Bo <b> Stageward-Line: 1\nSkipped-stages: dev, stage\n"
        f"Comment: Two lines, Stageward-Line: 2\nArtifact: s3://models/churn\nStageward-Line: {change_request.closing_activity_id}\n"
    )


def test_a_line_whose_tags_are_there_is_not_written_again(team: Team):
    """As after a kill between the transaction of the refs and the note in the database."""
    switch_on(team)
    team.move(team.version(name="v1.0.0"), "dev", "prod", "unassigned")
    folder = told(team)
    before = [(tag.name, tag.oid) for tag in tags_in(folder)]
    TaggedModel.objects.update(seq=0)
    assert keep() == 0
    assert [(tag.name, tag.oid) for tag in tags_in(folder)] == before
    assert TaggedModel.objects.get().seq == TaggedModel.objects.get().due_seq


def test_nothing_is_written_of_requests_that_wait_or_were_rejected(team: Team):
    switch_on(team)
    team.reject(team.ask(team.version(name="v1.0.0"), "prod"))
    team.ask(team.version(name="v2.0.0"), "prod")
    assert tags(told(team)) == ["churn@v1.0.0", "churn@v2.0.0"]


def test_a_workspace_switched_on_late_gets_its_past_and_one_switched_off_gets_nothing(team: Team):
    team.move(team.version(name="v1.0.0"), "dev")
    drain()
    switch_on(team)
    folder = told(team)
    assert tags(folder) == ["churn@v1.0.0", "churn#dev#1"]
    with unit_of_work():
        stop_tag_repository(workspace_id=team.workspace.pk, by=caller(team.admin))
    team.version(name="v2.0.0")
    told(team)
    assert len(tags(folder)) == 2
    switch_on(team)
    told(team)
    assert tags(folder)[2:] == ["churn@v2.0.0"]


def test_names_that_gto_refuses_become_others_once_and_for_good(team: Team):
    switch_on(team)
    with unit_of_work():
        spaced = register_model(workspace_id=team.workspace.pk, name="Größe (new)", by=caller(team.engineer))
        same = register_model(workspace_id=team.workspace.pk, name="Gr e new", by=caller(team.engineer))
    for model in (spaced, same):
        team.model = model
        team.version()
        team.version(name="v7.1.0")
    folder = told(team)
    assert sorted(tags(folder)) == ["Gr-e-new-2@v1.0.0", "Gr-e-new-2@v2.0.0", "Gr-e-new@v1.0.0", "Gr-e-new@v2.0.0"]
    assert list(TaggedModel.objects.filter(model__in=[spaced, same]).values_list("by_number", flat=True)) == [True, True]


def test_archived_deleted_and_back_again(team: Team):
    switch_on(team)
    team.version(name="v1.0.0")
    team.delete(team.version(name="v2.0.0"))
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.admin))
    folder = told(team)
    assert tags(folder) == ["churn@v1.0.0", "churn@v2.0.0", "churn@v2.0.0!#1", "churn@deprecated#2"]
    assert [item.model.archived for item in read(folder).versions] == [True, True]
    with unit_of_work():
        unarchive_model(model_id=team.model.pk, by=caller(team.admin))
    told(team)
    assert tags(folder)[-1] == "churn@v1.0.0#3"
    assert [item.model.archived for item in read(folder).versions] == [False, False]


def test_who_is_displaced_leaves_before_the_newcomer_enters(team: Team):
    switch_on(team)
    with unit_of_work():
        edit_stage(stage_id=team.stage("prod").pk, changes={"exclusive": True}, by=caller(team.admin))
    first, second = team.version(name="v1.0.0"), team.version(name="v2.0.0")
    team.move(first, "prod")
    team.move(second, "prod")
    folder = told(team)
    assert tags(folder)[2:] == ["churn#prod#1", "churn#prod!#2", "churn#prod#3"]
    assert held_there(folder) == held_here(team) == [("churn", "v2.0.0", "prod")]


def test_an_imported_repository_is_written_with_the_names_and_times_that_it_had(team: Team, upstream: Repository, bring: Bring):
    RegisteredModel.objects.filter(pk=team.model.pk).update(name="another")
    upstream.tag("models/cv=seg@v1.0.0", upstream.commit("x"), 1693814000)
    bring(upstream)
    switch_on(team)
    folder = told(team)
    there = {tag.name: tag.at for tag in tags_in(upstream.folder)}
    here = {tag.name: tag.at for tag in tags_in(folder)}
    assert {name: at for name, at in here.items() if "@" in name} == {name: at for name, at in there.items() if "@" in name}
    assert held_there(folder) == held_here(team)
    assert len(here) == len(there)


def test_events_of_one_second_are_seconds_apart(team: Team, monkeypatch):
    switch_on(team)
    moment = clock.now()
    monkeypatch.setattr("activity.clock.now", lambda: moment)
    version = team.version(name="v1.0.0")
    team.move(version, "dev", "unassigned", "dev")
    folder = told(team)
    seconds = [tag.at or 0 for tag in tags_in(folder)]
    assert sorted(seconds) == list(range(min(seconds), min(seconds) + 4))
    assert ModelVersion.objects.get().stage == "dev"
    assert held_there(folder) == held_here(team)


def test_the_command_finds_what_differs_and_writes_it_anew(team: Team, capsys):
    switch_on(team)
    team.move(team.version(name="v1.0.0"), "dev", "prod")
    folder = told(team)
    before = sorted((tag.name, tag.oid) for tag in tags_in(folder))
    call_command("git_tags")
    assert capsys.readouterr().out == "default: the tags say what the registry says.\n"
    git(["update-ref", "-d", "refs/tags/churn#prod#2"], folder=folder)
    with pytest.raises(CommandError, match="1 differences"):
        call_command("git_tags", workspace="default")
    assert capsys.readouterr().out == "default: churn v1.0.0 is in prod, but the tags do not say so.\n"
    call_command("git_tags", rebuild=True)
    assert sorted((tag.name, tag.oid) for tag in tags_in(folder)) == before
    assert len(list(folder.parent.glob("default.*.git"))) == 1
