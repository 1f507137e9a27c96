"""Connections to checked addresses, and an end to whatever takes longer than it may."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from notifications.guard import Refused, Target, check_peer

CONNECT = 5.0  # seconds for one of several addresses


def connected(target: Target, addresses: list[str], deadline: float) -> socket.socket:
    """Connect to the first of the checked addresses that answers, and make sure that it is the one. Raises OSError, Refused."""
    error = OSError("There was no address to connect to.")
    for address in addresses:
        left = max(0.1, deadline - time.monotonic())
        connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        connection.settimeout(min(left, CONNECT))
        try:
            connection.connect((address, target.port))  # not by a function that would look up again
        except OSError as failure:
            connection.close()
            error = failure
            continue
        connection.settimeout(left)
        try:
            check_peer(target, address, connection)
        except (Refused, OSError):
            connection.close()
            raise
        return connection
    raise error


@contextmanager
def cut_at(deadline: float, handle: socket.socket) -> Iterator[threading.Event]:
    """Let nothing in the block wait for a connection beyond the deadline; the event tells whether it was cut.

    Whoever drips a byte now and then would outlast any time-out of a single read. `handle` is a duplicate of the plain socket, which works
    beneath whatever wraps that.
    """
    over = threading.Event()
    end = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [handle, over])
    end.daemon = True
    end.start()
    try:
        yield over
    finally:
        end.cancel()
        end.join()


def _cut(handle: socket.socket, over: threading.Event) -> None:
    over.set()
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)
