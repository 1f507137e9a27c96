"""Webhooks by https: who answers must be who the address names, and the time is over also when a handshake never ends."""

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notifications import sending
from tests.certificates import certificate
from tests.notifications.receiver import Receiver, hanging, receiver


@pytest.fixture
def secure(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver by https that calls itself localhost, and whose authority is trusted."""
    settings.WEBHOOK_ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    path = certificate("localhost", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with receiver() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server


def test_a_message_arrives_by_https_with_the_name_of_the_host(secure):
    outcome = sending.send(f"https://localhost:{secure.server_port}/hook?x=1", "{}", {"webhook-id": "x"})
    assert (outcome.status, outcome.error) == (204, "")
    ((path, headers, _),) = secure.taken
    assert (path, headers["Host"]) == ("/hook?x=1", f"localhost:{secure.server_port}")


def test_somebody_with_anothers_certificate_is_told_nothing(secure):
    outcome = sending.send(f"https://127.0.0.1:{secure.server_port}/hook", "{}", {"webhook-id": "x"})
    assert ("certificate verify failed" in outcome.error, secure.taken) == (True, [])


def test_somebody_whose_authority_nobody_trusts_is_told_nothing(secure, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate("another", tmp_path)))
    outcome = sending.send(f"https://localhost:{secure.server_port}/hook", "{}", {"webhook-id": "x"})
    assert ("certificate verify failed" in outcome.error, secure.taken) == (True, [])


def test_a_secure_receiver_that_hangs_is_left(secure, settings):
    settings.WEBHOOK_TIMEOUT = 1
    secure.answers = [hanging(3)]
    outcome = sending.send(f"https://localhost:{secure.server_port}/hook", "{}", {"webhook-id": "x"})
    assert (outcome.error, outcome.milliseconds < 2500) == ("No answer within 1 seconds.", True)


def test_a_handshake_that_never_ends_is_left(settings):
    settings.WEBHOOK_ALLOWED_HOSTS, settings.WEBHOOK_TIMEOUT = ["127.0.0.1"], 1
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        outcome = sending.send(f"https://127.0.0.1:{silent.getsockname()[1]}/", "{}", {})
        assert (outcome.error, time.monotonic() - began < 2.5) == ("No answer within 1 seconds.", True)
