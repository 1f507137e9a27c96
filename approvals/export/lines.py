"""The lines of the log that a version's pack shows, and how they hang together with a seal."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Min

from activity.export import rows_of
from activity.hashing import canonical, chain_key, hashed_text, line_body
from activity.models import Activity, Chain, Seal
from activity.seals import as_text, public_key
from registry.models import ModelVersion

CHUNK = 500
SEALS_TRIED = 20


@dataclass(frozen=True)
class Stretch:
    """The part of a model's chain that a version's life spans: from its first line to its last, and on to the first seal after that.

    `requests` are the ids of its requests; a line about one of them is the version's too. `sealed` is what the seal says of the chain.
    """

    chain: Chain
    version_id: int
    requests: Collection[int]
    first: int
    last: int
    seal: Seal | None
    sealed: int

    @property
    def end(self) -> int:
        """The last line that the pack names."""
        return max(self.last, self.sealed)

    def is_about(self, line: Activity) -> bool:
        """Whether a line is the version's: the pack shows what it says."""
        return line.version_id == self.version_id or line.request_id in self.requests


def stretch_of(version: ModelVersion, requests: Collection[int]) -> Stretch:
    """Read where the version's lines are, and which seal covers them; five queries."""
    key = chain_key(version.model.workspace_id, version.model_id)
    chain = Chain.objects.select_related("sealedhead").get(key=key)
    own = Activity.objects.filter(version_id=version.pk)
    ends = own.aggregate(first=Min("seq"), last=Max("seq"))
    displaced = Activity.objects.filter(request_id__in=requests).aggregate(last=Max("seq"))["last"] or 0
    sealed_to = chain.sealedhead.seq if hasattr(chain, "sealedhead") else 0
    covered = own.filter(seq__lte=sealed_to).order_by("-id").first()
    seal = _seal_over(key, covered) if covered else None
    return Stretch(
        chain=chain,
        version_id=version.pk,
        requests=requests,
        first=ends["first"],
        last=max(ends["last"], displaced),
        seal=seal,
        sealed=json.loads(seal.heads)[key][0] if seal else 0,
    )


def _seal_over(key: str, line: Activity) -> Seal | None:
    """The first seal that covers a line: written after it, and naming its chain at it or beyond."""
    after = Seal.objects.filter(created_at__gte=line.created_at, heads__contains=f'"{key}":[').order_by("created_at")
    for place in range(
        SEALS_TRIED
    ):  # one at a time: the first nearly always does, and to look for more would read all seals since
        seal = after[place : place + 1].first()
        if seal is None or json.loads(seal.heads)[key][0] >= line.seq:
            return seal
    return None


def log_lines(stretch: Stretch) -> Iterator[str]:
    """Yield the stretch as lines of JSON: those of the version whole, of the others what shows that nothing is missing between.

    Read in chunks: one query for each, and four more for the names in it.
    """
    reached = stretch.first - 1
    lines = Activity.objects.filter(chain=stretch.chain, seq__lte=stretch.end).order_by("seq")
    while chunk := list(lines.filter(seq__gt=reached)[:CHUNK]):
        for line in chunk:
            line.chain = stretch.chain
        shown = [line for line in chunk if stretch.is_about(line)]
        rows = {row["id"]: row for row in rows_of(shown)}
        for line in chunk:
            yield canonical(_entry(line, rows.get(line.pk))) + "\n"
        reached = chunk[-1].seq


def _entry(line: Activity, row: dict[str, Any] | None) -> dict[str, Any]:
    """One line: `hashed` is the text that its hash is made of, `body` the text whose fingerprint stands in that, `line` to read."""
    entry = {"seq": line.seq, "hash": line.hash, "hashed": hashed_text(line.chain.key, line)}
    return entry | ({"body": line_body(line), "line": row} if row else {})


def seals_file(stretch: Stretch) -> str:
    """The seal that covers the version's lines, with the key that it is signed with."""
    seals = [json.loads(as_text(stretch.seal))] if stretch.seal else []
    told = {"chain": stretch.chain.key, "first": stretch.first, "last": stretch.last, "public_key": public_key(), "seals": seals}
    return json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
