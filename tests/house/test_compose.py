"""docker-compose.yml: what it says, and what its commands do when they run as processes beside PostgreSQL and Redis."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml
from psycopg import sql

from tests import machine
from tests.processes import ROOT, Program, running, wait_for_status

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("web", "worker", "beat", "migrate")
VALUES = {
    "SECRET_KEY": "a key that this test alone knows and uses",
    "SEAL_KEY": "a seal key that this test alone knows and uses",
    "DB_PASSWORD": "owner",
    "APP_DB_PASSWORD": "secret",
    "PUBLIC_URL": "https://stageward.example.org",
    "ALLOWED_HOSTS": "stageward.example.org",
}


def with_values(text: str) -> str:
    """Put in the values as compose does: `${NAME}`, `${NAME:-default}`, `${NAME:?sentence}`, `$$`."""
    names = re.sub(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}", lambda found: VALUES.get(found[1], found[2] or ""), text)
    return names.replace("$$", "$")


@pytest.fixture
def compose(tmp_path: Path) -> Callable[[dict[str, str]], subprocess.CompletedProcess[str]]:
    """`compose(values)`: what the compose client makes of the file; skips where this machine has no such client."""
    clients = (["docker", "compose"], ["docker-compose"])
    client = next((words for words in clients if shutil.which(words[0]) and succeeds(*words, "version")), None)
    if client is None:
        pytest.skip("no docker compose client on this machine")
    file = shutil.copy(ROOT / "docker-compose.yml", tmp_path)  # away from the .env of whoever runs this
    return lambda values: subprocess.run(
        [*client, "--file", file, "config"],
        env={"PATH": os.environ["PATH"], **values},
        check=False,
        capture_output=True,
        text=True,
    )


def succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_the_compose_client_accepts_the_file(compose: Callable[[dict[str, str]], subprocess.CompletedProcess[str]]):
    accepted = compose(VALUES)
    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert set(yaml.safe_load(accepted.stdout)["services"]) == set(SERVICES)


@pytest.mark.parametrize("name", VALUES)
def test_the_compose_client_asks_for_a_missing_value_in_a_sentence(
    compose: Callable[[dict[str, str]], subprocess.CompletedProcess[str]], name: str
):
    refused = compose({key: value for key, value in VALUES.items() if key != name})
    assert (refused.returncode != 0, f"Set {name}" in refused.stderr) == (True, True)


def test_every_lasting_service_restarts_and_has_a_health_check():
    assert {name: service["restart"] for name, service in SERVICES.items()} == {
        **dict.fromkeys(SERVICES, "unless-stopped"),
        "migrate": "no",
    }
    # The web server's check is in the image; beat has nothing to ask, it runs or it is started again.
    assert {name for name, service in SERVICES.items() if "test" in service.get("healthcheck", {})} == {
        "worker",
        "postgres",
        "redis",
    }
    assert "config.healthcheck" in (ROOT / "Dockerfile").read_text()


def test_our_services_are_one_image_without_rights():
    for name in OURS:
        service = SERVICES[name]
        assert (service["image"], service["read_only"], service["cap_drop"]) == ("stageward", True, ["ALL"])
    assert "\nUSER 10001\n" in (ROOT / "Dockerfile").read_text()


def test_the_application_is_not_the_owner_of_its_tables():
    owner = SERVICES["postgres"]["environment"]["POSTGRES_USER"]
    users = {name: urlsplit(with_values(SERVICES[name]["environment"]["DATABASE_URL"])).username for name in OURS}
    assert users == {"web": "stageward_app", "worker": "stageward_app", "beat": "stageward_app", "migrate": owner}


def test_the_example_environment_names_every_value():
    example = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked - example == {"LOG_LEVEL"}
    assert example - asked == set()


@dataclass
class Deployment:
    """The services of docker-compose.yml, as processes of this machine."""

    database: str
    owner: str
    application: str
    folder: Path
    port: int

    def environment(self, service: str) -> dict[str, str]:
        """What compose gives the service, with the addresses of this machine."""
        given = {name: with_values(str(value)) for name, value in SERVICES[service]["environment"].items()}
        return {
            **given,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOSTNAME": socket.gethostname(),
            "STAGEWARD_DATA": str(self.folder),
            "DATABASE_URL": self.owner if service == "migrate" else self.application,
            "APP_DATABASE_URL": self.application,
            "REDIS_URL": machine.REDIS_URL,
        }

    def command(self, words: list[str]) -> list[str]:
        """The service's command, with the port and the folder of this test."""
        here = {"0.0.0.0:8000": f"127.0.0.1:{self.port}", "/tmp/beat-schedule": f"{self.folder}/beat-schedule"}
        return [here.get(word, with_values(word)) for word in words]

    def run(self, service: str, *words: str) -> str:
        """Run a command to its end in the environment of a service; return what it said."""
        command = self.command(list(words) or SERVICES[service]["command"])
        done = subprocess.run(command, cwd=ROOT, env=self.environment(service), check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def lasting(self, service: str) -> AbstractContextManager[Program]:
        return running(self.command(SERVICES[service]["command"]), self.environment(service))


@pytest.fixture
def deployment(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Deployment]:
    """An empty database, and a name for the application's role; both gone afterwards."""
    name = f"stageward_compose_{os.getpid()}"
    address = urlsplit(machine.POSTGRESQL_URL)
    place = f"{address.hostname}:{address.port or 5432}/{name}"
    with psycopg.connect(machine.POSTGRESQL_URL, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield Deployment(
                name, address._replace(path=f"/{name}").geturl(), f"postgres://{name}:secret@{place}", tmp_path, free_port()
            )
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


@pytest.mark.postgresql
@pytest.mark.redis
def test_the_services_work_together(deployment: Deployment):
    deployment.run("web", "python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    assert "only add to activity_activity and activity_seal" in deployment.run("migrate")
    with ExitStack() as services:
        for name in ("web", "worker", "beat"):
            services.enter_context(deployment.lasting(name))
        wait_for_status(deployment.port, "/readyz", 200, host="stageward.example.org")
        deployment.run("web", "python", "-m", "config.healthcheck", str(deployment.port))
        deployment.run("web", "python", "manage.py", "addworkspace", "vision")
        with psycopg.connect(deployment.owner, autocommit=True) as database:
            wait_until(lambda: told(database) == [True, True])
        deployment.run("worker", "sh", "-c", SERVICES["worker"]["healthcheck"]["test"][1])


def told(database: psycopg.Connection) -> list[bool]:
    """For each line of the log, whether the outside has been told of it."""
    return [done for (done,) in database.execute("SELECT done_at IS NOT NULL FROM activity_outbox").fetchall()]


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not so within {seconds:.0f} s"
        time.sleep(0.2)
