"""What changed under a request since somebody looked at it, read back from the log."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from activity.models import Activity
from approvals.eligibility import Situation
from approvals.snapshot import digest_of, snapshot
from registry.comparison import flattened
from registry.content import GOVERNED

FARTHEST_BACK = 100


@dataclass(frozen=True)
class Difference:
    """One thing that an approval stands for: what it was then, what it is now; None where it was, or is, not there."""

    name: str
    before: Any
    after: Any


def differences(situation: Situation, seen: str) -> list[Difference] | None:
    """Return what changed since the content had the digest `seen`; None when the log of this request knows no such content.

    Walks back from now, undoing one logged edit of the version or of the stage's policy after another until the digest is that one.
    """
    return _walked_back(situation, seen, _edits(situation))


def changed_since(seen: Iterable[tuple[Situation, str]]) -> dict[int, list[str]]:
    """Return, by request, the names of what changed in its version since its content had that digest. One query, none for nobody.

    A request is left out where the edits of its version alone do not lead back to that digest: its policy changed too, say.
    """
    pairs = list(seen)
    lines: dict[int, list[Activity]] = {situation.version.pk: [] for situation, _ in pairs}
    if pairs:
        oldest = min(situation.change_request.created_at for situation, _ in pairs)
        edited = Activity.objects.filter(version_id__in=lines, verb="model_version.edited", created_at__gte=oldest)
        for line in edited.order_by("-id")[: FARTHEST_BACK * len(pairs)]:
            lines[line.version_id].append(line)  # type: ignore[index]  # that is what they were found by
    found = {}
    for situation, digest in pairs:
        if changed := _walked_back(situation, digest, lines[situation.version.pk]):
            found[situation.change_request.pk] = [difference.name for difference in changed]
    return found


def _walked_back(situation: Situation, seen: str, lines: list[Activity]) -> list[Difference] | None:
    change_request, version = situation.change_request, situation.version
    stage = change_request.to_stage.key
    now = snapshot(version, change_request.from_stage.key, stage, situation.policy, situation.incumbents)
    others = _other_incumbents(situation)
    then = now
    for line in [None, *lines]:
        then = _undone(then, line, stage) if line else then
        for content in [then, *(_making_room(then, incumbents) for incumbents in others)]:
            if digest_of(content) == seen:
                return _compared(_flat(content), _flat(now))
    return None


def _other_incumbents(situation: Situation) -> list[list[dict[str, Any]]]:
    """Who was to make room at other times, as the request's own lines tell it; one query where anybody has to."""
    change_request = situation.change_request
    if not (change_request.to_stage.exclusive or change_request.archive_incumbents):
        return []
    verbs = ("stage_change.requested", "stage_change.approvals_voided")
    lines = Activity.objects.filter(request_id=change_request.pk, verb__in=verbs).order_by("-id")[:FARTHEST_BACK]
    return [json.loads(data).get("incumbents", []) for data in lines.values_list("data", flat=True)]


def _making_room(content: dict[str, Any], incumbents: list[dict[str, Any]]) -> dict[str, Any]:
    """The same with these to make room."""
    rest = {name: value for name, value in content.items() if name != "incumbents"}
    return rest | {"incumbents": incumbents} if incumbents else rest


def _edits(situation: Situation) -> list[Activity]:
    """Edits of the version and of the policies of its workspace since the request was made, newest first."""
    version = situation.version
    edited = Q(version_id=version.pk, verb="model_version.edited")
    policy = Q(workspace_id=version.model.workspace_id, verb="policy.changed")
    lines = Activity.objects.filter(edited | policy, created_at__gte=situation.change_request.created_at)
    return list(lines.order_by("-id")[:FARTHEST_BACK])


def _undone(content: dict[str, Any], line: Activity, stage: str) -> dict[str, Any]:
    """The content as it was before that line."""
    data = json.loads(line.data)
    if line.verb == "policy.changed":
        return content | {"policy": data["from"]} if data["stage"] == stage else content
    before = {field: change["from"] for field, change in data.items() if field in GOVERNED}
    return content | {"version": content["version"] | before}


def _flat(content: dict[str, Any]) -> dict[str, Any]:
    """One name for each thing: `metrics.auc`, `artifact uri`, `approvals required`."""
    flat = {name.replace("_", " "): value for name, value in content["policy"].items()}
    for name, value in flattened(content["version"]).items():
        flat[name if "." in name else name.replace("_", " ")] = value
    for incumbent in content.get("incumbents", ()):
        flat[f"version {incumbent['version']} makes room"] = incumbent["becomes"]
    return flat


def _compared(then: dict[str, Any], now: dict[str, Any]) -> list[Difference]:
    names = sorted(then.keys() | now.keys())
    return [Difference(name, then.get(name), now.get(name)) for name in names if then.get(name) != now.get(name)]
