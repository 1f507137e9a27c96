"""Pushing a workspace's tags to a remote, which is asked each time what it has: so nothing has to be remembered, and nothing is lost.

GitHub tells nobody when more than three tags come at once, so at most three do, and what belongs to one change comes together. Only the
first push to an empty remote brings all at once: that is history, and nobody should deploy because of it.
"""

from collections.abc import Iterator
from pathlib import Path

from gto.addresses import address_of, connection
from gto.git import GitFailed, git
from gto.models import TagRepository
from gto.wording import TRAILER
from notifications.signing import opened

AT_ONCE = 3
TIMEOUT = 120.0  # seconds
MAIN = "refs/heads/main:refs/heads/main"


def push(repository: TagRepository, folder: Path) -> int:
    """Push what the remote does not have; how many tags. The caller holds the lock. Raises Refused, SecretLost, GitFailed, OSError."""
    address, token = address_of(repository.remote), opened(repository.token) if repository.token else ""
    with connection(address, repository.user, token) as (pinned, environment):
        config = {"remote.origin.url": address.url, **pinned}

        def remote(*arguments: str) -> str:
            return git(arguments, folder=folder, config=config, environment=environment, timeout=TIMEOUT).decode(
                "utf-8", "replace"
            )

        listed = [line.split("\t") for line in remote("ls-remote", "--refs", "origin").splitlines()]
        there = {name: oid for oid, name in listed}
        missing = _missing(folder, there)
        if not missing:
            remote("push", "--quiet", "origin", MAIN)
        for some in _portions(missing, first=not any(name.startswith("refs/tags/") for name in there)):
            remote("push", "--quiet", "--atomic", "origin", MAIN, *(f"{name}:{name}" for name in some))
    return len(missing)


def _missing(folder: Path, there: dict[str, str]) -> list[tuple[str, str]]:
    """The tags that the remote lacks, in the order of their time, each with the line that it is of. Raises GitFailed."""
    form = f"%(refname)%00%(objectname)%00%(contents:trailers:key={TRAILER},valueonly,separator=)"
    rows = git(["for-each-ref", f"--format={form}", "--sort=refname", "--sort=taggerdate", "refs/tags"], folder=folder)
    missing = []
    for row in rows.decode().splitlines():
        name, oid, line = row.split("\0")
        if name not in there:
            missing.append((name, line))
        elif there[name] != oid:
            raise GitFailed(
                f"The remote has a tag {name.removeprefix('refs/tags/')} of its own, so nothing was pushed. Use a repository that nobody"
                " else writes to."
            )
    return missing


def _portions(missing: list[tuple[str, str]], *, first: bool) -> Iterator[list[str]]:
    """What is pushed at once."""
    if first:
        names = [name for name, _ in missing]
        yield from (names[at : at + 500] for at in range(0, len(names), 500))
        return
    portion: list[str] = []
    for at, (name, line) in enumerate(missing):
        begins = at == 0 or missing[at - 1][1] != line
        together = sum(1 for _, other in missing[at : at + AT_ONCE] if other == line)
        if portion and (len(portion) == AT_ONCE or (begins and len(portion) + together > AT_ONCE)):
            yield portion
            portion = []
        portion.append(name)
    if portion:
        yield portion
