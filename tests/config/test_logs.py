"""What the logs say of each request, and what they never say."""

import io
import json
import logging
import logging.config
from typing import Any

import pytest
from django.test import Client

from accounts.caller import Caller, Scope
from accounts.models import Invitation, Role
from accounts.services import create_token, invite
from activity.unit import unit_of_work
from config import celery as worker
from config.logs import logging_config, request_id
from notifications.tasks import drain_outbox
from tests.cast import PASSWORD, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(settings):
    """`log()`: the lines written so far, as a machine reads them."""
    stream = io.StringIO()
    config = logging_config("json", "DEBUG", access=True)
    config["handlers"]["console"]["stream"] = stream
    config["loggers"] |= {name: {"level": "INFO"} for name in ("asyncio", "faker", "factory")}
    before = logging.root.handlers[:], logging.root.level
    logging.config.dictConfig(config)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.root.handlers[:], level = before
    logging.root.setLevel(level)
    logging.config.dictConfig(settings.LOGGING)


def lines_of(log: Any, logger: str) -> list[dict[str, Any]]:
    return [line for line in log() if line["logger"] == logger]


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_each_request_is_one_line_with_its_id_who_asked_and_what_came_of_it(log):
    team = make_team()
    asked = team.ask(team.version())
    signed_in(team.reviewer).get(f"/requests/{asked.pk}?secret=1", headers={"X-Request-ID": "from-the-proxy-1"})
    (line,) = lines_of(log, "stageward.access")
    assert line.pop("duration_ms") > 0
    assert line.pop("time").endswith("+00:00")
    assert line.pop("message").startswith("GET /requests/<int:pk> 200 ")
    assert line == {
        "level": "INFO",
        "logger": "stageward.access",
        "request_id": "from-the-proxy-1",
        "user_id": team.reviewer.pk,
        "method": "GET",
        "route": "/requests/<int:pk>",
        "status": 200,
    }


def test_open_pages_and_health_checks_write_no_line_at_the_usual_level(log):
    logging.root.setLevel("INFO")
    for path in ("/healthz", "/readyz", "/live"):
        Client().get(path)
    assert lines_of(log, "stageward.access") == []


def test_a_refused_attempt_is_in_the_security_log_with_the_same_id(log):
    team = make_team()
    asked = team.ask(team.version())
    client = signed_in(team.engineer)
    client.post(f"/requests/{asked.pk}/approve", {"comment": ""}, headers={"X-Request-ID": "request-4711"})
    said = lines_of(log, "stageward.security")
    assert [(line["code"], line["user_id"], line["request_id"]) for line in said] == [
        ("own-request", team.engineer.pk, "request-4711")
    ]


def test_an_error_page_is_logged_without_the_address_that_was_asked(log):
    logger = logging.getLogger("django.request")
    request = Client().get("/invitations/the-secret-word").wsgi_request
    logger.error("Internal Server Error: %s", request.path, extra={"status_code": 500, "request": request})
    (line,) = lines_of(log, "django.request")
    assert line["message"] == "Internal Server Error: /invitations/<str:secret>"
    assert "request" not in line


def test_no_secret_is_ever_written(log):
    team = make_team()
    client = Client(raise_request_exception=False)
    with unit_of_work():
        _, token = create_token(name="ci", scopes=list(Scope), days=1, user_id=team.admin.pk, by=Caller(team.admin, "page"))
        _, invitation = invite(
            workspace_id=team.workspace.pk, email="new@example.org", role=Role.EDITOR, by=Caller(team.admin, "page")
        )
    secrets = [token, invitation, PASSWORD, "swd_wrong-but-somebodys"]
    bearer = {"Authorization": f"Bearer {token}"}
    client.get("/api/v1/me", headers=bearer)
    client.get(f"/api/v1/models?token={token}", headers=bearer)
    client.get("/api/v1/me", headers={"Authorization": "Bearer swd_wrong-but-somebodys"})
    client.post("/accounts/login/", {"login": "reviewer", "password": PASSWORD})
    client.post("/accounts/login/", {"login": "reviewer", "password": PASSWORD + "x"})
    client.get(f"/invitations/{invitation}")
    client.get(f"/invitations/{invitation}/further")
    client.post(
        f"/api/v1/workspaces/{team.workspace.slug}/webhooks",
        {"name": "robot", "url": "https://example.com/services/T0/B0/hidden-path"},
        content_type="application/json",
        headers=bearer,
    )
    drain_outbox.apply()
    written = "\n".join(json.dumps(line) for line in log())
    assert written.count("stageward.access") >= 8
    assert [secret for secret in secrets if secret in written] == []
    assert Invitation.objects.count() == 1


def test_a_task_is_logged_under_the_request_that_led_to_it():
    token = request_id.set("request-4711")
    headers: dict[str, Any] = {}
    worker.send_request_id(headers)
    request_id.reset(token)
    assert headers == {"request_id": "request-4711"}
    task = drain_outbox
    task.push_request(**headers)
    worker.begin("the-tasks-own-id", task)
    assert request_id.get() == "request-4711"
    task.pop_request()
    task.push_request()
    worker.begin("the-tasks-own-id", task)
    assert request_id.get() == "the-tasks-own-id"
    task.pop_request()
    request_id.set("")


def test_lines_for_a_person_stay_lines():
    formatter = logging_config("line", "INFO", access=False)["formatters"]["chosen"]
    assert formatter == {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
