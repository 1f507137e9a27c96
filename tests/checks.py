"""Every check that needs no test: `./start check`. All run; at the end stands which failed."""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = (sys.executable, "manage.py")

CHECKS: dict[str, tuple[str | Path, ...]] = {
    "lint": (BIN / "ruff", "check"),
    "format": (BIN / "ruff", "format", "--check"),
    "import contracts": (sys.executable, BIN / "lint-imports", "--no-cache"),
    "types": (BIN / "mypy",),
    "types of the client": (BIN / "mypy", "--config-file", "client/pyproject.toml"),
    "templates": (BIN / "djade", "--check", "--target-version", "5.2", *sorted(ROOT.glob("templates/**/*.html"))),
    "migrations complete": (*MANAGE, "makemigrations", "--check", "--dry-run"),
    "migrations apply": (*MANAGE, "migrate", "--verbosity", "0"),
    "deployment": (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"),
    "API schema": (*MANAGE, "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull),
}


def production_like(folder: str) -> dict[str, str]:
    """Return the environment of a deployment, with its data in a folder that is thrown away."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TERM")}
    return {
        **kept,
        "STAGEWARD_DATA": folder,
        "DATABASE_URL": f"sqlite:///{folder}/check.sqlite3",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "SEAL_KEY": secrets.token_urlsafe(64),
        "PUBLIC_URL": "https://stageward.example.org",
        "ALLOWED_HOSTS": "stageward.example.org",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": "1",
    }


def failed_checks() -> list[str]:
    """Run every check, and return the names of those that failed."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="stageward-check-") as folder:
        for name, command in CHECKS.items():
            print(f"\n== {name}", flush=True)
            if subprocess.run(command, cwd=ROOT, env=production_like(folder), check=False).returncode:
                failed.append(name)
    return failed


if __name__ == "__main__":
    failed = failed_checks()
    print(f"\n{len(CHECKS) - len(failed)} of {len(CHECKS)} checks passed.")
    sys.exit(f"Failed: {', '.join(failed)}." if failed else 0)
