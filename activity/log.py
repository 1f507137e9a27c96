"""The one door into the log. Only `services` modules may import it; a lint keeps it so."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from activity import clock
from activity.models import Activity, Chain, Outbox
from activity.outbox import kick
from activity.unit import require_unit


@dataclass(frozen=True)
class Actor:
    """Who did it and through which door. `user_id` is None for the system itself."""

    user_id: int | None
    via: str
    token_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a line is about. The narrowest of model, workspace and site decides which chain it joins."""

    workspace_id: int | None = None
    model_id: int | None = None
    version_id: int | None = None
    request_id: int | None = None
    person_id: int | None = None

    @property
    def chain_key(self) -> str:
        """The key of the chain: one per model, since its row is locked anyway; a global one would queue every writer."""
        if self.model_id:
            return f"model:{self.model_id}"
        return f"workspace:{self.workspace_id}" if self.workspace_id else "site"


SYSTEM = Actor(user_id=None, via="system")


def canonical(data: Any) -> str:
    """Return JSON text with one spelling for equal content."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def line_body(line: Activity) -> str:
    """Return all that a line says, as the text whose fingerprint is hashed."""
    return canonical(_said(line))


def _said(line: Activity) -> list[Any]:
    return [
        line.verb, line.via, line.actor_id, line.token_id, line.workspace_id, line.model_id, line.version_id, line.request_id,
        line.person_id, line.from_stage, line.to_stage, line.data, iso(line.created_at),
    ]  # fmt: skip


def hashed_text(chain_key: str, line: Activity) -> str:
    """Return the text that a line's hash is made of: its place, the hash before it, and the fingerprint of what it says.

    So a line can be shown to stand in its chain without a word of what it says.
    """
    return canonical([chain_key, line.seq, line.prev_hash, fingerprint(line_body(line))])


def first_hashed_text(chain_key: str, line: Activity) -> str:
    """Return the text that the hashes of a log's oldest lines may be made of: all that the line says stands in it."""
    return canonical([chain_key, line.seq, line.prev_hash, *_said(line)])


def fingerprint(text: str) -> str:
    """Return the SHA-256 (hex) of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def line_hash(chain_key: str, line: Activity) -> str:
    """Return the SHA-256 (hex) over everything a line says, its place in the chain and the hash before it."""
    return fingerprint(hashed_text(chain_key, line))


def hash_holds(chain_key: str, line: Activity) -> bool:
    """Tell whether a line is as it was written, in the form of today or that of a log's oldest lines."""
    return line.hash in (line_hash(chain_key, line), fingerprint(first_hashed_text(chain_key, line)))


def iso(moment: datetime) -> str:
    """Return the moment in UTC with microseconds, the form that is hashed."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def record(
    verb: str, *, by: Actor, on: Subject, from_stage: str = "", to_stage: str = "", data: dict[str, Any] | None = None
) -> Activity:
    """Write one line, move its chain's head, and queue it for the outside.

    Must run inside the transaction of the change that it tells of: raises RuntimeError outside one. The chain's head is locked until
    commit, so it is the last lock that a unit of work takes.
    """
    require_unit()
    chain, _ = Chain.objects.select_for_update().get_or_create(key=on.chain_key)
    line = Activity(
        chain=chain,
        seq=chain.seq + 1,
        prev_hash=chain.head,
        verb=verb,
        via=by.via,
        actor_id=by.user_id,
        token_id=by.token_id,
        workspace_id=on.workspace_id,
        model_id=on.model_id,
        version_id=on.version_id,
        request_id=on.request_id,
        person_id=on.person_id,
        from_stage=from_stage,
        to_stage=to_stage,
        data=canonical(data or {}),
        created_at=clock.now(),
    )
    line.hash = line_hash(chain.key, line)
    line.save(force_insert=True)
    Chain.objects.filter(pk=chain.pk).update(seq=line.seq, head=line.hash)
    Outbox.objects.create(activity=line, due_at=line.created_at)
    transaction.on_commit(kick, robust=True)
    return line
