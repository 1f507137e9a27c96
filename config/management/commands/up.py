"""Run Stageward on one machine: prepare the database, then keep the web server and the background worker running."""

import fcntl
import hashlib
import io
import os
import signal
import sys
import time
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from activity.triggers import require_triggers
from config.address import Address, AddressRefused, is_loopback
from config.supervisor import Child, stop

STARTUP = 60.0  # seconds that the web server gets for its first answer
WORKER = [
    *(sys.executable, "-W", "ignore:You're running the worker with superuser", "-m", "celery", "--app", "config", "--quiet"),
    *("worker", "--beat", "--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING"),
    *("--without-gossip", "--without-mingle"),
]


class Command(BaseCommand):
    """`manage.py up`."""

    help = "Prepare the database, then run the web server and the background worker until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
        parser.add_argument(
            "--demo", action=BooleanOptionalAction, default=False, help="fill an empty database with demo people and models"
        )
        parser.add_argument("--reload", action="store_true", help="for development: start the web server again on every change")

    def handle(self, *, host: str, port: int, demo: bool, reload: bool, **options: Any) -> None:
        """Prepare, run, and stop on SIGINT or SIGTERM."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        address = Address(host, port)
        try:
            with only_copy(address):
                address.require_free()
                self.prepare_database()
                refuse_open_door(address, demo=demo)
                if not settings.DEBUG:
                    self.collect_static_files()
                accounts = self.load_demo() if demo else ""
                call_command("addworkspace", "default", if_none=True, verbosity=0)
                self.run(address, accounts, reload=reload)
        except KeyboardInterrupt:
            self.say("Stopped.")
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        except AddressRefused as error:
            raise CommandError(
                f"Stageward cannot listen on {address}: {error}. Nothing was started. Choose another port: ./start --port 8001"
            ) from error

    def say(self, line: str) -> None:
        """Tell the person at the terminal, at once."""
        self.stdout.write(line)
        self.stdout.flush()

    def prepare_database(self) -> None:
        """Apply the migrations that this database lacks. Raises ImproperlyConfigured when its triggers are gone."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Migrating the database …")
            call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        require_triggers()

    def collect_static_files(self) -> None:
        """Collect the static files, unless none has changed since the last time."""
        files = [
            (path, storage.size(path), storage.get_modified_time(path).timestamp())
            for finder in get_finders()
            for path, storage in finder.list([])
        ]
        state = hashlib.sha256(repr(sorted(files)).encode()).hexdigest()
        stamp = settings.STATIC_ROOT / ".collected"
        if stamp.exists() and stamp.read_text() == state:
            return
        self.say("Collecting static files …")
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(state)

    def load_demo(self) -> str:
        """Fill an empty database; return what the demo says of its accounts. A failure is told, and the application starts."""
        said = io.StringIO()
        try:
            call_command("demo", stdout=said)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the demo, the application itself can run
            self.stderr.write(f"The demo could not be loaded: {error}\nStageward starts without it or with a part of it.")
        return said.getvalue()

    def run(self, address: Address, accounts: str, *, reload: bool) -> None:
        """Run the children until KeyboardInterrupt; stop them however this ends."""
        leave_database()
        public_url = os.environ.get("PUBLIC_URL", address.url)
        environment = {**os.environ, "PUBLIC_URL": public_url, "STAGEWARD_DATA": str(settings.DATA_DIR)}
        os.chdir(settings.BASE_DIR)
        self.say("Starting the web server and the background worker …")
        web = Child("web server", web_command(address, reload=reload), environment, self.say)
        children = [web, Child("background worker", WORKER, environment, self.say)]
        try:
            if not reload:  # a developer's server may well begin with a mistake in the code
                wait_for_answer(web, address, urlsplit(public_url).netloc)
            self.say(
                f"\nStageward is running at {public_url}\n\n{accounts}\nCtrl-C stops it. Data is kept in {settings.DATA_DIR}"
            )
            while True:
                for child in children:
                    child.tend()
                time.sleep(0.2)
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            self.say("Stopping …")
            stop(children)


def web_command(address: Address, *, reload: bool) -> list[str]:
    """Return the command that serves pages and API."""
    if reload:
        return [sys.executable, "manage.py", "runserver", str(address)]
    return [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn", "--bind", str(address), "config.wsgi"]


@contextmanager
def only_copy(address: Address) -> Iterator[None]:
    """Hold the data folder's lock. Raises CommandError, naming the other copy, when one has it already."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CommandError(
                f"Stageward is already running at {file.read()}, with the data in {settings.DATA_DIR}. Nothing was started. Use"
                " that one, or give this one a folder and a port of its own: STAGEWARD_DATA=/some/folder ./start --port 8001"
            ) from None
        file.truncate(0)
        file.write(f"{address.url} (process {os.getpid()})")
        file.flush()
        yield


def refuse_open_door(address: Address, *, demo: bool) -> None:
    """Raise CommandError when other machines could use the demo's accounts, or would be sent to an address that is not theirs."""
    if address.is_loopback:
        return
    if demo or User.objects.filter(is_demo=True).exists():
        raise CommandError(
            f"--host {address.host} would open the demo accounts, whose passwords are public, to other machines. Nothing was"
            " started. Keep the demo on 127.0.0.1, or begin without it: STAGEWARD_DATA=/some/folder ./start --no-demo"
        )
    if is_loopback(urlsplit(settings.PUBLIC_URL).hostname or "localhost"):
        raise CommandError(
            f"--host {address.host} lets other machines in, but PUBLIC_URL is {settings.PUBLIC_URL}, which means nothing to them."
            " Nothing was started. Set PUBLIC_URL to the address that people will type."
        )


def wait_for_answer(web: Child, address: Address, host_header: str) -> None:
    """Return once the web server answers. Raises CommandError when it ends instead, or says nothing for a minute."""
    deadline = time.monotonic() + STARTUP
    while not address.answers(host_header):
        if not web.running or time.monotonic() > deadline:
            raise CommandError("The web server did not answer; the lines above say why. All was stopped, no data was changed.")
        time.sleep(0.1)


def leave_database() -> None:
    """Let go of every connection: the children make their own, and forking with a pool's threads is not safe."""
    connection.close()
    getattr(connection, "close_pool", connection.close)()
