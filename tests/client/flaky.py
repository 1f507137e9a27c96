"""A server between the client and Stageward that fails when told: what it is told first happens to the first request, and so on."""

import socket
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx


@dataclass(frozen=True)
class Answer:
    """Something else than what Stageward says. `passes`: Stageward is asked nevertheless, so the effect is there."""

    status: int
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    passes: bool = False


DROPPED_BEFORE = "dropped before it was passed on"
DROPPED_AFTER = "dropped after it had its effect"


class Flaky:
    """Listens on a port of its own; `faults` are used up in order, then everything is passed on. `seen` are the requests that came."""

    def __init__(self, behind: str, certificate: Path | None = None) -> None:
        self.behind = behind
        self.faults: list[str | Answer] = []
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.flaky = self
        self.host = f"http://127.0.0.1:{self._server.server_port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.host = f"https://localhost:{self._server.server_port}"

    def __enter__(self) -> "Flaky":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def keys(self) -> list[str]:
        """The idempotency keys that came, in order."""
        return [headers.get("idempotency-key", "") for _, _, headers in self.seen]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.flaky.seen.append((self.command, self.path, headers))
        fault = self.server.flaky.faults.pop(0) if self.server.flaky.faults else None
        if fault == DROPPED_BEFORE:
            return self._drop()
        if isinstance(fault, Answer) and not fault.passes:
            return self._say(fault.status, fault.text.encode(), {"Content-Type": "text/html", **fault.headers})
        answer = self._pass_on(body, headers)
        if fault == DROPPED_AFTER:
            return self._drop()
        if isinstance(fault, Answer):
            return self._say(fault.status, fault.text.encode(), fault.headers)
        told = {name: answer.headers[name] for name in ("Content-Type", "ETag") if name in answer.headers}
        return self._say(answer.status_code, answer.content, told)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - their names are http.server's

    def _pass_on(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        passed = {
            name: value for name, value in headers.items() if name not in ("connection", "content-length", "accept-encoding")
        }
        passed["host"] = urlsplit(self.server.flaky.behind).netloc
        return httpx.request(self.command, self.server.flaky.behind + self.path, content=body, headers=passed, timeout=30)

    def _say(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if status not in (204, 304):
            self.wfile.write(content)

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    flaky: Flaky

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that went away is what some tests are about."""
