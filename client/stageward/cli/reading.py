"""`show`, `log`, `evidence`, `open`."""

from __future__ import annotations

import webbrowser
from typing import Any

from stageward.changes import StageChangeRequest
from stageward.cli.console import cell_of
from stageward.cli.context import Context, is_number
from stageward.cli.exits import OK
from stageward.cli.parser import Commands, add_limit
from stageward.entries import Activity
from stageward.models import RegisteredModel
from stageward.versions import ModelVersion

THING = "a request (12), a version (churn/3) or a model (churn)"


def add(commands: Commands) -> None:
    """Add them."""
    show = commands.add("show", show_thing, f"Show {THING}.", "  stageward show 12\n  stageward show churn/3\n")
    show.add_argument("thing", help=THING)
    log = commands.add(
        "log",
        show_log,
        "Show the log, the newest first.",
        "  stageward log churn/3\n  stageward log --verb stage_change.applied --since 2026-10-01 --export csv > applied.csv\n",
    )
    log.add_argument("thing", nargs="?", help=THING)
    log.add_argument("--verb", help="such as stage_change.applied, or stage_change for all of them")
    log.add_argument("--actor", metavar="USER")
    log.add_argument("--since", metavar="WHEN", help="a date or a moment")
    log.add_argument("--until", metavar="WHEN")
    log.add_argument("--export", choices=["csv", "jsonl"], help="every line, as a file")
    add_limit(log)
    evidence = commands.add("evidence", take_evidence, "Take home the evidence pack of a version, a ZIP for auditors.")
    evidence.add_argument("version", metavar="model/version")
    evidence.add_argument("-o", "--output", metavar="FILE", help="(default: model-version-evidence.zip here)")
    page = commands.add("open", open_page, f"Open the page of {THING}.")
    page.add_argument("thing", nargs="?", help=f"{THING}; the inbox without one")


def show_thing(context: Context) -> int:
    """Show one thing."""
    thing = context.thing(context.arguments.thing)
    if context.console.as_json:
        context.console.data(thing.facts)
    elif isinstance(thing, StageChangeRequest):
        _show_request(context, thing)
    elif isinstance(thing, ModelVersion):
        _show_version(context, thing)
    else:
        _show_model(context, thing)
    return OK


def _show_request(context: Context, request: StageChangeRequest) -> None:
    facts: list[tuple[str, Any]] = [
        ("request", str(request.id)),
        ("version", f"{request.model}/{request.version} ({request.version_name})"),
        ("move", f"{request.from_stage} → {request.to_stage}"),
        ("skips", request.skipped_stages),
        ("status", request.status),
        ("asked by", f"{request.requester}, {cell_of(request.created_at)}"),
        ("comment", request.comment),
        ("makes room", [f"{each['name']} (then {each['becomes']})" for each in request.incumbents]),
        ("decided by", request.decided_by and f"{request.decided_by}, {cell_of(request.decided_at)}"),
        ("closing comment", request.closing_comment),
        ("expires", request.expires_at),
        ("digest", request.digest),
        ("you may", request.available_actions),
        *(("needs", sentence) for sentence in request.waits_for),
        *(("review", _review(each)) for each in request.reviews),
        *(("check", _check(each)) for each in request.checks),
        ("page", request.url),
    ]
    context.console.facts(facts)


def _review(review: dict[str, Any]) -> str:
    said = f": {review['comment']}" if review["comment"] else ""
    return f"{review['decision']} by {review['reviewer']}{'' if review['counts'] else ' (does not count)'}{said}"


def _check(check: dict[str, Any]) -> str:
    return " ".join(filter(None, (check["name"], check["status"], check["summary"], check["url"])))


def _show_version(context: Context, version: ModelVersion) -> None:
    facts = version.facts
    waiting = facts["pending_request"] and f"request {facts['pending_request']}"
    names = ("stage", "description", "artifact_uri", "artifact_digest", "labels", "run_url", "lock", "created_by")
    context.console.facts(
        [
            ("version", f"{version.model}/{version.number} ({version.name})"),
            ("waiting", waiting),
            *((name.replace("_", " "), facts[name]) for name in names),
            ("registered", version.created_at),
            *((f"metric {name}", value) for name, value in version.metrics.items()),
            *((f"parameter {name}", value) for name, value in version.parameters.items()),
            *((f"attribute {name}", value) for name, value in version.attributes.items()),
            ("page", version.url),
        ]
    )


def _show_model(context: Context, model: RegisteredModel) -> None:
    context.console.facts(
        [
            ("model", model.name),
            ("workspace", model.workspace),
            ("description", model.description),
            ("labels", model.labels),
            ("owner", model.owner),
            ("versions", [f"{count} {stage}" for stage, count in model.versions_by_stage.items()]),
            ("in production", [f"{each['name']} ({each['version']})" for each in model.in_production]),
            ("waiting", str(model.pending_requests)),
            ("page", model.url),
        ]
    )


def show_log(context: Context) -> int:
    """Show the log, of one thing or of everything."""
    asked = context.arguments
    names = ("verb", "actor", "since", "until", "workspace")
    filters = {**{name: getattr(asked, name) for name in names}, **_about(context, asked.thing)}
    if asked.export:
        context.console.text(context.client.export_activities(asked.export, **filters))
        return OK
    heads = ["WHEN", "WHO", "WHAT", "MODEL", "VERSION", "REQUEST", "STAGE"]
    found = context.rows(context.client.activities(**filters))
    context.show_rows(found, heads, _line_cells, "There are no such lines.")
    return OK


def _about(context: Context, text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    if is_number(text):
        return {"request": text}
    thing = context.thing(text)
    place = {"workspace": thing.workspace}
    return (
        {**place, "model": thing.model, "version": thing.number} if isinstance(thing, ModelVersion) else {**place, "model": text}
    )


def _line_cells(line: Activity) -> list[Any]:
    move = f"{line.from_stage} → {line.to_stage}" if line.to_stage else None
    return [line.at, line.actor or "system", line.verb, line.model, line.version, line.request, move]


def take_evidence(context: Context) -> int:
    """Write the evidence pack."""
    path = context.version(context.arguments.version).evidence(context.arguments.output)
    if context.console.as_json:
        context.console.data({"file": str(path)})
    else:
        context.console.say(f"The evidence pack is in {path}. README.txt in it says how to check it offline.")
    return OK


def open_page(context: Context) -> int:
    """Open a page in the browser, and say which."""
    thing = context.arguments.thing
    url = context.thing(thing).url if thing else f"{context.client.host}/approvals"
    context.console.say(url)
    webbrowser.open(url)
    return OK
