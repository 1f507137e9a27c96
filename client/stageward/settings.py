"""Where Stageward is and with which token to ask: what was given, else the environment, else what `stageward login` wrote."""

from __future__ import annotations

import ipaddress
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stageward.errors import NotConfigured


class Secret:
    """A token that no repr, log or traceback shows."""

    def __init__(self, text: str) -> None:
        text = text.strip()
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise NotConfigured("The token has characters that no token has. Copy it again, as a whole: it begins with swd_.")
        self._text = text

    def reveal(self) -> str:
        """The token itself, for the one header that carries it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('…')"


@dataclass(frozen=True)
class Settings:
    """Where to ask, as whom, and in which workspace when nobody says another."""

    host: str
    token: Secret
    workspace: str | None = None


def settings_of(host: str | None = None, token: str | None = None, workspace: str | None = None) -> Settings:
    """Return the settings. A token that was kept for one host goes to no other. Raises NotConfigured."""
    kept = _read()
    where = host or known_host()
    if not where:
        raise NotConfigured(
            "Nobody said where Stageward is. Set STAGEWARD_HOST, or run: stageward login https://stageward.example.org"
        )
    where = normal_host(str(where))
    of_host = kept.get("hosts", {}).get(where, {})
    secret = token or os.environ.get("STAGEWARD_TOKEN") or of_host.get("token")
    if not secret:
        raise NotConfigured(f"There is no token for {where}. Set STAGEWARD_TOKEN, or run: stageward login {where}")
    return Settings(where, Secret(str(secret)), workspace or os.environ.get("STAGEWARD_WORKSPACE") or of_host.get("workspace"))


def known_host() -> str | None:
    """Return the server that the environment names, or the last `stageward login`."""
    return os.environ.get("STAGEWARD_HOST") or _read().get("host")


def normal_host(text: str) -> str:
    """Return an address as `scheme://host[:port][/prefix]`; https without a scheme, but for this machine. Raises NotConfigured."""
    text = text.strip()
    if "://" not in text:
        text = f"{'http' if is_loopback(urlsplit(f'//{text}').hostname or '') else 'https'}://{text}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise NotConfigured(f"{text!r} is no address of a server. Give one such as https://stageward.example.org")
    if parts.username or parts.password:
        raise NotConfigured(
            "The address of the server has a user name or a password in it. Leave them out; the token says who you are."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/api/v1').rstrip('/')}"


def is_loopback(hostname: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost"


def file() -> Path:
    """Where `stageward login` keeps what it was told."""
    if chosen := os.environ.get("STAGEWARD_CONFIG"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "stageward" / "config.json"


def keep(host: str, token: str, workspace: str | None) -> Path:
    """Keep a token for a host, for the user alone to read, and take the host when none is named. Returns the file."""
    kept = _read()
    entry = {"token": Secret(token).reveal(), **({"workspace": workspace} if workspace else {})}
    return _write({**kept, "host": host, "hosts": {**kept.get("hosts", {}), host: entry}})


def forget(host: str | None = None) -> str | None:
    """Forget the token of a host, or of the one in use; return which it was, None when there was none."""
    kept = _read()
    where = normal_host(host) if host else kept.get("host")
    if where not in kept.get("hosts", {}):
        return None
    hosts = {name: entry for name, entry in kept["hosts"].items() if name != where}
    _write({"hosts": hosts, **({"host": kept["host"]} if kept.get("host") in hosts else {})})
    return str(where)


def _read() -> dict[str, Any]:
    try:
        found = json.loads(file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise NotConfigured(f"{file()} cannot be read ({error}). Delete it, and run: stageward login") from None
    return found if isinstance(found, dict) else {}


def _write(content: dict[str, Any]) -> Path:
    """Replace the file as a whole; who may read it is settled before anything is in it."""
    path = file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".config-")  # readable by its owner alone
    with os.fdopen(number, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=2)
    Path(name).replace(path)
    return path
