"""A real receiver of webhooks, in a thread: it keeps what it is sent and answers as a test tells it to."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver(ThreadingHTTPServer):
    """`taken` holds path, headers and body of each message; `answers` what each next one is told, the last one for good."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.taken: list[tuple[str, dict[str, str], str]] = []
        self.answers: list[Callable[[Any], None]] = [status(204)]
        self.under_way: list[str] = []
        self.twice_at_once: list[str] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    @property
    def ids(self) -> list[str]:
        return [id_of(headers) for _, headers, _ in self.taken]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hung up is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        raw = self.rfile.read(length)
        if len(raw) < length:
            return  # its sender was killed in the middle: nothing has come
        body, server, message = raw.decode(), self.server, id_of(self.headers)
        with server.lock:
            server.taken.append((self.path, dict(self.headers.items()), body))
            if message in server.under_way:
                server.twice_at_once.append(message)
            server.under_way.append(message)
            answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        try:
            answer(self)
        finally:
            with server.lock:
                server.under_way.remove(message)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def id_of(headers: Any) -> str:
    """The id of a message, whatever its format calls it."""
    return str(headers.get("webhook-id") or headers.get("X-MLflow-Delivery-Id"))


def status(code: int, body: bytes = b"", **headers: str) -> Callable[[Handler], None]:
    """Answer with this."""

    def answer(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hanging(seconds: float) -> Callable[[Handler], None]:
    """Answer nothing for so long."""
    return lambda handler: time.sleep(seconds)


def hanging_then(seconds: float, answer: Callable[[Handler], None]) -> Callable[[Handler], None]:
    """Answer after so long."""

    def late(handler: Handler) -> None:
        time.sleep(seconds)
        answer(handler)

    return late


def dripping(seconds: float) -> Callable[[Handler], None]:
    """Send a byte of a heading every tenth of a second, for so long."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(int(seconds * 10)):
            handler.wfile.write(b"x")
            time.sleep(0.1)

    return answer


def endless(handler: Handler) -> None:
    """Send a body without an end."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(10_000):
        handler.wfile.write(b"x" * 65536)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run one."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
