"""Where the web server listens."""

import socket
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address


class AddressRefused(Exception):
    """Nothing can listen there; the message says why."""


@dataclass(frozen=True)
class Address:
    """A host and a port on this machine."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """What to type into a browser on this machine."""
        return f"http://{self}"

    @cached_property
    def is_loopback(self) -> bool:
        """Whether this machine alone can reach it."""
        return is_loopback(self.host)

    def require_free(self) -> None:
        """Raise AddressRefused when somebody listens there already: gunicorn itself shares a taken port without a word."""
        try:
            family, kind, protocol, _, where = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where)
        except (OSError, OverflowError) as error:
            raise AddressRefused(getattr(error, "strerror", None) or str(error)) from error

    def answers(self, host_header: str) -> bool:
        """Tell whether a web server answers there, whatever it says."""
        client = HTTPConnection(self.host, self.port, timeout=5)
        try:
            client.request("GET", "/healthz", headers={"Host": host_header})
            client.getresponse()
        except (OSError, HTTPException):
            return False
        finally:
            client.close()
        return True


def is_loopback(host: str) -> bool:
    """Tell whether a name or an address means this machine alone."""
    return all(ip_address(where[0]).is_loopback for *_, where in socket.getaddrinfo(host, None))
