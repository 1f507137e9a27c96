"""What versions and policies were when a request ended: what they are now, with later changes undone as the log tells them."""

import json
from collections.abc import Iterable
from typing import Any

from activity.hashing import chain_key
from activity.models import Activity
from registry.content import GOVERNED

Json = dict[str, Any]
NOW = 2**63 - 1  # no line has a higher id


class Past:
    """Edits of versions and changes of policies, newest first. Moments are ids of lines."""

    def __init__(self, workspace_id: int) -> None:
        self._edits: dict[int, list[tuple[int, Json]]] = {}
        self._policies: dict[str, list[tuple[int, Json]]] = {}
        for line_id, data in _told(chain__key=chain_key(workspace_id), verb="policy.changed"):
            self._policies.setdefault(data["stage"], []).append((line_id, data))

    def read_edits(self, version_ids: Iterable[int]) -> None:
        """Read how these versions were edited; one query."""
        wanted = set(version_ids) - self._edits.keys()
        self._edits |= {version_id: [] for version_id in wanted}
        lines = Activity.objects.filter(version_id__in=wanted, verb="model_version.edited").order_by("-pk")
        for version_id, line_id, data in lines.values_list("version_id", "pk", "data"):
            self._edits[version_id or 0].append((line_id, json.loads(data)))

    def content(self, version: Any, line_id: int) -> Json:
        """Return a version's governed content as it was when that line was written; its edits have been read."""
        content = {field: getattr(version, field) for field in GOVERNED}
        for edited, changes in self._edits[version.pk]:
            if edited > line_id:
                content |= {field: change["from"] for field, change in changes.items() if field in GOVERNED}
        return content

    def policy(self, key: str, now: Json, line_id: int) -> Json:
        """Return what the policy of a stage said when that line was written; `now` is what it says today."""
        for changed, data in self._policies.get(key, ()):
            if changed > line_id:
                now = now | data["from"]
        return now


def _told(**lines: Any) -> Iterable[tuple[int, Json]]:
    rows = Activity.objects.filter(**lines).order_by("-pk").values_list("pk", "data")
    return ((line_id, json.loads(data)) for line_id, data in rows)
