"""`models`, `versions`, `register`, `compare`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from stageward.cli.context import Context
from stageward.cli.exits import OK
from stageward.cli.parser import Commands, add_limit
from stageward.entries import Difference
from stageward.files import file_digest
from stageward.models import RegisteredModel
from stageward.versions import ModelVersion


def add(commands: Commands) -> None:
    """Add them."""
    models = commands.add("models", list_models, "List the models of the workspace.", "  stageward models --stage production\n")
    models.add_argument("-q", "--search", metavar="TEXT", help="part of the name or the description")
    models.add_argument("--stage", help="with a version in this stage")
    models.add_argument("--label", help="with this label")
    models.add_argument("--owner", help="of this person")
    models.add_argument("--pending", action="store_true", default=None, help="with a pending request")
    add_limit(models)
    versions = commands.add(
        "versions", list_versions, "List the versions of a model.", "  stageward versions churn --find 'metrics.auc >= 0.9'\n"
    )
    versions.add_argument("model")
    versions.add_argument("--find", default="", metavar="QUERY", help="in the find language: stage == staging and labels == eu")
    add_limit(versions)
    compare = commands.add(
        "compare",
        compare_version,
        "Put a version beside another.",
        "  stageward compare churn/3\n  stageward compare churn/3 2\n",
    )
    compare.add_argument("version", metavar="model/version")
    compare.add_argument("base", nargs="?", default="production", help="a stage, or a version's number (default: production)")
    _add_register(commands)


def _add_register(commands: Commands) -> None:
    register = commands.add(
        "register",
        register_version,
        "Register a version of a model: its next number, unassigned.",
        """
  stageward register churn --uri s3://models/churn/3.onnx --file churn.onnx --metric auc=0.91
  stageward register churn --new-model --name v3.1.0 --attribute commit=9f2c1ab --json
""",
    )
    register.add_argument("model")
    register.add_argument("--new-model", action="store_true", help="register the model too, where there is none")
    register.add_argument("--name", help="what the version is called (default: v and its number)")
    register.add_argument("-m", "--description", metavar="TEXT")
    register.add_argument("--uri", dest="artifact_uri", help="where the artifact is")
    digest = register.add_mutually_exclusive_group()
    digest.add_argument("--digest", dest="artifact_digest", metavar="sha256:…", help="the artifact's digest")
    digest.add_argument("--file", metavar="PATH", help="the artifact on this machine, to work out its digest; it is not sent")
    register.add_argument("--run-url", help="where it was made")
    for name in ("metric", "parameter", "attribute"):
        register.add_argument(f"--{name}", action="append", default=[], type=_pair, metavar="NAME=VALUE", help="may be repeated")
    register.add_argument("--label", action="append", default=[], help="may be repeated")


def list_models(context: Context) -> int:
    """Show models."""
    asked = context.arguments
    found = context.client.registered_models.filter(
        q=asked.search, stage=asked.stage, label=asked.label, owner=asked.owner, pending=asked.pending
    )
    heads = ["MODEL", "IN PRODUCTION", "WAITING", "VERSIONS", "OWNER"]
    context.show_rows(context.rows(found), heads, _model_cells, "There are no such models.")
    return OK


def _model_cells(model: RegisteredModel) -> list[Any]:
    holders = [each["name"] for each in model.in_production]
    return [model.name, holders, model.pending_requests or None, str(sum(model.versions_by_stage.values())), model.owner]


def list_versions(context: Context) -> int:
    """Show versions."""
    versions = context.client.get_registered_model(context.arguments.model).versions
    found = versions.find(context.arguments.find) if context.arguments.find else versions
    heads = ["VERSION", "NAME", "STAGE", "WAITING", "METRICS", "REGISTERED", "BY"]
    context.show_rows(context.rows(found), heads, _version_cells, "There are no such versions.")
    return OK


def _version_cells(version: ModelVersion) -> list[Any]:
    facts = version.facts
    waiting = facts["pending_request"] and f"request {facts['pending_request']}"
    return [version.number, version.name, facts["stage"], waiting, version.metrics, version.created_at, version.created_by]


def register_version(context: Context) -> int:
    """Register a version and say what it is called."""
    asked = context.arguments
    find = context.client.get_or_create_registered_model if asked.new_model else context.client.get_registered_model
    facts = {
        "description": asked.description,
        "artifact_uri": asked.artifact_uri,
        "artifact_digest": file_digest(asked.file) if asked.file else asked.artifact_digest,
        "run_url": asked.run_url,
        "metrics": dict(asked.metric),
        "parameters": dict(asked.parameter),
        "attributes": dict(asked.attribute),
        "labels": asked.label,
    }
    version = find(asked.model).create_version(asked.name, **{name: value for name, value in facts.items() if value})
    if context.console.as_json:
        context.console.data(version.facts)
    else:
        context.console.say(f"{version.model}/{version.number} ({version.name}) is registered: {version.url}")
    return OK


def compare_version(context: Context) -> int:
    """Show two versions side by side."""
    compared = context.version(context.arguments.version).compare(context.arguments.base)
    if context.console.as_json:
        context.console.data(compared.facts)
        return OK
    heads = ["WHAT", f"{compared.base['name']} (base)", f"{compared.candidate['name']} (candidate)", "DIFFERENCE", "BETTER"]
    rows = [[each.field, each.base, each.candidate, _difference(each), each.better] for each in compared.fields]
    context.console.table(heads, rows, nothing="There is nothing to compare.")
    return OK


def _difference(each: Difference) -> Any:
    """A difference of times is told in seconds, which nobody reads."""
    return f"{each.delta / 86400:.1f} days" if each.field == "created_at" and each.delta is not None else each.delta


def _pair(text: str) -> tuple[str, Any]:
    """Read `name=value`; a value is JSON where it can be read as such, else a text."""
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise argparse.ArgumentTypeError(f"{text} is no pair; write name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
