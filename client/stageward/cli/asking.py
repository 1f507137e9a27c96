"""`request`, `wait`, `inbox`, `requests`."""

from __future__ import annotations

import argparse
import re
from typing import Any

from stageward.changes import StageChangeRequest
from stageward.cli.context import Context
from stageward.cli.exits import OK, code_of_request
from stageward.cli.parser import Commands, add_limit
from stageward.errors import AlreadyPending, StillWaiting
from stageward.stages import Stage

HEADS = ["REQUEST", "MODEL", "VERSION", "MOVE", "STATUS", "ASKED BY", "ASKED", "WAITS FOR"]
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def add(commands: Commands) -> None:
    """Add them."""
    request = commands.add(
        "request",
        request_stage,
        "Ask that a version move to a stage. Somebody else approves.",
        """
  stageward request churn/3 staging -m "Undergoing final testing."
  stageward request churn/3 production -m "AUC 0.91" --wait --timeout 2h && ./deploy
""",
    )
    request.add_argument("version", metavar="model/version")
    request.add_argument("stage", help="the key of a stage: development, staging, production, archived, …")
    request.add_argument("-m", "--comment", default="", help="why")
    request.add_argument("--archive-incumbents", action="store_true", help="whoever holds the stage then makes room")
    request.add_argument("--wait", action="store_true", help="wait for the outcome, and end with it")
    request.add_argument("--timeout", type=_seconds, metavar="TIME", help="wait at most: 90, 30m, 2h (default: for ever)")
    add_limit(commands.add("inbox", list_inbox, "List the requests that wait for you, the oldest first."))
    requests = commands.add(
        "requests", list_requests, "List stage change requests.", "  stageward requests --mine --status pending\n"
    )
    requests.add_argument("--status", choices=["pending", "applied", "rejected", "revoked", "expired", "superseded"])
    requests.add_argument("--model")
    requests.add_argument("--mine", action="store_true", help="your own")
    add_limit(requests)
    wait = commands.add("wait", wait_for, "Wait until a request has ended, and end with its outcome.")
    wait.add_argument("request", type=int)
    wait.add_argument("--timeout", type=_seconds, metavar="TIME", help="at most: 90, 30m, 2h (default: for ever)")


def request_stage(context: Context) -> int:
    """File a request, or go on with the one that asks for the same already."""
    asked = context.arguments
    version = context.version(asked.version)
    try:
        request = version.change_stage(Stage(asked.stage, asked.comment), archive_incumbents=asked.archive_incumbents)
    except AlreadyPending as refusal:
        if refusal.request is None or refusal.request.to_stage != asked.stage:
            raise
        request = refusal.request
        context.console.note(f"Request {request.id} asks for the same already.")
    return _outcome(context, request, wait=asked.wait)


def wait_for(context: Context) -> int:
    """Wait for a request."""
    return _outcome(context, context.client.request(context.arguments.request), wait=True)


def _outcome(context: Context, request: StageChangeRequest, *, wait: bool) -> int:
    """Show what became of a request, after a wait where one was asked for; end with it."""
    if wait and request.is_pending:
        context.console.note(f"{request.sentence} Waiting …")
        try:
            request.wait(context.arguments.timeout, check=False)
        except StillWaiting:
            context.console.note("The time is over; the request stays filed.")
    context.show_request(request)
    return code_of_request(request)


def list_inbox(context: Context) -> int:
    """Show what waits for the caller."""
    found = context.rows(context.client.inbox())
    context.show_rows(found, HEADS, request_cells, "Nothing waits for you.")
    return OK


def list_requests(context: Context) -> int:
    """Show requests."""
    asked = context.arguments
    me = context.client.me().username if asked.mine else None
    found = context.client.requests(status=asked.status, model=asked.model, requester=me, workspace=asked.workspace)
    context.show_rows(context.rows(found), HEADS, request_cells, "There are no such requests.")
    return OK


def request_cells(request: StageChangeRequest) -> list[Any]:
    """A request as a row."""
    skips = f" (skips {', '.join(request.skipped_stages)})" if request.skipped_stages else ""
    move = f"{request.from_stage} → {request.to_stage}{skips}"
    facts = [request.id, request.model, request.version_name, move, request.status, request.requester, request.created_at]
    return [*facts, "; ".join(request.waits_for)]


def _seconds(text: str) -> float:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is no length of time; write 90, 30m or 2h")
    return float(found[1]) * SECONDS[found[2]]
