"""The other end of the line, a process of its own: `python -m bench.load`, told on standard input, answers on standard output.

Threads with one connection each run errands for some seconds, and note how long each took. Any answer but a success ends it.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import cycle
from typing import Any


def run(errand: list[dict[str, Any]], client: HTTPConnection) -> None:
    """Make the calls of one errand."""
    answer: dict[str, Any] = {}
    for call in errand:
        body = None if call["body"] is None else json.dumps(call["body"])
        credentials = call["token"] if " " in call["token"] else f"Bearer {call['token']}"
        headers = {"Authorization": credentials, "Content-Type": "application/json"}
        client.request(call["method"], call["path"].format(**answer), body, headers)
        response = client.getresponse()
        text = response.read()
        if response.status >= 300:
            sys.exit(f"{call['method']} {call['path']} answered {response.status}: {text[:500].decode()}")
        answer = {"id": json.loads(text)["id"]} if len(errand) > 1 else {}


class Load:
    """Some errands, the time they may take, and what was noted."""

    def __init__(self, port: int, seconds: float, errands: list[Any], *, once: bool) -> None:
        self.port, self.seconds = port, seconds
        self.left: Iterator[Any] = iter(errands) if once else cycle(errands)
        self.took: list[float] = []
        self.failed: BaseException | None = None
        self.lock = threading.Lock()

    def _next(self) -> Any:
        with self.lock:
            return next(self.left, None)

    def work(self, until: float) -> None:
        """What one thread does."""
        client = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            while time.perf_counter() < until and not self.failed and (errand := self._next()):
                began = time.perf_counter()
                run(errand, client)
                self.took.append(time.perf_counter() - began)
        except BaseException as error:  # noqa: BLE001 - told below, by the thread that speaks
            self.failed = error
        finally:
            client.close()

    def measure(self, connections: int) -> float:
        """Run all threads; return how long they took."""
        began = time.perf_counter()
        threads = [threading.Thread(target=self.work, args=(began + self.seconds,)) for _ in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.failed:
            sys.exit(str(self.failed))
        return time.perf_counter() - began


def main() -> None:
    """Do what standard input says."""
    told = json.load(sys.stdin)
    load = Load(told["port"], told["seconds"], told["errands"], once=told["once"])
    seconds = load.measure(told["connections"])
    print(json.dumps({"took": load.took, "seconds": seconds}))


if __name__ == "__main__":
    main()
