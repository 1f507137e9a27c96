"""What of a line is hashed, and how: all that it takes to check the log without writing to it."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from activity.models import Activity


def chain_key(workspace_id: int | None, model_id: int | None = None) -> str:
    """Return the key of the chain that lines about these join: the model's, else the workspace's, else that of the site."""
    if model_id:
        return f"model:{model_id}"
    return f"workspace:{workspace_id}" if workspace_id else "site"


def canonical(data: Any) -> str:
    """Return JSON text with one spelling for equal content."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def line_body(line: Activity) -> str:
    """Return all that a line says, as the text whose fingerprint is hashed."""
    said = [
        line.verb, line.via, line.actor_id, line.token_id, line.workspace_id, line.model_id, line.version_id, line.request_id,
        line.person_id, line.from_stage, line.to_stage, line.data, iso(line.created_at),
    ]  # fmt: skip
    return canonical(said)


def hashed_text(chain_key: str, line: Activity) -> str:
    """Return the text that a line's hash is made of: its place, the hash before it, and the fingerprint of what it says.

    So a line can be shown to stand in its chain without a word of what it says.
    """
    return canonical([chain_key, line.seq, line.prev_hash, fingerprint(line_body(line))])


def fingerprint(text: str) -> str:
    """Return the SHA-256 (hex) of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def line_hash(chain_key: str, line: Activity) -> str:
    """Return the SHA-256 (hex) over everything a line says, its place in the chain and the hash before it."""
    return fingerprint(hashed_text(chain_key, line))


def iso(moment: datetime) -> str:
    """Return the moment in UTC with microseconds, the form that is hashed."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
