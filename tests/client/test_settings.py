"""Where the client asks, as whom; and that nobody sees the token."""

import logging
import stat
import traceback

import pytest

from stageward import Client, NotConfigured, Unreachable
from stageward.settings import file, forget, keep, normal_host, settings_of
from tests.certificates import certificate
from tests.client.flaky import Flaky

TOKEN = "swd_only-for-this-test"


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("https://stageward.example.org/", "https://stageward.example.org"),
        ("stageward.example.org", "https://stageward.example.org"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://example.org/stageward/api/v1/", "https://example.org/stageward"),
    ],
)
def test_an_address_is_understood_as_people_write_it(given, host):
    assert normal_host(given) == host


@pytest.mark.parametrize("given", ["ftp://example.org", "https://", "https://user:word@example.org", "https://example.org?x=1"])
def test_what_is_no_address_is_refused(given):
    with pytest.raises(NotConfigured) as refused:
        normal_host(given)
    assert "word" not in str(refused.value).replace("password", "")


def test_what_is_given_goes_before_the_environment_and_that_before_the_file(monkeypatch):
    keep("https://kept.example.org", "swd_kept", "kept")
    assert _told(settings_of()) == ("https://kept.example.org", "swd_kept", "kept")
    monkeypatch.setenv("STAGEWARD_TOKEN", "swd_environment\n")
    monkeypatch.setenv("STAGEWARD_WORKSPACE", "environment")
    assert _told(settings_of()) == ("https://kept.example.org", "swd_environment", "environment")
    monkeypatch.setenv("STAGEWARD_HOST", "https://environment.example.org")
    assert _told(settings_of(token="swd_given", workspace="given")) == ("https://environment.example.org", "swd_given", "given")


def test_a_token_that_was_kept_for_one_host_goes_to_no_other():
    keep("https://kept.example.org", TOKEN, None)
    with pytest.raises(NotConfigured, match=r"There is no token for https://another\.example\.org"):
        settings_of("https://another.example.org")


def test_without_anything_it_says_what_to_set():
    with pytest.raises(NotConfigured, match="Set STAGEWARD_HOST, or run: stageward login"):
        settings_of()


def test_the_file_is_for_its_owner_alone_and_forgets():
    path = keep("https://kept.example.org", TOKEN, None)
    assert path == file()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert forget() == "https://kept.example.org"
    assert TOKEN not in path.read_text()
    assert forget() is None


def test_a_broken_file_is_named():
    file().write_text("{")
    with pytest.raises(NotConfigured, match="cannot be read"):
        settings_of()


@pytest.mark.parametrize("token", ["swd_größe", "swd_a b", "swd_a\nb", " "])
def test_a_token_that_was_copied_badly_is_refused_without_being_shown(token):
    with pytest.raises(NotConfigured) as refused:
        Client("https://stageward.example.org", token)
    assert token.strip() not in str(refused.value) or not token.strip()


def test_no_repr_log_or_traceback_shows_the_token(caplog, free_port):
    caplog.set_level(logging.DEBUG)
    client = Client(f"http://127.0.0.1:{free_port()}", TOKEN, retries=0)
    try:
        client.me()
    except Unreachable as error:
        said = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "me" in said
    assert TOKEN not in said + caplog.text + repr(client) + repr(vars(client)) + repr(vars(client._session))
    client.close()


def test_the_only_workspace_is_the_one_that_is_meant(people, monkeypatch):
    assert people("engineer").workspace == "default"
    assert people("engineer", workspace="slots").workspace == "slots"
    monkeypatch.setenv("STAGEWARD_WORKSPACE", "slots")
    assert people("engineer").workspace == "slots"


def test_an_authority_of_ones_own_is_believed_when_it_is_named(people, host: str, tmp_path, monkeypatch):
    path = certificate("localhost", tmp_path)
    with Flaky(host, path) as secure:
        with pytest.raises(Unreachable, match=r"certificate of https://localhost.* could not be verified.*STAGEWARD_CA_BUNDLE"):
            people("engineer", secure.host).me()
        assert secure.seen == []
        monkeypatch.setenv("STAGEWARD_CA_BUNDLE", str(path))
        assert people("engineer", secure.host).me().username == "engineer"
        assert people("engineer", secure.host, verify=False).me().username == "engineer"
        with pytest.raises(NotConfigured, match="cannot be read"):
            people("engineer", secure.host, verify=str(tmp_path / "nothing.pem"))


def _told(settings) -> tuple[str, str, str | None]:
    return settings.host, settings.token.reveal(), settings.workspace
