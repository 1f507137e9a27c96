"""A whole installation of Stageward in real processes, as `manage.py up` runs them, for somebody to kill.

`python -m tests.crash.installation prepare|audit` runs inside it, with its environment: it fills the empty database, or says what
is in it. With `CRASH_RECEIVER`, an address, everything that happens is sent there too.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.processes import ROOT, Program, wait_for_status

MAIL = "Message-ID: <line-"  # what the worker says of every mail, whose server is its console


@dataclass
class Installation:
    """Its processes, each in a group of its own, and the tokens of the people in it."""

    environment: dict[str, str]
    port: int
    tokens: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Program] = field(default_factory=dict)

    def inside(self, what: str, module: str = "tests.crash.installation") -> Any:
        """Run `prepare` or `audit` in this environment; return what it says."""
        command = [sys.executable, "-m", module, what]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=False, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def start(self, name: str) -> Program:
        """Start the web server or the worker."""
        from config.address import Address  # noqa: PLC0415 - both need Django's settings, which `main` below sets up itself
        from config.management.commands.up import WORKER, web_command  # noqa: PLC0415

        command = web_command(Address("127.0.0.1", self.port), reload=False) if name == "web" else WORKER
        self.processes[name] = Program(command, self.environment)
        return self.processes[name]

    def kill(self, name: str) -> None:
        """`kill -9` for the whole group; everything that was said goes on record."""
        assert self.processes[name].process.poll() is None, self.processes[name].said
        assert self.processes[name].send(signal.SIGKILL) == -signal.SIGKILL

    def audit_when_told(self, seconds: float = 60) -> Any:
        """What is in the database once the worker has told everything."""
        deadline = time.monotonic() + seconds
        while (found := self.inside("audit"))["waiting"]:
            assert time.monotonic() < deadline, f"{found['waiting']} lines or messages still wait:\n" + "\n".join(
                one.said for one in self.processes.values()
            )
        return found


@contextmanager
def installed(
    environment: dict[str, str], port: int, *processes: str, module: str = "tests.crash.installation"
) -> Iterator[Installation]:
    """A new installation with the people that this module's `prepare` makes; nothing of it lives on."""
    environment = {
        **environment,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "API_RATE": "1000000/min",
        "LOG_LEVEL": "ERROR",
    }
    installation = Installation(environment, port)
    installation.tokens = installation.inside("prepare", module)
    try:
        for name in processes:
            installation.start(name)
        wait_for_status(port, "/readyz", 200)
        yield installation
    finally:
        for program in installation.processes.values():
            if program.process.poll() is None:
                os.killpg(program.process.pid, signal.SIGKILL)
                program.process.wait()


def prepare() -> dict[str, str]:
    """Make tables, people, tokens and one model."""
    from django.core.management import call_command  # noqa: PLC0415 - Django has to be set up first

    from accounts.caller import Caller, Scope  # noqa: PLC0415
    from accounts.models import Role  # noqa: PLC0415
    from accounts.services import create_person, create_token, set_member  # noqa: PLC0415
    from activity.unit import unit_of_work  # noqa: PLC0415
    from notifications.services import create_webhook  # noqa: PLC0415
    from registry.services import create_workspace, register_model  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    by, tokens = Caller.operator(), {}
    with unit_of_work():
        workspace = create_workspace(slug="default", title="Default", by=by)
        for name, role in (("engineer", Role.EDITOR), ("reviewer", Role.EDITOR), ("admin", Role.ADMIN)):
            person = create_person(username=name, email=f"{name}@example.org", name=name.title(), by=by)
            set_member(workspace_id=workspace.pk, user_id=person.pk, role=role, by=by)
            _, tokens[name] = create_token(name="crash", scopes=list(Scope), days=1, user_id=person.pk, by=by)
        if receiver := os.environ.get("CRASH_RECEIVER"):
            create_webhook(workspace_id=workspace.pk, url=receiver, by=Caller(person, "page"))
        register_model(workspace_id=workspace.pk, name="churn", by=Caller(person, "page"))
    return tokens


def audit() -> dict[str, Any]:
    """Say what is there, row by row, and what verification finds."""
    from django.db import connection  # noqa: PLC0415

    from activity.models import Activity, Outbox  # noqa: PLC0415
    from activity.triggers import missing_triggers  # noqa: PLC0415
    from activity.verify import verify_everything  # noqa: PLC0415
    from approvals.models import StageChangeRequest  # noqa: PLC0415
    from notifications.models import Delivery, Webhook  # noqa: PLC0415
    from registry.models import ModelVersion  # noqa: PLC0415

    lines = Activity.objects.order_by("pk").values_list("version_id", "verb")
    webhook = Webhook.objects.first()
    return {
        "waiting": Outbox.objects.filter(done_at=None).count() + Delivery.objects.filter(state="waiting").count(),
        "messages": dict(Delivery.objects.values_list("message_id", "activity_id")),
        "heard": list(
            Activity.objects.filter(pk__gte=webhook.first_line, workspace_id=webhook.workspace_id).values_list("pk", flat=True)
        )
        if webhook
        else [],
        "untold": Activity.objects.filter(outbox=None).count(),
        "versions": dict(ModelVersion.objects.values_list("name", "stage")),
        "requests": list(StageChangeRequest.objects.order_by("pk").values_list("version__name", "status")),
        "lines": [f"{version} {verb}" for version, verb in lines if version],
        "ids": dict(ModelVersion.objects.values_list("name", "id")),
        "findings": [str(finding) for finding in verify_everything()] + missing_triggers(connection),
    }


def main(what: str) -> None:
    """Do one of the two, and print what it returns."""
    import django  # noqa: PLC0415

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    does: dict[str, Callable[[], dict[str, Any]]] = {"prepare": prepare, "audit": audit}
    print(json.dumps(does[what]()))


if __name__ == "__main__":
    main(sys.argv[1])
