"""One try to send a message: to the checked address, within `WEBHOOK_TIMEOUT` in all, without following anything."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass

from django.conf import settings

from notifications.connecting import connected, cut_at
from notifications.guard import Refused, Target, addresses_of, target_of

READ = 64 * 1024  # bytes of an answer that are read at most
KEPT = 4096  # characters of it that are kept


@dataclass(frozen=True)
class Outcome:
    """What became of a try: a status and the beginning of the answer, or an error in words."""

    status: int | None
    response: str
    error: str
    milliseconds: int

    @property
    def arrived(self) -> bool:
        """2xx alone says so; a redirection is a failure."""
        return self.status is not None and 200 <= self.status <= 299

    @property
    def failure(self) -> str:
        """Why it did not arrive, in words; nothing when it did."""
        return "" if self.arrived else self.error or f"The receiver answered {self.status}."

    @property
    def unwanted(self) -> bool:
        """410: the receiver wants no more."""
        return self.status == http.client.GONE


def send(url: str, body: str, headers: dict[str, str]) -> Outcome:
    """Post a body; whatever goes wrong is in the outcome. Touches no database, so it may run in any thread."""
    started = time.monotonic()
    status, response, error = None, "", ""
    try:
        target = target_of(url)
        status, response = _exchange(target, addresses_of(target), body.encode(), headers)
    except Refused as refused:
        error = f"Refused: {refused}"
    except (OSError, http.client.HTTPException, ValueError) as failure:
        over = time.monotonic() - started >= settings.WEBHOOK_TIMEOUT
        error = f"No answer within {settings.WEBHOOK_TIMEOUT} seconds." if over else f"{type(failure).__name__}: {failure}"
    return Outcome(status, response, error[:500], round((time.monotonic() - started) * 1000))


def _exchange(target: Target, addresses: list[str], body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    deadline = time.monotonic() + settings.WEBHOOK_TIMEOUT
    with connected(target, addresses, deadline) as plain, plain.dup() as handle, cut_at(deadline, handle) as over:
        return _ask(target, plain, body, headers, over)


def _ask(target: Target, plain: socket.socket, body: bytes, headers: dict[str, str], over: threading.Event) -> tuple[int, str]:
    """Send the request over an open connection and read the beginning of the answer. Raises TimeoutError for half a heading."""
    connection = http.client.HTTPConnection(target.host, target.port)
    own = {
        "Host": target.host_header,
        "Content-Type": "application/json",
        "User-Agent": "Stageward-Webhooks",
        "Connection": "close",
    }
    with contextlib.closing(connection):
        connection.sock = plain
        if target.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
        connection.request("POST", target.path, body, own | headers)
        with connection.getresponse() as answer:
            if over.is_set():
                raise TimeoutError
            text = answer.read(READ)
            return answer.status, text.decode("utf-8", "replace").replace("\x00", "\ufffd")[:KEPT]
