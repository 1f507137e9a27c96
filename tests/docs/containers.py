"""Stands in for the Docker client, which has no engine here: `compose exec` runs the command as a process of this machine.

The services must be those of docker-compose.yml, and options must be those of the real client that the documentation uses.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
DATABASE = os.environ.get("CONTAINERS_DATABASE_URL", "")
KEYS = {"SECRET_KEY": "only for the commands of the documentation", "SEAL_KEY": "only for the seals of the documentation"}


def ours(*words: str, quiet: bool = False) -> int:
    """Run a command of the application, as in the service web."""
    environment = {**os.environ, **KEYS, "DATABASE_URL": DATABASE}
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, check=False, capture_output=quiet).returncode


def migrate() -> int:
    """What the service migrate does; the client shows none of it."""
    return ours("manage.py", "migrate", quiet=True) or ours("manage.py", "addworkspace", "default", "--if-none", quiet=True)


def postgres(program: str, *words: str) -> int:
    """Run a program of PostgreSQL against the database that stands in for the one in the container."""
    url = urlsplit(DATABASE)
    stand_in = {"stageward": url.path[1:]}
    role = words.index("--username") + 1
    real = [str(url.username) if place == role else stand_in.get(word, word) for place, word in enumerate(words)]
    return subprocess.run([program, "--host", str(url.hostname), "--port", str(url.port), *real], check=False).returncode


def main(compose: str, command: str, *words: str) -> int:
    """Do what the documentation asks for; anything else is refused."""
    assert compose == "compose"
    options = [word for word in words if word.startswith("-")]
    if command == "up":
        assert list(words) == ["--detach"]
        return migrate()
    if command in ("build", "stop"):
        assert not options
        assert set(words) <= set(SERVICES)
        return 0
    if command == "cp":
        source, target = words
        service, path = target.split(":")
        assert service in SERVICES
        shutil.copy(source, path)
        return 0
    assert (command, words[0]) == ("exec", "-T")
    service, program, *rest = words[1:]
    if service == "postgres":
        return postgres(program, *rest)
    assert (service, program) == ("web", "python")
    return ours(*rest)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
