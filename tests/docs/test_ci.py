"""CI in the loop: the files of its page, played as GitHub and GitLab play them, against a server and with real messages."""

import json
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from standardwebhooks.webhooks import Webhook as Published

from accounts.caller import Scope
from accounts.models import Role
from accounts.services import create_service_account, create_token
from activity.unit import unit_of_work
from approvals.models import Check, StageChangeRequest
from notifications.deliveries import deliver
from notifications.occasions import occasions
from notifications.outbox import drain
from notifications.services import create_webhook
from registry.models import Stage
from tests.cast import Team, caller, make_team
from tests.docs.blocks import ROOT, blocks
from tests.notifications.receiver import Receiver, receiver

pytestmark = pytest.mark.django_db(transaction=True)

GITHUB, GITLAB = [yaml.safe_load(block.text) for block in blocks(ROOT / "docs" / "ci.md") if block.language == "yaml"]
PAGE = (ROOT / "docs" / "webhooks.md").read_text()


@pytest.fixture
def team(settings: Any) -> Team:
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    return make_team()


@pytest.fixture
def token(team: Team) -> str:
    """What the page says to make: a service account that reads and reports, and nothing else."""
    with unit_of_work():
        account = create_service_account(
            workspace_id=team.workspace.pk, username="ci-churn", role=Role.EDITOR, by=caller(team.admin)
        )
        _, secret = create_token(name="CI", scopes=[Scope.READ, Scope.CHECKS], days=1, user_id=account.pk, by=caller(team.admin))
    return secret


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the two programs that the page leaves to its readers."""
    for name, says in (
        ("test-model", 'test "$(wc -c < request.json)" -gt 100'),
        ("release-model", "cp request.json released.json"),
    ):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{says}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def ask_for_production(team: Team, there: Receiver, **fields: Any) -> tuple[StageChangeRequest, str]:
    """The webhook that the page says to make, a policy that demands the check, and somebody who asks."""
    chosen = next(each for each in occasions(Stage.objects.filter(workspace=team.workspace)) if each.key == "pipeline")
    wanted = {
        "verbs": list(chosen.verbs),
        "url": there.url,
        "workspace_id": team.workspace.pk,
        "by": caller(team.admin),
        **fields,
    }
    with unit_of_work():
        _, secret = create_webhook(**wanted)
    team.policy("production", 1, required_checks=[{"name": "tests", "reporter": "ci-churn"}])
    return team.ask(team.version(), "production"), secret


def next_message(there: Receiver) -> tuple[dict[str, str], str]:
    """Send what waits; the one message that comes."""
    drain()
    assert deliver() == 1
    _, headers, body = there.taken.pop()
    return headers, body


def run(lines: str, folder: Path, environment: dict[str, str]) -> int:
    """Run a step as both of them do: bash, which ends at the first line that fails."""
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", lines],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    print(done.stdout, done.stderr)
    return done.returncode


def play_github(message: dict[str, Any], folder: Path, api: str, token: str) -> list[str]:
    """Run the jobs that a repository_dispatch starts; return their names."""
    types = GITHUB[True]["repository_dispatch"]["types"]  # YAML reads `on` as true
    assert message["event_type"] in types
    known = {
        "vars.STAGEWARD": api,
        "secrets.STAGEWARD_TOKEN": token,
        "github.event.client_payload.request.id": str(message["client_payload"]["request"]["id"]),
        "github.server_url": "https://github.com",
        "github.repository": "o/r",
        "github.run_id": "7",
        "job.status": "success",
    }

    def filled(text: str) -> str:
        return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: known[found[1]], text)

    environment = {name: filled(value) for name, value in GITHUB["env"].items()}
    jobs = {name: job for name, job in GITHUB["jobs"].items() if job["if"] == f"github.event.action == '{message['event_type']}'"}
    for job in jobs.values():
        for step in job["steps"]:
            assert "uses" in step or run(filled(step["run"]), folder, environment) == 0
    return list(jobs)


def play_gitlab(body: str, folder: Path, api: str, token: str) -> None:
    """Run every job of a pipeline that a trigger starts, each in its own bash."""
    payload = folder / "payload.json"
    payload.write_text(body)
    for name in ("test", "release"):
        job = GITLAB[name]
        assert job["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "trigger"'}]
        environment = {
            "API": f"{api}/api/v1",
            "TOKEN": token,
            "TRIGGER_PAYLOAD": str(payload),
            "CI_JOB_URL": "https://gitlab.com/j/7",
        }
        assert run("\n".join(GITLAB["default"]["before_script"] + job["script"]), folder, environment | job["variables"]) == 0


def test_github_tests_what_is_asked_for_and_releases_what_was_applied(team, token, checkout, live_server):
    with receiver() as there:
        change_request, _ = ask_for_production(team, there, format="github", authorization="Bearer github_pat_x")
        headers, body = next_message(there)
        assert headers["Authorization"] == "Bearer github_pat_x"
        assert play_github(json.loads(body), checkout, live_server.url, token) == ["test"]
        check = Check.objects.latest("pk")
        assert (check.name, check.status, check.url) == ("tests", "passed", "https://github.com/o/r/actions/runs/7")
        assert not (checkout / "released.json").exists()
        team.approve(change_request)
        _, body = next_message(there)
        assert play_github(json.loads(body), checkout, live_server.url, token) == ["release"]
    released = json.loads((checkout / "released.json").read_text())
    assert (released["id"], released["status"], released["to_stage"]) == (change_request.pk, "applied", "production")


def test_gitlab_tests_what_is_asked_for_and_releases_what_was_applied(team, token, checkout, live_server):
    with receiver() as there:
        change_request, secret = ask_for_production(team, there)
        headers, body = next_message(there)
        Published(secret).verify(body, headers)
        play_gitlab(body, checkout, live_server.url, token)
        assert Check.objects.latest("pk").status == "passed"
        assert not (checkout / "released.json").exists()
        team.approve(change_request)
        headers, body = next_message(there)
        Published(secret).verify(body, headers)
        play_gitlab(body, checkout, live_server.url, token)
    assert json.loads((checkout / "released.json").read_text())["id"] == change_request.pk


def test_tests_that_fail_keep_the_version_where_it_is(team, token, checkout, live_server):
    (checkout / "test-model").write_text("#!/bin/sh\nexit 1\n")
    with receiver() as there:
        change_request, _ = ask_for_production(team, there)
        _, body = next_message(there)
        with pytest.raises(AssertionError):
            play_gitlab(body, checkout, live_server.url, token)
        assert Check.objects.latest("pk").status == "failed"
        team.approve(change_request)
        drain()
        assert deliver() == 0
    assert StageChangeRequest.objects.get().status == "pending"


def test_the_token_of_the_page_cannot_decide(team, token, client):
    change_request = team.ask(team.version())
    refused = client.post(
        f"/api/v1/stage-change-requests/{change_request.pk}/approve",
        {},
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {token}",
    )
    assert refused.status_code == 403


@pytest.mark.usefixtures("token")
def test_the_receiver_of_the_page_checks_signatures_and_does_nothing_twice(team, capsys):
    space: dict[str, Any] = {}
    (code,) = [block.text for block in blocks(ROOT / "docs" / "webhooks.md") if block.language == "python"]
    exec(code, space)
    done: set[str] = set()
    with receiver() as there:
        _, secret = ask_for_production(team, there)
        headers, body = next_message(there)
    assert [space["receive"](secret, body, headers, done) for _ in range(2)] == [204, 204]
    assert capsys.readouterr().out.startswith("stage_change.requested ")
    assert space["receive"](secret, body + " ", headers, done) == 401


def test_the_page_of_webhooks_names_every_format():
    for name in ("standard", "slack", "github"):
        assert f"(`{name}`)" in PAGE
