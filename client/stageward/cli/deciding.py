"""`approve`, `reject`, `withdraw`, `revoke`, `check report`: what people and pipelines say about a request."""

from __future__ import annotations

from stageward.changes import StageChangeRequest
from stageward.cli.context import Context, is_number
from stageward.cli.exits import OK
from stageward.cli.parser import Commands
from stageward.errors import StagewardError


def add(commands: Commands) -> None:
    """Add them."""
    approve = commands.add(
        "approve",
        approve_request,
        "Approve a request. With the last approval that it needs, the change takes effect.",
        '  stageward approve 12 -m "Checked on the holdout."\n  stageward approve 12 --digest sha256:…    only what you looked at before\n',
    )
    reject = commands.add(
        "reject", reject_request, "Reject a request, and say why.", '  stageward reject 12 -m "No holdout figures."\n'
    )
    withdraw = commands.add("withdraw", withdraw_approval, "Take back your approval, while the request waits.")
    revoke = commands.add("revoke", revoke_request, "Take back your own request, while it waits.")
    for command in (approve, reject, withdraw, revoke):
        command.add_argument("request", type=int)
        command.add_argument("-m", "--comment", default="", required=command is reject)
    for command in (approve, reject):
        command.add_argument("--digest", metavar="sha256:…", help="decide on this content alone, as `show` told it")
        command.add_argument("--on-behalf-of", metavar="USER", help="of somebody away, who let you decide for them")
    check = commands.add(
        "check",
        report_check,
        "Report how a check went.",
        "  stageward check report 12 load-test passed --url https://ci.example.org/4711\n"
        "  stageward check report churn/3 load-test failed     its pending request\n",
    )
    check.add_argument("what", choices=["report"])
    check.add_argument("target", metavar="request", help="its number, or model/version")
    check.add_argument("name")
    check.add_argument("status", choices=["pending", "passed", "failed"])
    check.add_argument("--url", default="", help="where to read more")
    check.add_argument("--summary", default="", help="in a few words")


def approve_request(context: Context) -> int:
    """Approve."""
    request = _seen(context)
    return _done(context, request.approve(context.arguments.comment, on_behalf_of=context.arguments.on_behalf_of))


def reject_request(context: Context) -> int:
    """Reject."""
    request = _seen(context)
    return _done(context, request.reject(context.arguments.comment, on_behalf_of=context.arguments.on_behalf_of))


def withdraw_approval(context: Context) -> int:
    """Withdraw."""
    return _done(context, context.client.request(context.arguments.request).withdraw(context.arguments.comment))


def revoke_request(context: Context) -> int:
    """Revoke."""
    return _done(context, context.client.request(context.arguments.request).revoke(context.arguments.comment))


def report_check(context: Context) -> int:
    """Report a check on a request, or on the one that waits for a version."""
    asked = context.arguments
    request = _target(context, asked.target)
    return _done(context, request.report_check(asked.name, asked.status, url=asked.url, summary=asked.summary))


def _target(context: Context, text: str) -> StageChangeRequest:
    if is_number(text):
        return context.client.request(int(text))
    pending = context.version(text).pending_request
    if pending is None:
        raise StagewardError(f"No request waits for {text}, so there is nothing to report on.")
    return pending


def _seen(context: Context) -> StageChangeRequest:
    """The request with the content that is decided on: what is there now, or what was looked at before."""
    request = context.client.request(context.arguments.request)
    return request.as_seen(context.arguments.digest) if context.arguments.digest else request


def _done(context: Context, request: StageChangeRequest) -> int:
    context.show_request(request)
    return OK
