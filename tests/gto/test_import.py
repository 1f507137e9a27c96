"""A GTO repository brought into a workspace: what arrives, what is said of the rest, and that nothing is doubled or moved after."""

from datetime import UTC, datetime

import pytest

from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from imports import running
from imports.models import Import
from imports.services import resume_import
from registry.models import ModelVersion, RegisteredModel, StageAssignment
from tests.cast import Team, caller
from tests.gto.conftest import Bring
from tests.gto.repositories import Repository
from tests.log import findings, no_activity

pytestmark = pytest.mark.django_db


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def away(team: Team) -> None:
    """The team's own model has another name than the example's."""
    RegisteredModel.objects.filter(pk=team.model.pk).update(name="another")


def said(run: Import) -> list[tuple[str, str, str]]:
    return list(run.report.values_list("level", "about", "text"))


def holding(team: Team) -> list[tuple[str, str, str]]:
    """Who holds what: model, version, stage."""
    held = StageAssignment.objects.now().filter(model__workspace=team.workspace)
    return sorted(held.values_list("model__name", "version__name", "stage__key"))


def test_a_model_that_was_here_gets_versions_and_requests_but_no_stage(team: Team, upstream: Repository, bring: Bring):
    run = bring(upstream)
    assert (run.status, run.error) == ("done", "")
    assert run.counts == {
        "models": 2, "versions": 4, "stages": 1, "requests": 2, "events": 9, "new_events": 9, "gone": 0, "skipped": 0,
    }  # fmt: skip
    first, second = StageChangeRequest.objects.order_by("pk")
    more = "ask for that when this is decided."
    assert said(run) == [
        ("noted", "churn", "A model of this name was here: versions were added to it, its stages stay."),
        (
            "noted",
            "churn v3.0.0",
            f"It is in prod there: request {first.pk} asks for the same here. It is in dev there as well: {more}",
        ),
        (
            "noted",
            "churn v3.1.0",
            f"It is in stage there: request {second.pk} asks for the same here. It is in dev there as well: {more}",
        ),
    ]
    assert holding(team) == [("segment", "v0.4.1", "dev")]


def test_what_is_held_there_is_held_here_marked_as_imported(team: Team, upstream: Repository, bring: Bring):
    away(team)
    run = bring(upstream)
    assert run.counts["models"] == 3
    assert said(run) == []
    assert holding(team) == [
        ("churn", "v3.0.0", "dev"), ("churn", "v3.0.0", "prod"), ("churn", "v3.1.0", "dev"), ("churn", "v3.1.0", "stage"),
        ("segment", "v0.4.1", "dev"),
    ]  # fmt: skip
    first, second = ModelVersion.objects.filter(model__name="churn").order_by("number")
    assert (first.name, first.stage, first.occurred_at) == ("v3.0.0", "prod", at(1693813913))
    assert (second.name, second.stage) == ("v3.1.0", "stage")
    held = StageAssignment.objects.get(version=first, stage__key="prod")
    line = Activity.objects.get(pk=held.imported_activity_id or 0)
    assert (held.entered_at, held.left_at, held.opened_by_request_id) == (at(1693814295), None, None)
    assert (line.verb, line.via, line.actor_id) == ("model_version.stage_imported", "import", team.admin.pk)
    assert findings() == []


def test_an_import_writes_one_line_for_each_version_and_each_stage(team: Team, upstream: Repository, bring: Bring):
    bring(upstream)
    verbs = list(Activity.objects.filter(via="import").order_by("pk").values_list("verb", flat=True))
    assert {verb: verbs.count(verb) for verb in verbs} == {
        "model_version.imported": 4, "model_version.stage_imported": 1, "stage_change.requested": 2, "model.registered": 2,
        "import.finished": 1,
    }  # fmt: skip


def test_the_same_import_again_changes_nothing(team: Team, upstream: Repository, bring: Bring):
    away(team)
    bring(upstream)
    before = list(StageAssignment.objects.values())
    lines = Activity.objects.count()
    again = bring(upstream)
    assert again.counts == {"unchanged": 4, "events": 9, "new_events": 0, "gone": 0, "skipped": 0}
    assert list(StageAssignment.objects.values()) == before
    assert Activity.objects.count() == lines + 2  # started and finished


def test_a_later_change_there_asks_for_the_same_here_and_moves_nothing(team: Team, upstream: Repository, bring: Bring):
    away(team)
    bring(upstream)
    before = holding(team)
    upstream.tag("churn#prod#5", upstream.commit("8a1eb65b338b"), 1693900000)
    upstream.tag("churn@v4.0.0", upstream.commit("another"), 1693900001)
    upstream.tag("churn#prod#6", upstream.commit("another"), 1693900002)
    run = bring(upstream)
    assert holding(team) == before
    asked = StageChangeRequest.objects.order_by("pk").values_list("version__name", "to_stage__key", "requester", "status")
    assert list(asked) == [
        ("v3.1.0", "prod", team.admin.pk, "pending"),
        ("v4.0.0", "prod", team.admin.pk, "pending"),
    ]
    assert run.counts == {"versions": 1, "requests": 2, "unchanged": 3, "events": 12, "new_events": 3, "gone": 0, "skipped": 0}
    assert bring(upstream).counts["unchanged"] == 5
    assert StageChangeRequest.objects.count() == 2
    assert findings() == []


def test_a_stage_left_there_asks_to_leave_it_here(team: Team, upstream: Repository, bring: Bring):
    bring(upstream)
    upstream.tag("segment#dev!#2", upstream.commit("5561a3bda81b"), 1693900000)
    bring(upstream)
    asked = StageChangeRequest.objects.get(version__model__name="segment")
    assert (asked.from_stage.key, asked.to_stage.key) == ("dev", "unassigned")


