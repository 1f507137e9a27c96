"""Where a Git repository may be: by https or ssh on a public host, or where whoever runs this installation allows it.

As with webhooks, a host is looked up once, every answer is checked, and git is made to connect to what was checked. Nothing else is let
through: no `ext::`, no `file://`, no other helper of git's.
"""

import base64
import re
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from notifications.guard import Refused, Target, addresses_of, check_public, host_of, literal_of

PORTS = {"https": 443, "http": 80, "ssh": 22}
_SCP = re.compile(r"(?P<user>[\w.-]+)@(?P<host>[\w.-]+):(?P<path>[^/:].*)")
_USER = re.compile(r"[A-Za-z0-9_][\w.-]{0,63}")


class GitTarget(Target):
    """A host that git connects to."""

    allowed_by = "GIT_ALLOWED_HOSTS"


@dataclass(frozen=True)
class Address:
    """Where a repository is: a folder of this machine, or a host with a path."""

    text: str
    target: GitTarget | None = None
    user: str = ""

    @property
    def url(self) -> str:
        """What git is told."""
        if self.target is None:
            return f"file://{self.text}"
        user = f"{self.user}@" if self.user else ""
        port = "" if self.target.port == PORTS[self.target.scheme] else f":{self.target.port}"
        host = f"[{self.target.host}]" if ":" in self.target.host else self.target.host
        return f"{self.target.scheme}://{user}{host}{port}{self.target.path}"

    @property
    def protocol(self) -> str:
        """The one protocol that git may use."""
        return self.target.scheme if self.target else "file"


def address_of(text: str) -> Address:
    """Read an address without looking anything up. Raises Refused."""
    text = text.strip()
    if not text.isprintable() or " " in text or "\\" in text or len(text) > 2000 or text.startswith("-"):
        raise Refused("An address has no spaces, backslashes or control characters, and at most 2,000 characters.")
    if text.startswith("/"):
        return Address(str(_folder(text)))
    if match := _SCP.fullmatch(text):
        return _remote(f"ssh://{match['user']}@{match['host']}/{match['path']}")
    return _remote(text)


def _folder(text: str) -> Path:
    """A folder below one that is allowed, wherever links lead. Raises Refused."""
    path = Path(text).resolve()
    allowed = [Path(folder).resolve() for folder in settings.GIT_FOLDERS]
    if not any(path.is_relative_to(folder) for folder in allowed):
        raise Refused(
            "Folders of the server are open only below those that whoever runs this installation names in GIT_FOLDERS. Use an https or"
            " ssh address."
        )
    return path


def _remote(text: str) -> Address:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Refused("This is no address. Write it as https://host/path or ssh://git@host/path.") from None
    scheme = parts.scheme.lower()
    if scheme not in PORTS or not parts.hostname or "::" in text.partition("://")[0]:
        raise Refused("Write the address as https://host/path or ssh://git@host/path; nothing else is fetched.")
    if parts.query or parts.fragment or not parts.path.strip("/"):
        raise Refused("The address of a repository ends with its path: https://host/team/repository.git")
    if parts.password or (scheme != "ssh" and parts.username):
        raise Refused("A name or a password does not belong in the address. There is a field for the token.")
    if parts.username and not _USER.fullmatch(parts.username):
        raise Refused("The user name in the address has characters that none has.")
    target = GitTarget(scheme, host_of(parts.hostname), PORTS[scheme] if port is None else port, parts.path)
    _check(target)
    return Address(text, target, parts.username or ("git" if scheme == "ssh" else ""))


def _check(target: GitTarget) -> None:
    """What can be said before any look-up. Raises Refused."""
    if target.is_internal:
        return
    if target.scheme == "http":
        raise Refused(
            "A repository is fetched by https or ssh. Whoever runs this installation can allow a host by GIT_ALLOWED_HOSTS."
        )
    address = literal_of(target.host)
    if address:
        _check_public(target, str(address))
    elif "." not in target.host:
        raise Refused(f"{target.host} is a name inside a network. {_ALLOW}")


_ALLOW = "Whoever runs this installation can allow it by GIT_ALLOWED_HOSTS."


def _check_public(target: GitTarget, address: str) -> None:
    try:
        check_public(literal_of(address))  # type: ignore[arg-type]  # it is an address
    except Refused:
        raise Refused(f"{target.host} is not a public host. {_ALLOW}") from None


@contextmanager
def connection(address: Address, user: str = "", secret: str = "") -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yield what git is told besides the address: config and environment. The host is looked up and checked here.

    Raises Refused, OSError. Keys lie in a folder of their own while it lasts.
    """
    environment = {"GIT_ALLOW_PROTOCOL": address.protocol}
    if address.target is None:
        yield {}, environment
        return
    try:
        found = addresses_of(address.target)[0]
    except Refused:
        raise Refused(f"{address.target.host} is not a public host. {_ALLOW}") from None
    if address.protocol == "ssh":
        with tempfile.TemporaryDirectory(prefix="stageward-git-") as folder:
            yield {}, environment | {"GIT_SSH_COMMAND": _ssh(address.target, found, Path(folder))}
        return
    config = {"http.curloptResolve": f"{address.target.host}:{address.target.port}:{found}"}
    if secret:
        told = base64.b64encode(f"{user or 'x-access-token'}:{secret}".encode()).decode()
        config["http.extraHeader"] = f"Authorization: Basic {told}"
    yield config, environment


def _ssh(target: GitTarget, found: str, folder: Path) -> str:
    """The command for ssh: this host at the checked address, with the one key there is, and nothing of anybody's own settings."""
    options = {
        "BatchMode": "yes",
        "ClearAllForwardings": "yes",
        "ConnectTimeout": "10",
        "HostKeyAlias": target.host,
        "HostName": found,
        "IdentitiesOnly": "yes",
        "PermitLocalCommand": "no",
        "ProxyCommand": "none",
        "StrictHostKeyChecking": "yes" if settings.GIT_KNOWN_HOSTS else "accept-new",
        "UserKnownHostsFile": str(Path(settings.GIT_REPOSITORIES) / "known_hosts"),
    }
    if settings.GIT_KNOWN_HOSTS:
        (folder / "known_hosts").write_text(settings.GIT_KNOWN_HOSTS.rstrip() + "\n")
        options["UserKnownHostsFile"] = str(folder / "known_hosts")
    command = ["ssh", "-F", "/dev/null"]
    if settings.GIT_SSH_KEY:
        key = folder / "key"
        key.touch(mode=0o600)
        key.write_text(settings.GIT_SSH_KEY.rstrip() + "\n")
        command += ["-i", str(key)]
    return shlex.join(command + [word for name, value in options.items() for word in ("-o", f"{name}={value}")])
