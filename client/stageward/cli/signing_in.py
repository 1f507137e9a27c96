"""`login`, `logout`, `whoami`."""

from __future__ import annotations

import getpass
import sys
from urllib.parse import urlsplit

from stageward import settings
from stageward.cli.context import Context
from stageward.cli.exits import FAILED, OK
from stageward.cli.parser import Commands
from stageward.client import Client
from stageward.errors import NotConfigured


def add(commands: Commands) -> None:
    """Add them."""
    login = commands.add(
        "login",
        log_in,
        "Keep a server's address and your token for it.",
        """
  stageward login https://stageward.example.org           asks for the token
  stageward login https://stageward.example.org < file    reads it
""",
    )
    login.add_argument("server", nargs="?", help="its address")
    logout = commands.add("logout", log_out, "Forget the token.")
    logout.add_argument("server", nargs="?", help="its address (default: the one in use)")
    commands.add("whoami", who_am_i, "Say who you are, where, and what waits for you.")


def log_in(context: Context) -> int:
    """Ask for the token, try it, and keep it. It is never an argument: arguments are seen by everybody on the machine."""
    host = settings.normal_host(_server(context))
    parts = urlsplit(host)
    if parts.scheme == "http" and not settings.is_loopback(parts.hostname or ""):
        context.console.note(f"{host} is not encrypted: the token can be read on its way.")
    workspace = context.arguments.workspace
    token = _token(host)
    with Client(host, token, workspace, retries=0) as client:
        me = client.me()
        if workspace and workspace not in me.roles:
            raise NotConfigured(f"You are not in a workspace {workspace!r}, so nothing was kept. Yours: {', '.join(me.roles)}.")
        path = settings.keep(host, token, workspace)
    if context.console.as_json:
        context.console.data(me.facts)
    else:
        context.console.say(f"You are {me.username} at {host}. The token is in {path}, for you alone to read.")
    return OK


def log_out(context: Context) -> int:
    """Forget the token; the server still knows it."""
    forgotten = settings.forget(context.arguments.server or context.arguments.host)
    if forgotten is None:
        context.console.note("There was no token to forget.")
        return FAILED
    context.console.note(f"The token for {forgotten} is forgotten here. To end it everywhere, revoke it under Settings, Tokens.")
    return OK


def who_am_i(context: Context) -> int:
    """Show the caller."""
    me = context.client.me()
    if context.console.as_json:
        context.console.data(me.facts)
        return OK
    context.console.facts(
        [
            ("user", f"{me.username} ({me.name})" if me.name else me.username),
            ("server", context.client.host),
            ("workspaces", [f"{slug} ({role})" for slug, role in me.roles.items()]),
            ("scopes", me.scopes),
            ("for you to decide", str(me.awaiting_my_review)),
            ("your own that wait", str(me.my_open_requests)),
        ]
    )
    return OK


def _server(context: Context) -> str:
    given = context.arguments.server or context.arguments.host or settings.known_host()
    if not given:
        raise NotConfigured("Which server? Say: stageward login https://stageward.example.org")
    return str(given)


def _token(host: str) -> str:
    if not sys.stdin.isatty():
        if token := sys.stdin.readline().strip():
            return token
        raise NotConfigured("No token came on standard input, so nothing was kept. Send it there, or run this in a terminal.")
    return getpass.getpass(f"Token for {host} (make one under Settings, Tokens): ")
