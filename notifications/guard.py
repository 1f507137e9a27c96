"""Where a webhook may be sent: public addresses, by HTTPS, and the internal hosts that whoever runs this installation names.

An address is looked up once for each try, every answer is checked, and the connection goes to the address that was checked: a name that
answers otherwise the second time changes nothing. Whoever writes a webhook must not be able to reach what only this machine can.
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

from django.conf import settings

PORTS = {"https": 443, "http": 80}
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Not for the public, or the way to a cloud's own services (168.63.129.16 is Azure's); `is_global` differs between versions of Python.
_CLOSED_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",
    )
]  # fmt: skip
# Only what is given out for use is open; of it not the documentation's, nor what carries an IPv4 address inside (Teredo, 6to4).
_OPEN_6 = IPv6Network("2000::/3")
_CLOSED_6 = [IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


class Refused(Exception):
    """Nothing may be sent there; the text says why."""


@dataclass(frozen=True)
class Target:
    """A checked address: `host` in its ASCII form without the root's dot, `path` with the query.

    What goes elsewhere for another purpose has a kind of its own: the setting that opens hosts to it, and how it is refused.
    """

    allowed_by: ClassVar = "WEBHOOK_ALLOWED_HOSTS"
    by_https: ClassVar = "Webhooks go by https"
    to_public: ClassVar = "webhooks go to public hosts."
    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_internal(self) -> bool:
        """Whether whoever runs this installation allows this very host."""
        allowed = {entry.strip().lower() for entry in getattr(settings, self.allowed_by)}
        return self.host in allowed or f"{self.host}:{self.port}" in allowed

    @property
    def host_header(self) -> str:
        """What the receiver is told that it was called."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


AnyTarget = TypeVar("AnyTarget", bound=Target)


def target_of(url: str) -> Target:
    """Read a webhook's address without looking anything up. Raises Refused."""
    return read_target(Target, url)


def read_target(kind: type[AnyTarget], url: str) -> AnyTarget:
    """Read an address of one kind without looking anything up. Raises Refused."""
    if not url.isprintable() or " " in url or "\\" in url or len(url) > 2000:
        raise Refused("An address has no spaces, backslashes or control characters, and at most 2,000 characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("This is no address. Write it as https://host/path.") from None
    scheme = parts.scheme.lower()
    if scheme not in PORTS or not parts.hostname:
        raise Refused("Write the address as https://host/path.")
    if "@" in parts.netloc:
        raise Refused("A user name or password in the address is not sent. Leave it out.")
    if "#" in url:
        raise Refused("What follows a # is never sent. Leave it out.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise Refused("Path and query are plain ASCII. Percent-encode what is not.")
    target = kind(scheme, host_of(parts.hostname), PORTS[scheme] if port is None else port, path)
    _check_target(target)
    return target


def _check_target(target: Target) -> None:
    """What can be said before any look-up. Raises Refused."""
    if target.is_internal:
        return
    if target.scheme != "https":
        raise Refused(f"{target.by_https}. Whoever runs this installation can allow a host by {target.allowed_by}.")
    if target.port != 443 and not 1024 <= target.port <= 65535:
        raise Refused("The port is 443, or one from 1024 on.")
    address = literal_of(target.host)
    if address:
        check_public(address, target.to_public)
    elif "." not in target.host:
        raise Refused(f"{target.host} is a name inside a network, and {target.to_public}")


def host_of(name: str) -> str:
    """Return the host's one spelling. Raises Refused for numbers in disguise and for what is no name."""
    try:
        host = name.encode("idna").decode().lower() if not name.isascii() else name.lower()
    except UnicodeError:
        raise Refused(f"{name} is no host name.") from None
    host = host.removesuffix(".")
    if literal_of(host):
        return str(literal_of(host))
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused(f"{name} is no host name.")
    if _NUMBER.fullmatch(labels[-1]):
        raise Refused(f"{name} is a number, not a name. Write an IP address in its usual form.")
    return host


def literal_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that a host is written as; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def check_public(address: IPv4Address | IPv6Address, why: str = Target.to_public) -> None:
    """Let public unicast addresses pass. Raises Refused for all others, with the reason that only those are open."""
    if isinstance(address, IPv4Address):
        closed = any(address in network for network in _CLOSED_4) or not address.is_global
    else:
        closed = address not in _OPEN_6 or any(address in network for network in _CLOSED_6) or not address.is_global
    if closed or address.is_multicast:
        raise Refused(f"{address} is not a public address, and {why}")


def addresses_of(target: Target) -> list[str]:
    """Look the host up, once, and check every answer; the addresses to connect to. Raises Refused, OSError."""
    answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    if not addresses:
        raise Refused(f"{target.host} has no address.")
    for address in addresses:
        if not target.is_internal:
            check_public(ip_address(address), target.to_public)
    return addresses


def check_peer(target: Target, address: str, connection: socket.socket) -> None:
    """Whoever answers must be the one that was checked. Raises Refused."""
    peer = ip_address(str(connection.getpeername()[0]))
    if peer != ip_address(address):
        raise Refused(f"{address} was called and {peer} answered.")
    if not target.is_internal:
        check_public(peer, target.to_public)
