"""The same calls of MLflow's protocol, sent to Stageward and to MLflow's own server in turn: `.venv/bin/python -m bench.mlflow`.

MLflow runs as fast as it can, on uvloop with a worker for each core and without authentication, and then as its basic-auth app.
Stageward asks for a token, holds to its rules and writes its log. `--quick` only shows that everything runs.
"""

import base64
import os
import secrets
import socket
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote

from bench import report
from bench.errands import Call, Case
from bench.places import VENDORS, Place, ours, places
from bench.serving import Measured, Server, measure, serving
from bench.shelf import NAME, PATTERN, fill_mlflow, make_empty
from tests import machine
from tests.processes import running, wait_for_status

RESULTS = Path(__file__).parent / "mlflow.md"
API = "/api/2.0/mlflow"
ADMIN, PASSWORD = "admin", "correct-horse-battery"
OTHERS = ("mlflow", "basic-auth")
AUTH = """[mlflow]
default_permission = READ
database_uri = sqlite:///{folder}/auth.db
admin_username = {admin}
admin_password = {password}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


def cases(authorization: str, models: int) -> list[Case]:
    """What is asked, alike of everybody; each transition can be made once."""

    def get(path: str) -> list[Call]:
        return [Call("GET", f"{API}/{path}", authorization)]

    def post(path: str, **body: str) -> list[Call]:
        return [Call("POST", f"{API}/{path}", authorization, body)]

    every, some = range(1, models + 1), range(1, models + 1, 7)
    wanted = [quote(f"name LIKE '{NAME}{i}%'") for i in some]
    return [
        Case("get a model", [get(f"registered-models/get?name={NAME}{i}") for i in some]),
        Case("create a version", [post("model-versions/create", name=f"{NAME}{i}", source=f"s3://b/{i}") for i in some]),
        Case(
            "transition",
            [post("model-versions/transition-stage", name=f"{NAME}{i}", version="1", stage="Staging") for i in every],
            once=True,
        ),
        Case(
            f"search by name among {models:,}",
            [get(f"registered-models/search?max_results=100&filter={each}") for each in wanted],
        ),
    ]


@contextmanager
def mlflow(place: Place, models: int, *, basic: bool) -> Iterator[tuple[Server, str]]:
    """MLflow's own server on an empty database, filled; and what to send as authorization."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    folder = Path(tempfile.mkdtemp(dir=place.folder))
    (folder / "auth.ini").write_text(AUTH.format(folder=folder, admin=ADMIN, password=PASSWORD))
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"), "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_urlsafe(32),
    }  # fmt: skip
    command = [str(machine.python_of("mlflow-server")), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--backend-store-uri",
        place.url.replace("postgres://", "postgresql+psycopg://"),
        "--workers",
        str(os.cpu_count()),
    ]
    command += ["--default-artifact-root", str(folder), "--uvicorn-opts", "--loop uvloop --log-level warning"]
    authorization = f"Basic {base64.b64encode(f'{ADMIN}:{PASSWORD}'.encode()).decode()}" if basic else "None needed"
    with running([*command, *(["--app-name", "basic-auth"] if basic else [])], environment) as program:
        wait_for_status(port, "/health", 200, seconds=300)
        server = Server(port, program.process.pid)
        for path, body in (("registered-models", {}), ("model-versions", {"source": "s3://b/1"})):
            made = Call("POST", f"{API}/{path}/create", authorization, {"name": PATTERN, **body})
            measure(server, Case(path, [[made]], once=True), 60)
        fill_mlflow(place, models)
        yield server, authorization


def arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(prog="python -m bench.mlflow", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few models and short rounds: does it run at all?")
    parser.add_argument("--write", action="store_true", help="write bench/mlflow.md too")
    parser.add_argument("--only", choices=VENDORS, help="measure on one database")
    parser.add_argument("--models", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round of each call")
    asked = parser.parse_args()
    if asked.quick:
        asked.models, asked.rounds, asked.seconds = 200, 1, 0.3
    return asked


def results(vendor: str, asked: Namespace) -> Iterator[str]:
    """Yield the section of one database."""
    with tempfile.TemporaryDirectory(prefix="stageward-bench-") as path, ExitStack() as stack:
        (place,) = stack.enter_context(places(vendor, Path(path), "stageward"))
        place.workers = os.cpu_count() or 1
        token = place.python("-m", "bench.shelf", str(asked.models))
        others = stack.enter_context(ours(vendor, Path(path), *OTHERS))
        servers = {"Stageward": (stack.enter_context(serving(place, "config.urls")), token)}
        for name, other in zip(OTHERS, others, strict=True):
            say(f"{VENDORS[vendor]}: starting {name} …")
            make_empty(other)
            servers[name] = stack.enter_context(mlflow(other, asked.models, basic=name == "basic-auth"))
        yield f"## {VENDORS[vendor]}"
        yield _table(_rounds(servers, asked))


def _rounds(servers: dict[str, tuple[Server, str]], asked: Namespace) -> dict[str, dict[str, list[Measured]]]:
    """Each call, each server, each round: in turn, so that all of them have the same neighbours."""
    asks = {name: cases(authorization, asked.models) for name, (_, authorization) in servers.items()}
    done: dict[str, int] = dict.fromkeys(servers, 0)
    found: dict[str, dict[str, list[Measured]]] = {}
    for turn in range(asked.rounds + 1):  # the first one warms up
        for number in range(len(asks["Stageward"])):
            for name, (server, _) in servers.items():
                case = asks[name][number]
                say(f"  round {turn}: {case.name}: {name}")
                took = measure(server, case, asked.seconds if turn else asked.seconds / 4, skip=done[name] if case.once else 0)
                done[name] += len(took.took) if case.once else 0
                if turn:
                    found.setdefault(case.name, {}).setdefault(name, []).append(took)
    return found


def _table(found: dict[str, dict[str, list[Measured]]]) -> str:
    head: tuple[str, ...] = ("call", "Stageward req/s", "p50 ms", "CPU ms")
    for name in OTHERS:
        head += (f"{name} req/s", f"{name} CPU ms", "times as fast", "by CPU")
    return report.table(head, (_row(name, *measured.values()) for name, measured in found.items()))


def _row(name: str, here: list[Measured], *others: list[Measured]) -> tuple[str, ...]:
    took = median(seconds * 1000 for measured in here for seconds in measured.took)
    row: tuple[str, ...] = (name, f"{median(each.rate for each in here):.0f}", f"{took:.1f}")
    row += (f"{median(each.cost for each in here):.1f}",)
    for there in others:
        pairs = list(zip(here, there, strict=True))
        row += (
            f"{median(each.rate for each in there):.0f}",
            f"{median(each.cost for each in there):.1f}",
            f"{median(ours.rate / theirs.rate for ours, theirs in pairs):.2f}",
            f"{median(theirs.cost / ours.cost for ours, theirs in pairs):.2f}",
        )
    return row


def say(line: str) -> None:
    """Tell the person at the terminal, at once, what takes so long."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Measure on both databases and tell."""
    asked = arguments()
    if reason := machine.lack_of("mlflow-server"):
        sys.exit(f"NOT RUN: {reason}")
    said = ["# Stageward beside MLflow's own server", " ".join((__doc__ or "").split("\n\n")[1].split("`--quick`")[0].split())]
    report.publish(said, lambda vendor: results(vendor, asked), asked.only, RESULTS if asked.write else None)


if __name__ == "__main__":
    main()
