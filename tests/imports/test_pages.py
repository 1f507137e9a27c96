"""The pages of imports: begun, watched, gone on with, and what they skipped and why; for admins alone."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from activity import clock
from imports import running
from imports.models import Import, ReportLine
from moving import asking
from registry.models import ModelVersion
from tests.cast import Team, make_team
from tests.log import activities, no_activity
from tests.moving.registry import Registry, registry
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db
IMPORTS = "/w/default/imports"
FORM = {"kind": "mlflow", "source": "https://mlflow.example.org", "stages": "", "user": "", "token": ""}


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def admin(team: Team) -> Client:
    return browser(team.admin)


@pytest.fixture
def upstream(settings: Any, monkeypatch: pytest.MonkeyPatch):
    settings.IMPORT_ALLOWED_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(asking, "PAUSES", (0.0,))
    with registry() as server:
        yield server


def run_of(team: Team, **fields: Any) -> Import:
    row = {"workspace": team.workspace, "kind": "mlflow", "source": "https://mlflow.example.org", "started_by": team.admin}
    return Import.objects.create(**{**row, "created_at": clock.now(), "status": "done", "finished_at": clock.now(), **fields})


def test_a_workspace_without_imports_says_what_they_are_for(admin: Client):
    page = look(admin, IMPORTS)
    assert "Nothing imported yetBring over the models, versions and stages of another system" in page.words
    assert "Databricks: the model registry of a workspace GTO: the tags of a Git repository MLflow: the registry" in page.words


def test_imports_are_for_admins(team: Team, admin: Client):
    run = run_of(team)
    engineer = browser(team.engineer)
    assert "Imports are for admins" in look(engineer, IMPORTS).words
    assert (run.source in look(engineer, IMPORTS).words, engineer.post(IMPORTS, FORM).status_code) == (False, 403)
    assert "Import" not in look(engineer, "/w/default/settings").links
    for who in (team.engineer, team.stranger):
        assert browser(who).get(f"{IMPORTS}/{run.pk}").status_code == 404
        assert browser(who).post(f"{IMPORTS}/{run.pk}/resume").status_code == 404
    assert browser(team.stranger).get(IMPORTS).status_code == 404
    assert "Import" in look(admin, "/w/default/settings").links


def test_an_import_is_begun_watched_and_told(team: Team, admin: Client, upstream: Registry):
    upstream.model("fraud", "None", "Shadow", tags=[{"key": "a*b", "value": ""}])
    with activities("import.started"):
        address = send(admin, IMPORTS, {**FORM, "source": upstream.url, "stages": "Shadow = staging"})
    assert flashes(admin, address) == ["The import has begun. This page shows how far it is."]
    assert "Waits for the worker It begins as soon as the background worker is free" in look(admin, address).words
    assert b'hx-trigger="every 2s"' in admin.get(address).content
    running.run_due()
    page = look(admin, address)
    assert "Done 2 of 2 versions looked at." in page.words
    assert "1 new models 2 new versions 1 stages held 1 skipped" in page.words
    assert page.rows[1][0] == "fraudskipped"
    assert page.rows[1][1].startswith("A tag was left out. A tag's key has 1–250 letters")
    assert b"hx-trigger" not in admin.get(address).content
    assert ModelVersion.objects.filter(stage="staging").count() == 1
    (row,) = look(admin, IMPORTS).rows[1:]
    assert row == [f"{upstream.url}mlflow", "Done", "2 versions1 skipped", row[3]]


def test_while_the_source_is_read_the_page_says_how_far_that_is(team: Team, admin: Client):
    run = run_of(team, status="running", read=123, finished_at=None)
    assert "Running The source is being read: 123 versions so far." in look(admin, f"{IMPORTS}/{run.pk}").words
    Import.objects.filter(pk=run.pk).update(total=340, done=70)
    assert "Running 70 of 340 versions looked at." in look(admin, f"{IMPORTS}/{run.pk}").words


def test_an_import_that_failed_goes_on_with_other_credentials(team: Team, admin: Client, upstream: Registry):
    upstream.model("fraud", "None")
    upstream.instead = lambda handler, path: handler.say(401, {}) or True
    address = send(admin, IMPORTS, {**FORM, "source": upstream.url, "token": "old"})
    running.run_due()
    assert f"Stopped {upstream.url} does not take these credentials (401)." in look(admin, address).words
    upstream.instead = lambda handler, path: False
    with activities("import.resumed"):
        assert send(admin, f"{address}/resume", {"token": "new"}) == address
    assert flashes(admin, address) == ["The import goes on."]
    running.run_due()
    assert "Done 1 of 1 version looked at." in look(admin, address).words
    assert upstream.asked[-1][1] == "Bearer new"
    assert "old" not in str(Import.objects.get().options)


def test_what_cannot_be_done_is_told_beside_the_field_and_nothing_begins(team: Team, admin: Client):
    with no_activity():
        page = send(admin, IMPORTS, {**FORM, "source": "http://10.0.0.7:5000", "stages": "x = staging"}, status=400)
        assert "A registry is read by https." in page.words
        assert page.values["source"] == "http://10.0.0.7:5000"
        assert (
            "Line 2: write it as name there = stage here."
            in send(admin, IMPORTS, {**FORM, "stages": "a = b\nnonsense"}, status=400).words
        )
        run = run_of(team)
        send(admin, f"{IMPORTS}/{run.pk}/resume", {})
        assert flashes(admin, f"{IMPORTS}/{run.pk}") == [
            "This import is done, so there is nothing to go on with. Start another one."
        ]
    run_of(team, status="running", finished_at=None)
    with no_activity():
        page = send(admin, IMPORTS, FORM, status=409)
    assert "of this workspace is running, so nothing was started. Wait until it is done." in page.words


@pytest.mark.parametrize("address", [IMPORTS, f"{IMPORTS}/{{pk}}"])
def test_the_pages_cost_the_same_with_one_row_and_with_three(address: str, team: Team, admin: Client):
    counted = []
    for more in (1, 2):
        for _ in range(more):
            run = run_of(team, counts={"versions": 1})
        ReportLine.objects.bulk_create([ReportLine(of=run, level="noted", about="x", text="y") for _ in range(more)])
        with CaptureQueriesContext(connection) as queries:
            look(admin, address.format(pk=run.pk))
        counted.append(len(queries))
    assert counted == [counted[0]] * 2
    assert counted[0] <= 12
