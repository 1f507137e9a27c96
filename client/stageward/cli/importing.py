"""`import`: models move in from another system."""

from __future__ import annotations

import argparse
import os
from typing import Any
from urllib.parse import urlsplit

from stageward.cli.context import Context, UsageError
from stageward.cli.exits import FAILED, LATER, OK
from stageward.cli.parser import Commands
from stageward.imports import Import
from stageward.settings import is_loopback

# How the clients of these systems are told where they are, and with which token to ask.
ENVIRONMENT = {
    "mlflow": ("MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN"),
    "databricks": ("DATABRICKS_HOST", "DATABRICKS_TOKEN"),
    "gto": ("", "STAGEWARD_GIT_TOKEN"),
}
COUNTS = {
    "models": ("new model", "new models"),
    "versions": ("new version", "new versions"),
    "stages": ("stage held", "stages held"),
    "aliases": ("new alias", "new aliases"),
    "requests": ("request filed", "requests filed"),
    "unchanged": ("known before", "known before"),
    "deleted": ("deleted as it is there", "deleted as they are there"),
    "gone": ("gone there and kept here", "gone there and kept here"),
    "skipped": ("skipped", "skipped"),
}


def add(commands: Commands) -> None:
    """Add it."""
    command = commands.add(
        "import",
        bring,
        "Bring models, versions, stages, aliases and tags over from another system. For admins.",
        """
  stageward import mlflow https://mlflow.example.org        signs in as MLFLOW_TRACKING_TOKEN or _USERNAME and _PASSWORD say
  stageward import databricks                               from DATABRICKS_HOST, with DATABRICKS_TOKEN
  stageward import gto git@git.example.org:team/models.git --stage canary=staging
""",
    )
    command.add_argument("kind", choices=list(ENVIRONMENT), help="what it is")
    command.add_argument("source", nargs="?", help="its address, for the server to read (default: what its own clients are told)")
    command.add_argument(
        "--stage", action="append", default=[], type=_stage, metavar="THERE=HERE", help="which stage is which; may be repeated"
    )
    command.add_argument("--no-wait", action="store_true", help="begin, and do not wait for the end")


def bring(context: Context) -> int:
    """Begin an import, or go on with the one of this source that stopped half-way; show how far it is, and what came of it."""
    asked = context.arguments
    given: dict[str, Any] = {**_credentials(asked.kind), "stages": dict(asked.stage)}
    options = {name: value for name, value in given.items() if value}
    run = _begun(context, asked.kind, _source(context), options)
    if not asked.no_wait:
        _watch(context, run)
    _show(context, run)
    return FAILED if run.status == "failed" and not run.away else LATER if run.status == "failed" else OK


def _source(context: Context) -> str:
    kind = context.arguments.kind
    name = ENVIRONMENT[kind][0]
    source = str(context.arguments.source or os.environ.get(name, "")).strip()
    if not source:
        told = f", or set {name}" if name else ""
        raise UsageError(f"Where is it? Say: stageward import {kind} https://…{told}.")
    if kind == "databricks" and "://" not in source:
        source = f"https://{source}"
    there = urlsplit(source).hostname or ""
    if is_loopback(there) and not is_loopback(urlsplit(context.client.host).hostname or ""):
        raise UsageError(
            f"{there} is this machine here, and another one to {context.client.host}, which reads it. Give an address that it can reach."
        )
    return source


def _credentials(kind: str) -> dict[str, str]:
    """Who asks there, as its own clients are told: with MLflow, a user name and a password go before a token."""
    user, password = (os.environ.get(f"MLFLOW_TRACKING_{name}", "") for name in ("USERNAME", "PASSWORD"))
    if kind == "mlflow" and user and password:
        return {"user": user, "token": password}
    return {"token": os.environ.get(ENVIRONMENT[kind][1], "")}


def _begun(context: Context, kind: str, source: str, options: dict[str, Any]) -> Import:
    for last in context.client.imports[:20]:
        if (last.kind, last.source.rstrip("/")) != (kind, source.rstrip("/")):
            continue
        if not last.has_ended:
            context.console.note(f"Import {last.id} of this source is under way already.")
            return last
        if last.status == "failed" and last.total is not None:
            context.console.note(f"Import {last.id} of this source stopped half-way. Going on with it.")
            return last.resume(**options)
        break
    return context.client.start_import(kind, source, **options)


def _watch(context: Context, run: Import) -> None:
    with context.console.progress() as tell:
        run.wait(lambda seen: tell(f"Import {seen.id} {seen.progress}"))


def _show(context: Context, run: Import) -> None:
    if context.console.as_json:
        context.console.data(run.facts)
        return
    for line in run.report if run.has_ended else []:
        context.console.say(f"{line['level']}: {line['about']}: {line['text']}")
    counted = {words: run.counts[name] for name, words in COUNTS.items() if run.counts.get(name)}
    said = ", ".join(f"{count} {one if count == 1 else many}" for (one, many), count in counted.items())
    ending = f": {said or 'nothing was there'}." if run.status == "done" else f". {run.error}" if run.error else "."
    context.console.say(f"Import {run.id} from {run.source}: {run.status}{ending}")


def _stage(text: str) -> tuple[str, str]:
    there, sign, here = text.partition("=")
    if not (there.strip() and sign and here.strip()):
        raise argparse.ArgumentTypeError(
            f"{text} says of no stage which it is; write canary=staging, or canary=- to leave it out"
        )
    return there.strip(), here.strip()
