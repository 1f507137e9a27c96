"""Running git, as plumbing and nothing else: no hooks, no helpers, no prompts, no protocol but the one that is meant.

What a repository's own files or a person's `~/.gitconfig` say does not count, so that reading somebody else's repository runs nothing of
theirs.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT = 512 * 1024  # blocks of 1,024 bytes: no file that git writes becomes larger
_CONFIG = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "credential.helper": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "100",
    "http.lowSpeedTime": "30",
    "safe.directory": "*",
    "submodule.recurse": "false",
    "transfer.bundleURI": "false",
    "user.name": "Stageward",
    "user.email": "stageward@localhost.invalid",
}


class GitFailed(Exception):
    """git said no; the text is the last of what it said, without any credentials."""


class GitMissing(GitFailed):
    """There is no git on this machine."""


def version() -> str:
    """Return git's version. Raises GitMissing."""
    return git(["version"]).decode().split()[2]


def is_there() -> bool:
    """Whether this machine has git."""
    return shutil.which("git") is not None


def git(
    arguments: Sequence[str],
    *,
    folder: Path | None = None,
    said: bytes = b"",
    config: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = 60.0,
) -> bytes:
    """Run git in a folder, with `said` on its standard input; what it answers. Raises GitFailed, GitMissing.

    `config` is given by the environment, where other people's process lists do not show it.
    """
    if not is_there():
        raise GitMissing("There is no git on the machine of the worker. Install it; nothing is lost meanwhile.")
    command = ["/bin/sh", "-c", 'ulimit -f "$0"; exec git "$@"', str(LIMIT), *arguments]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment({**_CONFIG, **(config or {})}, environment or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        answer, complaint = process.communicate(said, timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise GitFailed(f"git {arguments[0]} took longer than {timeout:.0f} seconds and was stopped.") from None
    if process.returncode:
        raise GitFailed(_last_words(complaint) or f"git {arguments[0]} ended with {process.returncode}.")
    return answer


def _environment(config: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    settings = {"GIT_CONFIG_COUNT": str(len(config))}
    for at, (name, value) in enumerate(config.items()):
        settings |= {f"GIT_CONFIG_KEY_{at}": name, f"GIT_CONFIG_VALUE_{at}": value}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_ADVICE": "0",
        **settings,
        **more,
    }


def _last_words(complaint: bytes) -> str:
    """The lines of a complaint that say what was wrong."""
    lines = [line.strip() for line in complaint.decode("utf-8", "replace").splitlines() if line.strip()]
    said = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "!", "ssh:", "Permission"))] or lines
    return " ".join(said[-4:])[:1000]
