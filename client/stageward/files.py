"""Files: what a version's artifact is, and what is taken home."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Union

AnyPath = Union[str, "os.PathLike[str]"]


def file_digest(path: AnyPath) -> str:
    """Return the SHA-256 digest of a file, as `artifact_digest` takes it."""
    found = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while block := stream.read(1 << 20):
            found.update(block)
    return f"sha256:{found.hexdigest()}"


def save(content: bytes, path: AnyPath) -> Path:
    """Write a file as a whole: whoever looks finds the old one or the new one."""
    target = Path(path)
    number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(content)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink()
        raise
    return target
