"""A real worker: what a person does over HTTP is told within seconds, with either broker, and also when the hint to the worker is lost."""

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection
from statistics import median

import pytest

from tests import machine
from tests.crash.installation import MAIL, Installation, installed

Environment = Callable[[], dict[str, str]]
VERSIONS = "/api/v1/workspaces/default/models/churn/versions"
SOON = 5.0  # seconds from the answer to the mails
ASKED = 2  # who can decide, and gets a mail: the reviewer and the admin


def send(installation: Installation, path: str, body: dict[str, str]) -> dict[str, int]:
    """Send something as the engineer; it must be made."""
    client = HTTPConnection("127.0.0.1", installation.port, timeout=30)
    headers = {"Authorization": f"Bearer {installation.tokens['engineer']}", "Content-Type": "application/json"}
    client.request("POST", path, json.dumps(body), headers)
    response = client.getresponse()
    said = json.loads(response.read())
    client.close()
    assert (response.status, said.get("detail")) == (201, None)
    return dict(said)


def mails(installation: Installation) -> int:
    return installation.processes["worker"].said.count(MAIL)


def ask_and_wait_for_mail(installation: Installation) -> float:
    """Ask for a stage change; return after how many seconds the mail of everybody who can decide was sent."""
    version = send(installation, VERSIONS, {})
    before, asked = mails(installation), time.monotonic()
    send(installation, f"{VERSIONS}/{version['number']}/stage-change-requests", {"to_stage": "staging"})
    while mails(installation) < before + ASKED:
        assert time.monotonic() - asked < 30, installation.processes["worker"].said
        time.sleep(0.02)
    return time.monotonic() - asked


def told_in_time(environment: dict[str, str], port: int) -> None:
    with installed(environment, port, "web", "worker") as installation:
        ask_and_wait_for_mail(installation)  # the first one waits for the worker to have started
        waits = [ask_and_wait_for_mail(installation) for _ in range(5)]
        assert max(waits) < SOON
        assert median(waits) < 1.5  # asked right after a mail each time: the next sweep is two seconds away
        assert installation.audit_when_told()["untold"] == 0
        assert mails(installation) == 6 * ASKED


def test_mail_goes_out_within_seconds_by_the_broker_in_a_folder(plain_environment: Environment, free_port):
    told_in_time(plain_environment(), free_port())


@pytest.mark.redis
def test_mail_goes_out_within_seconds_by_redis(plain_environment: Environment, free_port):
    told_in_time({**plain_environment(), "REDIS_URL": machine.REDIS_URL}, free_port())


def test_the_sweep_finds_what_a_lost_hint_left(plain_environment: Environment, free_port):
    with installed({**plain_environment(), "CELERY_BROKER_URL": "memory://"}, free_port(), "web") as installation:
        installation.environment.pop("CELERY_BROKER_URL")  # the worker listens where the web server does not speak
        installation.start("worker")
        ask_and_wait_for_mail(installation)
        assert max(ask_and_wait_for_mail(installation) for _ in range(2)) < SOON
