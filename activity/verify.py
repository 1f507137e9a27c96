"""Verification: read the whole log again and say where it was touched."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from activity.hashing import iso, line_hash
from activity.models import Activity, Chain, Seal, SealedHead
from activity.seals import public_key, seal_hash, signature_holds


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was written. `line_id` is the activity's id where there is one."""

    problem: str
    line_id: int | None = None


# Apps above add checks of their own tables against the log here, from `AppConfig.ready()`.
CROSS_CHECKS: list[Callable[[], Iterator[Finding]]] = []


def verify_chains(progress: Callable[[int], None] = lambda count: None) -> Iterator[Finding]:
    """Walk every chain from its first line to its head; one finding per line that is wrong, oldest of a chain first.

    Calls `progress` with the number of lines read, every 10,000 lines. Others may write meanwhile: a chain must reach the head that it
    had before the walk, and not go beyond the one that it has after it.
    """
    keys, before = _heads()
    last: dict[int, Activity] = {}
    count = 0
    for line in Activity.objects.order_by("chain_id", "seq").iterator(chunk_size=5000):
        count += 1
        if count % 10_000 == 0:
            progress(count)
        if line.chain_id not in keys:  # begun since
            keys |= Chain.objects.filter(pk=line.chain_id).values_list("pk", "key")
        key = keys.get(line.chain_id, "a chain that is gone")
        for problem in _wrong(line, key, last.get(line.chain_id)):
            yield Finding(f"{key}: {problem}", line.pk)
        last[line.chain_id] = line
    progress(count)
    keys, after = _heads()
    for chain_id, (seq, head) in after.items():
        line_id, reached, digest = (end.pk, end.seq, end.hash) if (end := last.get(chain_id)) else (None, 0, "")
        if not before.get(chain_id, (0, ""))[0] <= reached <= seq or (reached == seq and digest != head):
            yield Finding(
                f"{keys[chain_id]}: the log ends at line {reached}, the chain's head says line {seq} with another hash", line_id
            )


def _heads() -> tuple[dict[int, str], dict[int, tuple[int, str]]]:
    """The key and the head of every chain, by its id."""
    chains = list(Chain.objects.order_by("pk"))
    return {chain.pk: chain.key for chain in chains}, {chain.pk: (chain.seq, chain.head) for chain in chains}


def _wrong(line: Activity, key: str, before: Activity | None) -> Iterator[str]:
    """What is wrong with a line, given the one before it. Ids grow along a chain, because its head is locked while a line is written."""
    seq, digest, earlier = (before.seq, before.hash, before.pk) if before else (0, "", 0)
    if line.seq != seq + 1:
        yield f"line {line.seq} follows line {seq}, so {line.seq - seq - 1} are missing"
    elif line.prev_hash != digest:
        yield f"line {line.seq} does not continue the line before it"
    elif line.pk <= earlier:
        yield f"line {line.seq} has an id below that of the line before it"
    if line.hash != line_hash(key, line):
        yield f"line {line.seq} was changed after it was written"


def verify_seals(kept_elsewhere: list[dict[str, Any]] | None = None) -> Iterator[Finding]:
    """Check the seals against each other, against the key, and against the lines that they name.

    `kept_elsewhere` are seals exported earlier (`activity.seals.from_text`); they find a log rewritten by whoever holds the key too. The
    sealer must remember no more than the seals say: a chain that it took for sealed would be left out of the next one.
    """
    bookmarks = dict(SealedHead.objects.values_list("chain__key", "seq"))  # before the seals, so that a new seal is no finding
    number, previous = 0, ""
    by_number: dict[int, str] = {}
    sealed: dict[str, int] = {}
    for seal in Seal.objects.order_by("number").iterator():
        by_number[seal.number] = seal.hash
        problems = list(_wrong_seal(seal, number, previous))
        yield from (Finding(f"seal {seal.number} {problem}") for problem in problems)
        if not problems:
            heads = json.loads(seal.heads)
            yield from _heads_stand(f"seal {seal.number}", heads)
            sealed |= {key: seq for key, (seq, _) in heads.items()}
        number, previous = seal.number, seal.hash
    for key in sorted(key for key in bookmarks if bookmarks[key] > sealed.get(key, 0)):
        yield Finding(
            f"{key} is marked as sealed to line {bookmarks[key]}, but no seal names more than line {sealed.get(key, 0)}"
        )
    for kept in kept_elsewhere or []:
        if by_number.get(kept["number"]) != kept["hash"]:
            yield Finding(f"seal {kept['number']}, kept elsewhere, is missing here or says something else")
        yield from _heads_stand(f"seal {kept['number']}, kept elsewhere,", kept["heads"])


def _wrong_seal(seal: Seal, number: int, previous: str) -> Iterator[str]:
    """What is wrong with a seal, given the number and the hash of the one before it."""
    if seal.number != number + 1 or seal.prev_hash != previous:
        yield f"does not continue seal {number}"
    if seal.hash != seal_hash(seal.number, seal.prev_hash, seal.heads, iso(seal.created_at)):
        yield "was changed after it was written"
    if seal.public_key != public_key() or not signature_holds(seal.hash, seal.signature, public_key()):
        yield "is not signed with this installation's key"


def _heads_stand(name: str, heads: dict[str, tuple[int, str]]) -> Iterator[Finding]:
    """Each head that a seal names must still be a line with that hash. Asked in batches: a seal may name every model there is."""
    named = iter(heads.items())
    while batch := dict(islice(named, 500)):
        lines = Activity.objects.filter(chain__key__in=batch, seq__in={seq for seq, _ in batch.values()})
        there = {(line.chain.key, line.seq): line for line in lines.select_related("chain").only("chain__key", "seq", "hash")}
        for key, (seq, digest) in batch.items():
            line = there.get((key, seq))
            if line is None or line.hash != digest:
                yield Finding(
                    f"{name} names line {seq} of {key}, which is gone or says something else", line.pk if line else None
                )


def verify_everything(
    progress: Callable[[int], None] = lambda count: None, kept_elsewhere: list[dict[str, Any]] | None = None
) -> Iterator[Finding]:
    """Chains, then seals, then what other apps check against the log."""
    yield from verify_chains(progress)
    yield from verify_seals(kept_elsewhere)
    for check in CROSS_CHECKS:
        yield from check()
