"""Where webhooks never go: every way to write, or to look up, an address that is not the public's. Not one connection is made."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from notifications import sending
from notifications.guard import Refused, addresses_of, check_peer, target_of
from tests.notifications.receiver import Receiver, receiver, status

# Each is given as it stands, as an IPv4 address mapped into IPv6, by NAT64 (both prefixes), by 6to4, and as one number.
CLOSED_4 = [
    "0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.0.0.53", "127.1.2.3", "127.255.255.254", "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2",
    "172.16.0.1", "172.17.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255",
    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "224.0.0.251", "239.255.255.250", "240.0.0.1",
    "255.255.255.255",
]  # fmt: skip
CLOSED_6 = [
    "::", "::1", "::2", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fdff:ffff::1", "ff02::1", "ff05::2",
    "ff0e::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1", "2001:db8::1", "2001:2::1",
    "2002::1", "3fff::1", "4000::1", "5f00::1", "64:ff9b::1", "64:ff9b:1::1", "::ffff:0:127.0.0.1", "::127.0.0.1", "e000::1",
]  # fmt: skip
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.15.0.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
]


def inside_6(address: str) -> list[str]:
    first = socket.inet_aton(address).hex()
    halves = f"{first[:4]}:{first[4:]}"
    return [f"::ffff:{address}", f"64:ff9b::{halves}", f"64:ff9b:1::{halves}", f"2002:{halves}::1"]


ADDRESSES = [*CLOSED_4, *CLOSED_6, *(inner for address in CLOSED_4 for inner in inside_6(address))]
LITERALS = [f"https://[{address}]/" if ":" in address else f"https://{address}/" for address in ADDRESSES]
DISGUISED = [
    "https://2130706433/", "https://0x7f000001/", "https://017700000001/", "https://0x7f.1/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
    "https://127.1/", "https://127.0.1/", "https://10.1/", "https://0/", "https://00/", "https://0x0/", "https://127.0.0.01/",
    "https://0300.0250.0.1/", "https://169.254.43518/", "https://2852039166/", "https://0xa9fea9fe/", "https://0xA9.0xFE.0xA9.0xFE/",
    "https://169.254.169.254./", "https://127.0.0.1./", "https://localhost/", "https://localhost./", "https://LOCALHOST/", "https://redis/",
    "https://metadata/", "https://1.2.3.4.5/", "https://256.256.256.256/", "https://example.com.0x7f/", "https://①②⑦.⓪.⓪.①/",
    "https://１２７.0.0.1/", "https://127。0。0。1/", "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/",
    "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:ffff:7f00:0001]/", "https://[v1.fe80::a]/", "https://[::1/", "https://::1/",
]  # fmt: skip
MISSHAPEN = [
    "", "https://", "https:///", "//example.com/", "example.com", "/path", "https:example.com", "http://example.com/", "ftp://example.com/",
    "file:///etc/passwd", "gopher://example.com/", "javascript:alert(1)", "data:text/plain,x", "unix:/run/x.sock", "ws://example.com/",
    "https://user@example.com/", "https://user:password@example.com/", "https://example.com@127.0.0.1/", "https://127.0.0.1@example.com/",
    "https://:@example.com/", "https://@example.com/", "https://example.com#@127.0.0.1/", "https://example.com/#x",
    "https://example.com:22/", "https://example.com:25/", "https://example.com:80/", "https://example.com:0/", "https://example.com:1023/",
    "https://example.com:65536/", "https://example.com:-1/", "https://example.com:x/", "https://example.com:6 379/",
    "https://example.com\\@127.0.0.1/", "https://example.com\\.internal/", "https://exa mple.com/", "https://example.com/\r\nHost: x",
    "https://example.com/\n", "https://example.com\t/", "https://exam\x00ple.com/", "https://example..com/", "https://.example.com/",
    "https://-example.com/", "https://example-.com/", "https://example.com../", "https://exam%70le.com/", "https://127.0.0.1%2f.example.com/",
    "https://example.com/ü", "https://" + "a" * 64 + ".com/", "https://" + "a." * 130 + "com/", "https://example.com/" + "a" * 2000,
    "https://exa\u00admple\u200b.com\u2028/", "https://xn--/", "https://*.example.com/", "https://a,b.com/",
]  # fmt: skip


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Whatever somebody tries to connect to; nobody gets through."""
    tried: list[Any] = []

    class Watched(socket.socket):
        def connect(self, address: Any) -> None:
            tried.append(address)
            raise ConnectionRefusedError("watched")

    monkeypatch.setattr(socket, "socket", Watched)
    return tried


