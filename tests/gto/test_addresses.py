"""Which repositories may be read and written: public hosts by https and ssh, and what whoever runs this installation allows."""

import pytest

from gto.addresses import address_of, connection
from notifications.guard import Refused

REFUSED = [
    "ext::sh -c whoami", "file:///etc", "git://example.org/a.git", "http://example.org/a.git", "https://127.0.0.1/a.git",
    "https://169.254.169.254/latest", "https://[::1]/a.git", "https://2130706433/a.git", "https://git/a.git", "ssh://10.0.0.7/a.git",
    "https://user:secret@example.org/a.git", "https://example.org/", "-u/a.git", "--upload-pack=x", "https://example.org/a b.git",
    "ssh://-oProxyCommand=x@example.org/a.git", "ssh://example.org:25/a.git?x", "/etc", "relative/path", "",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_nothing_else_is_fetched(text: str):
    with pytest.raises(Refused):
        address_of(text)


@pytest.mark.parametrize(
    ("text", "url", "protocol"),
    [
        ("https://github.com/team/models.git", "https://github.com/team/models.git", "https"),
        ("git@git.example.org:team/models.git", "ssh://git@git.example.org/team/models.git", "ssh"),
        ("ssh://git.example.org:2222/models", "ssh://git@git.example.org:2222/models", "ssh"),
    ],
)
def test_public_hosts_are_fetched_by_https_and_ssh(text: str, url: str, protocol: str):
    address = address_of(text)
    assert (address.url, address.protocol) == (url, protocol)


def test_a_host_inside_is_reached_when_it_is_allowed_and_git_goes_where_was_looked(settings):
    settings.GIT_ALLOWED_HOSTS = ["localhost:3000"]
    with pytest.raises(Refused, match="GIT_ALLOWED_HOSTS"):
        address_of("http://localhost:3001/a.git")
    with connection(address_of("http://localhost:3000/a.git"), "me", "secret") as (config, environment):
        assert environment == {"GIT_ALLOW_PROTOCOL": "http"}
        assert config["http.curloptResolve"] in ("localhost:3000:127.0.0.1", "localhost:3000:::1")
        assert config["http.extraHeader"] == "Authorization: Basic bWU6c2VjcmV0"


def test_a_folder_is_open_only_below_those_that_are_named_wherever_links_lead(settings, tmp_path):
    inside, outside = tmp_path / "open", tmp_path / "closed"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    settings.GIT_FOLDERS = [str(inside)]
    assert address_of(f"{inside}/a.git").url == f"file://{inside}/a.git"
    for text in (str(outside), f"{inside}/link", f"{inside}/../closed"):
        with pytest.raises(Refused, match="GIT_FOLDERS"):
            address_of(text)
