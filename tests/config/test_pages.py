"""Health for machines, and the page of each kind of refusal."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection

from activity import clock
from activity.models import Outbox
from activity.seals import write_seal
from activity.triggers import create_triggers, drop_triggers
from config.problems import PROBLEMS
from operations.models import Run, Worker
from tests.cast import make_team

pytestmark = pytest.mark.django_db


def no_database(execute, sql, params, many, context):
    raise OperationalError("the server closed the connection")


def test_healthz_answers_without_asking_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readyz_tells_how_each_part_stands(client):
    assert client.get("/readyz").json() == {
        "ready": True,
        "database": "up",
        "triggers": "in place",
        "broker": "reachable",
        "workers": 0,
        "clock_silent_seconds": None,
        "oldest_undelivered_seconds": 0,
        "oldest_due_delivery_seconds": 0,
        "last_seal": None,
    }


def test_readyz_tells_the_age_of_the_oldest_undelivered_line(client):
    team = make_team()
    Outbox.objects.update(done_at=clock.now())
    team.version()
    with clock_moved(minutes=5):
        told = client.get("/readyz").json()
    assert 300 <= told["oldest_undelivered_seconds"] < 360
    Outbox.objects.update(done_at=clock.now())
    assert client.get("/readyz").json()["oldest_undelivered_seconds"] == 0


def test_readyz_tells_when_the_log_was_sealed_last(client):
    make_team()
    seal = write_seal()
    assert seal is not None
    told = client.get("/readyz").json()["last_seal"]
    assert told == seal.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_readyz_is_503_when_the_database_is_down(client):
    with connection.execute_wrapper(no_database):
        response = client.get("/readyz")
    assert (response.status_code, response.json()["ready"], response.json()["database"]) == (503, False, "down")


def test_readyz_is_503_when_a_trigger_is_missing(client):
    drop_triggers(connection, "registry")
    response = client.get("/readyz")
    create_triggers(connection, "registry")
    assert (response.status_code, response.json()["ready"]) == (503, False)
    assert response.json()["triggers"].endswith(" missing")


def test_readyz_counts_workers_and_tells_how_long_the_clock_is_silent(client):
    Worker.objects.create(name="here:1", started_at=clock.now(), seen_at=clock.now())
    Run.objects.create(task="notifications.tasks.drain_outbox", ended_at=clock.now() - timedelta(seconds=90), seconds=0.1)
    told = client.get("/readyz").json()
    assert (told["workers"], 90 <= told["clock_silent_seconds"] < 120) == (1, True)
    with clock_moved(minutes=2):
        assert client.get("/readyz").json()["workers"] == 0


@pytest.mark.usefixtures("celery_elsewhere")
def test_readyz_stays_ready_without_a_broker(client):
    told = client.get("/readyz")
    assert (told.status_code, told.json()["broker"]) == (200, "unreachable")


@pytest.mark.parametrize("code", PROBLEMS)
def test_each_problem_has_a_page_that_explains_it(client, code):
    response = client.get(f"/problems/{code}")
    assert response.status_code == 200
    assert PROBLEMS[code].title in response.content.decode().replace("&#x27;", "'")


def test_the_list_of_problems_links_to_every_one(client):
    page = client.get("/problems").content.decode()
    assert [code for code in PROBLEMS if f'href="/problems/{code}"' not in page] == []


def test_a_problem_that_does_not_exist_is_404(client):
    assert client.get("/problems/nothing").status_code == 404


def test_favicon_leads_to_the_picture(client):
    response = client.get("/favicon.ico")
    assert (response.status_code, response["Location"]) == (302, "/static/img/favicon.svg")


def clock_moved(**span: float):
    """The present, later by so much."""
    return time_machine.travel(clock.now() + timedelta(**span))
