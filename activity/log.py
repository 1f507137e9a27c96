"""The one door into the log. Only `services` modules may import it; a lint keeps it so."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from activity import clock
from activity.hashing import canonical, chain_key, line_hash
from activity.models import Activity, Chain, Outbox
from activity.outbox import kick
from activity.prepared import prepared
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
        return chain_key(self.workspace_id, self.model_id)


SYSTEM = Actor(user_id=None, via="system")


def record(
    verb: str, *, by: Actor, on: Subject, from_stage: str = "", to_stage: str = "", data: dict[str, Any] | None = None
) -> Activity:
    """Write one line, move its chain's head, and queue it for the outside.

    Must run inside the transaction of the change that it tells of: raises RuntimeError outside one. The chain's head is locked until
    commit, so it is the last lock that a unit of work takes.
    """
    require_unit()
    chain = _locked.one(on.chain_key) or Chain.objects.select_for_update().get_or_create(key=on.chain_key)[0]
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
    Outbox.objects.create(activity=line, due_at=Now())  # by the database: a web server whose clock is ahead delays nothing
    transaction.on_commit(kick, robust=True)
    return line


@prepared
def _locked(chain_key: str) -> QuerySet[Chain]:
    return Chain.objects.select_for_update().filter(key=chain_key)
