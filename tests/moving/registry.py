"""A registry of the test's own, in a thread: it speaks as MLflow's server does, and misbehaves when it is told to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

API = "/api/2.0/mlflow/"
BORN = 1_700_000_000_000  # milliseconds
Row = dict[str, Any]


class Registry(ThreadingHTTPServer):
    """`models` by name, each what is told of it with its `versions`; `asked` holds what was asked, with the credentials.

    `instead` may answer in its place: it gets the handler and the path, and says whether it did.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.models: dict[str, Row] = {}
        self.waiting: dict[str, list[Row]] = {}
        self.asked: list[tuple[str, str]] = []
        self.instead: Callable[[Any, str], bool] = lambda handler, path: False
        self.page = 1000

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def model(self, name: str, *stages: str, born: int = 0, **told: Any) -> Row:
        """A model with a version for each of these stages."""
        born = born or BORN + 1_000_000 * len(self.models)
        model = {"name": name, "creation_timestamp": born, "last_updated_timestamp": born, **told, "versions": []}
        self.models[name] = model
        for stage in stages:
            self.version(name, stage)
        return model

    def version(self, name: str, stage: str = "None", **told: Any) -> Row:
        """One more version of a model."""
        versions = self.models[name]["versions"]
        number = len(versions) + 1
        born = self.models[name]["creation_timestamp"] + number * 1000
        version = {
            "name": name, "version": str(number), "creation_timestamp": born, "last_updated_timestamp": born + 500, "current_stage": stage,
            "description": "", "source": f"s3://bucket/{name}/{number}", "run_id": "", "status": "READY", "run_link": "", **told,
        }  # fmt: skip
        versions.append(version)
        return version

    def answer(self, path: str, query: dict[str, str]) -> Row | None:
        """What is told of this; None of what is not there."""
        name = query.get("name", "")
        if path == "registered-models/search":
            return self._page("registered_models", [_told(model) for model in self.models.values()], query)
        if path == "model-versions/search":
            name = query["filter"].removeprefix("name=")[1:-1]
            return self._page("model_versions", self.models[name]["versions"] if name in self.models else [], query)
        if path == "registered-models/get" and name in self.models:
            return {"registered_model": _told(self.models[name])}
        if path == "transition-requests/list":
            return {"requests": self.waiting.get(f"{name}/{query['version']}", [])}
        return None

    def _page(self, key: str, rows: list[Row], query: dict[str, str]) -> Row:
        start = int(query.get("page_token", "0"))
        end = start + min(self.page, int(query["max_results"]))
        return {key: rows[start:end]} | ({"next_page_token": str(end)} if end < len(rows) else {})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that hung up is what some tests are about."""


def _told(model: Row) -> Row:
    return {key: value for key, value in model.items() if key != "versions"}


class Handler(BaseHTTPRequestHandler):
    """Keeps connections, as real servers do."""

    protocol_version = "HTTP/1.1"
    server: Registry

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization", "")))
        parts = urlsplit(self.path)
        path = parts.path.removeprefix(API)
        if self.server.instead(self, path):
            return
        told = self.server.answer(path, {key: values[0] for key, values in parse_qs(parts.query).items()})
        if told is None:
            self.say(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "There is none."})
        else:
            self.say(200, told)

    def say(self, status: int, told: Any, **headers: str) -> None:
        """Answer: an object as JSON, bytes as they are."""
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def registry() -> Iterator[Registry]:
    """A registry for as long as the block lasts."""
    with Registry() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)
