"""How the outside is told: `python -m bench.outbox` measures a full outbox drained, and how soon a webhook is called under load.

`--quick` only shows that it runs. Its other words (`prepare`, `pile`, `drain`, `write`) are what it does inside its own database.
"""

import json
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench import report
from bench.places import VENDORS, Place, places
from tests import machine
from tests.notifications.receiver import Receiver, receiver
from tests.processes import running

STEP = 1_000  # lines between two looks at the memory
RATE = 50  # changes a second


def memory() -> int:
    """What this process holds of the memory, in kB; not the pages of SQLite's file, which it maps and the system may take back."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon")]
    return int(line.split()[1])


def prepare(url: str) -> None:
    """A workspace with a model, and a webhook that hears of every version."""
    from accounts.caller import Caller  # noqa: PLC0415 - Django has to be set up first
    from accounts.models import Role  # noqa: PLC0415
    from accounts.services import create_person, set_member  # noqa: PLC0415
    from activity.unit import unit_of_work  # noqa: PLC0415
    from notifications.outbox import drain  # noqa: PLC0415
    from notifications.services import create_webhook  # noqa: PLC0415
    from registry.services import create_workspace, register_model  # noqa: PLC0415

    with unit_of_work():
        workspace = create_workspace(slug="default", by=Caller.operator())
        person = create_person(username="admin", email="admin@example.org", by=Caller.operator())
        set_member(workspace_id=workspace.pk, user_id=person.pk, role=Role.ADMIN, by=Caller.operator())
    with unit_of_work():
        register_model(workspace_id=workspace.pk, name="churn", by=Caller(person, "page"))
        create_webhook(workspace_id=workspace.pk, url=url, verbs=["model_version"], by=Caller(person, "page"))
    drain()


def write(seconds: float) -> None:
    """Make `RATE` changes a second, each in its own transaction; whoever is late catches up."""
    from accounts.caller import Caller  # noqa: PLC0415
    from accounts.models import User  # noqa: PLC0415
    from activity.unit import unit_of_work  # noqa: PLC0415
    from registry.models import RegisteredModel  # noqa: PLC0415
    from registry.services import register_version  # noqa: PLC0415

    model, by = RegisteredModel.objects.get(), Caller(User.objects.get(), "page")
    began, made = time.monotonic(), 0
    while made < seconds * RATE:
        time.sleep(max(0.0, began + made / RATE - time.monotonic()))
        with unit_of_work():
            register_version(model_id=model.pk, by=by)
        made += 1
    print(json.dumps({"made": made, "seconds": time.monotonic() - began}))


def pile(count: int) -> None:
    """Put so many lines into the outbox, each like the one that tells of a version."""
    from activity.models import Activity, Outbox  # noqa: PLC0415

    pattern = Activity.objects.filter(verb="model_version.registered").latest("pk")
    for start in range(0, count, STEP):
        lines = []
        for number in range(start, min(start + STEP, count)):
            line = Activity.objects.none().model(
                **{field.attname: getattr(pattern, field.attname) for field in Activity._meta.concrete_fields}
            )
            line.pk, line.seq, line.hash = None, pattern.seq + 1 + number, f"{number:064x}"
            lines.append(line)
        Activity.objects.bulk_create(lines)
        Outbox.objects.bulk_create([Outbox(activity=line, due_at=pattern.created_at) for line in lines])


def drain() -> None:
    """Drain all of it in one go, and look at the memory every thousand lines."""
    from activity.models import Outbox  # noqa: PLC0415
    from notifications import outbox  # noqa: PLC0415

    held, began, told = [], time.monotonic(), 0
    while (more := outbox.drain(seconds=1.0)) or Outbox.objects.filter(done_at=None).exists():
        told += more
        held.append(memory())
    print(json.dumps({"told": told, "seconds": time.monotonic() - began, "kB": held}))


def command() -> None:
    """What runs the worker."""
    from config.management.commands.up import WORKER  # noqa: PLC0415

    print(json.dumps(WORKER))


INSIDE: dict[str, Callable[..., None]] = {
    "command": command,
    "prepare": prepare,
    "write": lambda words: write(float(words)),
    "pile": lambda words: pile(int(words)),
    "drain": drain,
}


def inside(place: Place, *words: str, **more: str) -> Any:
    """Do one of these in the place."""
    return place.python("-m", "bench.outbox", *words, WEBHOOK_ALLOWED_HOSTS="127.0.0.1", **more)


def first_tries(place: Place, there: Receiver, seconds: float, broker: dict[str, str]) -> report.Row:
    """Let a real worker send while somebody writes; how long after its line each message came."""
    come: dict[str, float] = {}
    there.answers = [_noting(come, there.answers[0])]
    with running(inside(place, "command"), place.environment(WEBHOOK_ALLOWED_HOSTS="127.0.0.1", **broker)):
        inside(place, "write", "2", **broker)
        until = time.monotonic() + 30
        while len(come) < 2 * RATE and time.monotonic() < until:
            time.sleep(0.1)
        come.clear()
        done = inside(place, "write", str(seconds), **broker)
        until = time.monotonic() + 60
        while len(come) < done["made"] and time.monotonic() < until:
            time.sleep(0.1)
    p50, p95, worst = (f"{figure:.2f}" for figure in _figures(list(come.values())))
    return (f"{done['made'] / done['seconds']:.0f}", f"{len(come)} of {done['made']}", p50, p95, worst)


def _noting(come: dict[str, float], answer: Any) -> Any:
    def noted(handler: Any) -> None:
        _, headers, body = handler.server.taken[-1]
        written = datetime.fromisoformat(json.loads(body)["timestamp"])
        come.setdefault(headers["webhook-id"], time.time() - written.timestamp())
        answer(handler)

    return noted


def _figures(took: list[float]) -> tuple[float, float, float]:
    cuts = quantiles(took * 2, n=20)
    return cuts[9], cuts[18], max(took)


def results(vendor: str, asked: Namespace) -> str:
    """Measure on one database."""
    broker = {"REDIS_URL": machine.REDIS_URL} if vendor == "postgresql" and not machine.lack_of("redis") else {}
    with (
        tempfile.TemporaryDirectory(prefix="stageward-bench-") as path,
        places(vendor, Path(path), "outbox") as (place,),
        receiver() as there,
    ):
        inside(place, "prepare", there.url)
        tried = first_tries(place, there, asked.seconds, broker)
        inside(place, "pile", str(asked.rows))
        drained = inside(place, "drain")
    held = drained["kB"]
    ratio = held[-1] / held[min(1, len(held) - 1)]
    rate, memory_held = (
        f"{drained['told'] / drained['seconds']:.0f}",
        f"{held[min(1, len(held) - 1)] // 1024} → {held[-1] // 1024}",
    )
    tables = (
        report.table(("changes a second", "arrived", "p50 s", "p95 s", "longest s"), [tried]),
        report.table(
            ("lines drained", "a second", "MB held", "ratio"), [(f"{drained['told']:,}", rate, memory_held, f"{ratio:.2f}")]
        ),
    )
    return "\n\n".join([f"## {VENDORS[vendor]}{', with Redis' if broker else ''}", *tables])


def main() -> None:
    """Measure, or do one of the things inside."""
    if sys.argv[1:2] and sys.argv[1] in INSIDE:
        import django  # noqa: PLC0415

        django.setup()
        INSIDE[sys.argv[1]](*sys.argv[2:])
        return
    parser = ArgumentParser(prog="python -m bench.outbox", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=VENDORS)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args()
    if asked.quick:
        asked.rows, asked.seconds = 300, 1.0
    for vendor in [asked.only] if asked.only else VENDORS:
        print(
            results(vendor, asked) if vendor == "sqlite" or not machine.lack_of(vendor) else f"NOT RUN: {machine.lack_of(vendor)}"
        )


if __name__ == "__main__":
    main()