def answering(*rounds: list[str]) -> Any:
    """A resolver that answers with each of these in turn, the last one for good; it counts in `asked`."""
    asked: list[str] = []

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        answers = rounds[min(len(asked), len(rounds) - 1)]
        asked.append(host)
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in answers]

    look_up.asked = asked  # type: ignore[attr-defined]
    return look_up


def test_there_are_more_than_200_cases():
    assert len({*LITERALS, *DISGUISED, *MISSHAPEN}) >= 250


@pytest.mark.parametrize("url", [*LITERALS, *DISGUISED, *MISSHAPEN])
def test_an_address_that_is_not_the_publics_is_refused_before_anything_is_asked(url, reached, monkeypatch):
    look_up = answering(["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(Refused):
        target_of(url)
    outcome = sending.send(url, "{}", {})
    assert (outcome.arrived, outcome.status, outcome.error[:8]) == (False, None, "Refused:")
    assert (reached, look_up.asked) == ([], [])


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_name_that_leads_there_is_refused_also_beside_a_public_address(address, reached, monkeypatch):
    for answers in ([address], ["93.184.216.34", address], [address, "93.184.216.34"]):
        monkeypatch.setattr(socket, "getaddrinfo", answering(answers))
        outcome = sending.send("https://hooks.example.com/", "{}", {})
        assert (outcome.error[:8], reached) == ("Refused:", [])


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_called(address, reached, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", answering([address]))
    outcome = sending.send("https://hooks.example.com:8443/", "{}", {})
    assert [to[:2] for to in reached] == [(address, 8443)]
    assert "watched" in outcome.error


def test_a_name_that_answers_otherwise_the_second_time_is_called_where_it_was_checked(reached, monkeypatch):
    look_up = answering(["93.184.216.34"], ["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    sending.send("https://hooks.example.com/", "{}", {})
    assert [to[0] for to in reached] == ["93.184.216.34"]
    assert look_up.asked == ["hooks.example.com"]
    del reached[:]
    assert sending.send("https://hooks.example.com/", "{}", {}).error[:8] == "Refused:"
    assert reached == []


@pytest.mark.parametrize("url", ["https://bücher.example/x", "https://BÜCHER.example./x", "https://xn--bcher-kva.example/x"])
def test_a_name_in_other_letters_has_one_spelling(url):
    target = target_of(url)
    assert (target.host, target.host_header, target.path) == ("xn--bcher-kva.example", "xn--bcher-kva.example", "/x")


def test_a_host_that_is_allowed_is_allowed_with_its_port_and_no_other(settings):
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1:8080", "CI.internal"]
    assert target_of("http://127.0.0.1:8080/").is_internal
    assert target_of("http://ci.internal./").is_internal
    for url in ("http://127.0.0.1:8081/", "http://127.0.0.1/", "http://127.0.0.2:8080/", "http://ci.internal.example.com/"):
        with pytest.raises(Refused):
            target_of(url)


def test_whoever_answers_must_be_the_one_that_was_checked(settings):
    with receiver() as server, socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        with pytest.raises(Refused, match=r"was called and 127\.0\.0\.1 answered"):
            check_peer(target_of("https://example.com/"), "93.184.216.34", connection)
        with pytest.raises(Refused, match="not a public address"):
            check_peer(target_of("https://example.com/"), "127.0.0.1", connection)


def test_no_answer_is_no_address(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", answering([]))
    with pytest.raises(Refused, match="has no address"):
        addresses_of(target_of("https://example.com/"))


@pytest.fixture
def inner() -> Iterator[Receiver]:
    """Somebody inside, whom nobody allows."""
    with receiver() as server:
        yield server


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("hops", [1, 2])
def test_a_redirection_is_not_followed(code, hops, inner, settings):
    with receiver() as outer:
        settings.WEBHOOK_ALLOWED_HOSTS = [f"127.0.0.1:{outer.server_port}"]
        outer.answers = [*[status(code, Location=outer.url)] * (hops - 1), status(code, Location=inner.url)]
        outcome = sending.send(outer.url, "{}", {"webhook-id": "x"})
        assert (outcome.status, outcome.arrived, len(outer.taken), inner.taken) == (code, False, 1, [])
