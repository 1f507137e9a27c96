"""Asking a running registry: GET alone, JSON alone, to the checked address, within limits of time and size."""

import contextlib
import http.client
import json
import ssl
import time
from collections.abc import Callable
from http.client import HTTPMessage
from socket import socket
from typing import Any
from urllib.parse import urlencode

from imports.sources import SourceAway, SourceFailed
from notifications.connecting import connected, cut_at
from notifications.guard import Refused, Target, addresses_of

API = "/api/2.0/mlflow/"
TIMEOUT = 60.0  # seconds for one answer
IN_ALL = 24 * 3600.0  # seconds for all of them: a worker reads one registry at a time
MOST = 64 * 1024 * 1024  # bytes of one answer
PAUSES = (1.0, 4.0, 15.0)  # seconds before it is asked again; an answer's Retry-After counts instead
LONGEST = 60.0  # seconds that it may ask to wait
BUSY = (408, 429, 502, 503, 504)


class Missing(Exception):
    """What was asked for is not there."""


class Address(Target):
    """A registry that is read; `path` is what stands before its API."""

    allowed_by = "IMPORT_ALLOWED_HOSTS"
    by_https = "A registry is read by https"
    to_public = "only public hosts are read. Whoever runs this installation can allow it by IMPORT_ALLOWED_HOSTS."

    @property
    def text(self) -> str:
        """The address in its one spelling."""
        return f"{self.scheme}://{self.host_header}{self.path.rstrip('/')}"


class Registry:
    """A running registry, asked over one connection that is opened again when it was closed."""

    def __init__(self, address: Address, authorization: str, sleep: Callable[[float], None]) -> None:
        self._address, self._authorization, self._sleep = address, authorization, sleep
        self._until = time.monotonic() + IN_ALL
        self._addresses: list[str] = []
        self._answered = False
        self._tls = ssl.create_default_context() if address.scheme == "https" else None
        self._open: tuple[http.client.HTTPConnection, socket] | None = None

    def close(self) -> None:
        """Let go of the connection, if there is one."""
        if self._open:
            for each in self._open:
                each.close()
        self._open = None

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return what stands there. Raises Missing, SourceFailed."""
        words = urlencode({key: text for key, text in query.items() if text})
        place = f"{self._address.path.rstrip('/')}{API}{path}{'?' if words else ''}{words}"
        for pause in (*PAUSES, None):
            if time.monotonic() > self._until:
                raise SourceFailed(
                    f"{self._address.text} was not read to the end within {IN_ALL / 3600:.0f} hours, so nobody waits longer."
                )
            try:
                status, headers, body = self._exchange(place)
            except Refused as refused:
                raise SourceFailed(str(refused)) from refused
            except (OSError, http.client.HTTPException, ValueError) as failure:
                self.close()
                if pause is None or not self._answered:  # who never answered is more likely elsewhere than away for a moment
                    raise SourceAway(self._silent(failure)) from failure
                self._sleep(pause)
                continue
            self._answered = True
            if status not in BUSY or pause is None:
                break
            self._sleep(_wished(headers, pause))
        return self._read(path, status, headers, body)

    def _exchange(self, place: str) -> tuple[int, HTTPMessage, bytes]:
        deadline = time.monotonic() + TIMEOUT
        connection, handle = self._open or self._connect(deadline)
        self._open = connection, handle
        with cut_at(deadline, handle) as over:
            connection.request("GET", place, headers=self._headers())
            answer = connection.getresponse()
            body = answer.read(MOST + 1)
            if over.is_set():
                raise TimeoutError(f"no answer within {TIMEOUT:.0f} seconds")
        if len(body) > MOST:
            self.close()
            raise SourceFailed(f"One answer has more than {MOST // 1024**2} MB, which is more than is taken.")
        if answer.will_close:
            self.close()
        return answer.status, answer.headers, body

    def _connect(self, deadline: float) -> tuple[http.client.HTTPConnection, socket]:
        """Looked up once for all: the connections go to the addresses that were checked."""
        self._addresses = self._addresses or addresses_of(self._address)
        plain = connected(self._address, self._addresses, deadline)
        handle = plain.dup()
        connection = http.client.HTTPConnection(self._address.host, self._address.port)
        connection.auto_open = 0  # it would look the name up by itself
        try:
            with cut_at(deadline, handle):
                connection.sock = self._tls.wrap_socket(plain, server_hostname=self._address.host) if self._tls else plain
        except (OSError, ValueError):
            plain.close()
            handle.close()
            raise
        return connection, handle

    def _headers(self) -> dict[str, str]:
        own = {"Host": self._address.host_header, "Accept": "application/json", "User-Agent": "Stageward-Import"}
        return own | ({"Authorization": self._authorization} if self._authorization else {})

    def _silent(self, failure: Exception) -> str:
        said = str(failure) or type(failure).__name__
        return f"{self._address.text} does not answer ({said}). Check the address, and whether that server runs."

    def _read(self, path: str, status: int, headers: HTTPMessage, body: bytes) -> dict[str, Any]:
        said = _json(body)
        if status == http.client.OK and said is not None:
            return said
        code, message = (str((said or {}).get(name, ""))[:500] for name in ("error_code", "message"))
        if status in BUSY:
            raise SourceAway(f"{self._address.text} is too busy to answer ({status}). {message}".rstrip())
        if status == http.client.NOT_FOUND and code == "RESOURCE_DOES_NOT_EXIST":
            raise Missing
        raise SourceFailed(self._refusal(path, status, headers, f"{code}: {message}" if code else ""))

    def _refusal(self, path: str, status: int, headers: HTTPMessage, said: str) -> str:
        where = self._address.text
        if status == http.client.UNAUTHORIZED:
            given = "does not take these credentials" if self._authorization else "asks who you are: it takes a token"
            return f"{where} {given} (401)."
        if status == http.client.FORBIDDEN:
            return f"{where} does not let these credentials read {path} (403). {said}".rstrip()
        if 300 <= status < 400:
            return (
                f"{where} sends on to {headers.get('Location', 'nowhere')[:300]}, which is not followed. Give the address itself."
            )
        if said:
            return f"{where} answered {status} to {path}. {said}"
        return f"{where} answered {status} to {path}, and not as a model registry does. Check the address."


def _json(body: bytes) -> dict[str, Any] | None:
    """What an answer says; None where it is no object of JSON."""
    with contextlib.suppress(ValueError, RecursionError):
        said = json.loads(body)
        return said if isinstance(said, dict) else None
    return None


def _wished(headers: HTTPMessage, pause: float) -> float:
    text = headers.get("Retry-After", "").strip()
    return min(float(text), LONGEST) if text.isdecimal() else pause