def test_what_gto_itself_fails_on_is_reported_and_the_rest_arrives(team: Team, upstream: Repository, bring: Bring):
    commit = upstream.commit("5561a3bda81b")
    upstream.tag("segment#prod#2", commit, 1693900000, who="")
    upstream.tag("segment@created", commit, 1693900000)
    upstream.tag("segment#prod#3", upstream.object("blob", "x"), 1693900000, kind="blob")
    upstream.tag("release-2024", commit, 1693900000)
    upstream.ref("segment#prod#4", commit)
    upstream.tag("segment@v0.4.2", commit, 1693900000)
    upstream.tag("segment#stage#5", commit, 1693900001, who="Bob <>")
    run = bring(upstream)
    poison = "gto fails on the whole repository because of it: delete the tag there."
    assert [line for line in said(run) if line[1] != "churn" and line[0] == "skipped"] == [
        ("skipped", "release-2024", "Its name is none of GTO's, so it says nothing about a model."),
        ("skipped", "segment#prod#2", f"It has no tagger. {poison}"),
        ("skipped", "segment#prod#3", f"It points at a blob, not at a commit. {poison}"),
        ("skipped", "segment#prod#4", "It is a lightweight tag: without who and when, so gto does not read it either."),
        ("skipped", "segment@created", f"“@created” is no event. {poison}"),
    ]
    assert ("noted", "segment#stage#5", "Its commit has several versions (v0.4.1, v0.4.2), which gto refuses. The greatest of them was"
            " taken.") in said(run)  # fmt: skip
    assert [row for row in holding(team) if row[0] == "segment"] == [("segment", "v0.4.2", "dev"), ("segment", "v0.4.2", "stage")]


def test_versions_that_were_left_deregistered_or_unregistered_arrive_as_what_they_are(team: Team, repositories, bring: Bring):
    there = Repository(repositories / "there")
    one, two, three = (there.commit(name) for name in ("one", "two", "three"))
    there.tag("models/cv=seg@v1.0.0", one, 1000)
    there.tag("models/cv=seg#dev#2", one, 1001)
    there.tag("models/cv=seg#dev!#3", one, 1002)
    there.tag("models/cv=seg@v1.1.0", two, 1003)
    there.tag("models/cv=seg@v1.1.0!", two, 1004)
    there.tag("models/cv=seg#dev#4", three, 1005)
    there.tag("old@v1.0.0", one, 1006)
    there.tag("old@deprecated", one, 1007)
    run = bring(there)
    model = RegisteredModel.objects.get(name="models-cv-seg")
    versions = list(
        ModelVersion.objects.filter(model=model).order_by("number").values_list("name", "stage", "labels", "deleted_at")
    )
    assert [(name, stage, labels, bool(gone)) for name, stage, labels, gone in versions] == [
        ("v1.0.0", "unassigned", [], False), ("v1.1.0", "unassigned", [], True), (three[:7], "dev", ["not registered"], False),
    ]  # fmt: skip
    past = StageAssignment.objects.get(version__name="v1.0.0")
    assert (past.stage.key, past.entered_at, past.left_at) == ("dev", at(1001), at(1002))
    assert RegisteredModel.objects.get(name="old").archived_at is not None
    assert ("noted", "models/cv:seg", "It is called models-cv-seg here, because its own name cannot be had.") in said(run)
    assert findings() == []


def test_stages_that_nobody_knows_stop_the_import_before_anything_is_written(team: Team, repositories, bring: Bring):
    there = Repository(repositories / "there")
    there.tag("fraud@v1.0.0", there.commit("one"), 1000)
    there.tag("fraud#shadow#1", there.commit("one"), 1001)
    run = bring(there)
    assert run.status == "failed"
    assert run.error.startswith("It has stages that this workspace does not know: shadow. Add them, or start again and say which")
    assert not RegisteredModel.objects.filter(name="fraud").exists()
    assert bring(there, stages={"shadow": "stage"}).status == "done"
    assert holding(team) == [("fraud", "v1.0.0", "stage")]


def test_a_tag_that_is_gone_there_is_noted_and_what_it_brought_stays(team: Team, upstream: Repository, bring: Bring):
    bring(upstream)
    upstream.remove("cv-class@v0.1.13")
    run = bring(upstream)
    assert said(run) == [("noted", "cv-class@v0.1.13", "This is there no more. What it brought stays as it is.")]
    assert ModelVersion.objects.alive().filter(model__name="cv-class").count() == 1
    assert said(bring(upstream)) == []


def test_an_import_that_was_interrupted_goes_on_where_it_stopped(team: Team, upstream: Repository, bring: Bring, monkeypatch):
    away(team)
    taken: list[object] = []
    bring_one = running._bring

    def dies(run, item, by):
        if len(taken) == 2:
            raise MemoryError
        taken.append(item)
        bring_one(run, item, by)

    monkeypatch.setattr(running, "_bring", dies)
    run = bring(upstream)
    assert (run.status, run.done, run.total) == ("failed", 2, 4)
    monkeypatch.undo()
    with unit_of_work():
        resume_import(import_id=run.pk, by=caller(team.admin))
    running.run_due()
    run.refresh_from_db()
    assert (run.status, run.done, run.counts["versions"], run.counts["stages"]) == ("done", 4, 4, 5)
    assert len(holding(team)) == 5


def test_a_look_at_what_waits_writes_nothing(team: Team):
    with no_activity():
        assert running.run_due() == 0
