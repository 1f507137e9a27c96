"""The import of a GTO repository: its tags are fetched, shallow and without files, into a folder that is gone afterwards."""

import tempfile
from pathlib import Path
from typing import Any

from activity.errors import Invalid
from gto.addresses import address_of, connection
from gto.git import GitFailed, git
from gto.state import Tag, upstream_of
from imports.items import Author, Upstream
from imports.sources import Alive, SourceFailed, stages_given
from notifications.guard import Refused
from notifications.signing import SecretLost, opened, sealed

FETCH = ["fetch", "--depth=1", "--filter=tree:0", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--quiet"]
TIMEOUT = 180.0  # seconds
MOST = 200_000  # tags
_FIELDS = (
    "refname:strip=2",
    "objectname",
    "objecttype",
    "*objectname",
    "*objecttype",
    "taggername",
    "taggeremail",
    "taggerdate:unix",
)
FORMAT = "%00".join(f"%({field})" for field in _FIELDS)


class GtoSource:
    """A Git repository whose tags are GTO's, by a path or an address."""

    title = "GTO: the tags of a Git repository"

    def clean(self, source: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return address and options as they are kept: the token encrypted. Raises Invalid."""
        try:
            address = address_of(source)
        except Refused as refused:
            raise Invalid(f"{refused} Nothing was started.", field="source") from refused
        kept: dict[str, Any] = {"stages": stages_given(options, {"user", "token"}, "GTO")}
        if token := str(options.get("token", "")):
            if address.protocol not in ("https", "http"):
                raise Invalid("A token goes with an https address alone. Nothing was started.", field="token")
            kept |= {"user": str(options.get("user", "")), "token": sealed(token)}
        return address.text, kept

    def forget(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options without the token."""
        return {name: value for name, value in options.items() if name not in ("token", "user")}

    def read(self, source: str, options: dict[str, Any], alive: Alive) -> Upstream:
        """Fetch the tags and say what they say, within `TIMEOUT`. Raises SourceFailed."""
        try:
            token = opened(options["token"]) if options.get("token") else ""
            with tempfile.TemporaryDirectory(prefix="stageward-import-") as folder:
                return upstream_of(_fetched(Path(folder), source, options.get("user", ""), token))
        except (Refused, SecretLost) as refused:
            raise SourceFailed(str(refused)) from refused
        except (GitFailed, OSError) as failed:
            raise SourceFailed(
                f"The repository could not be read: {failed} Check the address, and whether it takes a token."
            ) from failed


def _fetched(folder: Path, source: str, user: str, token: str) -> list[Tag]:
    address = address_of(source)
    git(["init", "--quiet", "--bare", "--template="], folder=folder)
    with connection(address, user, token) as (config, environment):
        remote = {"remote.origin.url": address.url, "remote.origin.promisor": "true", **config}
        git(
            [*FETCH, "origin", "+refs/tags/*:refs/tags/*"], folder=folder, config=remote, environment=environment, timeout=TIMEOUT
        )
    return tags_in(folder)


def tags_in(folder: Path, *patterns: str) -> list[Tag]:
    """Return the tags of a repository on this machine, or those of some patterns. Raises GitFailed."""
    lines = git(["for-each-ref", f"--format={FORMAT}", f"--count={MOST + 1}", *(patterns or ("refs/tags",))], folder=folder)
    rows = lines.decode("utf-8", "replace").splitlines()
    if len(rows) > MOST:
        raise GitFailed(f"It has more than {MOST:,} tags, which is more than is taken.")
    return [_tag(row.split("\0")) for row in rows]


def _tag(fields: list[str]) -> Tag:
    name, oid, kind, target, target_kind, who, email, at = fields
    return Tag(
        name, oid, kind, target, target_kind, Author(who, email.strip("<>")), int(at) if at.lstrip("-").isdigit() else None
    )
