"""The page of a pack that a person reads: what was asked and decided, in one place, to be printed."""

from collections import Counter, deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime

from accounts.models import User
from activity.feed import feed_lines
from activity.models import Activity
from approvals.policy_words import in_words
from registry.models import ModelVersion, Stage, StageAssignment

Json = dict[str, Any]
STYLE = Path(__file__).with_name("summary.css")
ROLES = ("requester", "decided_by", "reviewer", "on_behalf_of", "reporter")
MOST_REQUESTS, MOST_LINES, MOST_METRICS = 30, 100, 40


class Summary:
    """Takes the requests one after the other, and keeps the newest."""

    def __init__(self, version: ModelVersion) -> None:
        self._version = version
        self._newest: deque[Json] = deque(maxlen=MOST_REQUESTS)
        self._ends: Counter[str] = Counter()
        self._marks: Counter[str] = Counter()

    def take(self, document: Json) -> None:
        """One request more."""
        request = document["request"]
        self._newest.appendleft(document)
        self._ends[request["status"]] += 1
        alone = request["effect"] == "break-glass"
        self._marks["skipped"] += bool(request["skipped_stages"])
        self._marks["alone"] += alone
        self._marks["unsigned"] += alone and request["sign_off"] is None

    def page(self, made: Json) -> str:
        """Return the page as HTML; it needs nothing beside itself."""
        version, stretch = self._version, made["stretch"]
        people = _people(self._newest)
        stages = {stage.key: stage.name for stage in Stage.objects.filter(workspace=version.model.workspace_id)}
        about = Q(version_id=version.pk) | Q(request_id__in=[each["request"]["id"] for each in self._newest])
        lines = Activity.objects.filter(about, chain=stretch.chain, seq__lte=stretch.last).order_by("-seq")
        held = StageAssignment.objects.filter(version=version).select_related("stage", "actor").order_by("-entered_at", "-pk")
        return render_to_string(
            "approvals/evidence/summary.html",
            made
            | {
                "style": STYLE.read_text(),
                "stage": stages.get(version.stage, version.stage),
                "documents": [_shown(document, stages, people) for document in self._newest],
                **_compared(self._newest),
                "ends": sorted(self._ends.items()),
                "marks": self._marks,
                "held": held[:MOST_REQUESTS],
                "lines": feed_lines(lines[:MOST_LINES]),
                "sealed": stretch.seal,
            },
        )


def _shown(document: Json, stages: dict[str, str], people: dict[str, str]) -> Json:
    """One request as the page shows it: with names of stages, and moments."""
    request = document["request"]
    moments = {name: parse_datetime(request[name] or "") for name in ("created_at", "decided_at")}
    reviews = [_called(review, people) | {"at": parse_datetime(review["at"])} for review in request["reviews"]]
    checks = [_called(check, people) | {"at": parse_datetime(check["at"])} for check in request["checks"]]
    names = {name: stages.get(request[name], request[name]) for name in ("from_stage", "to_stage")}
    skipped = [stages.get(key, key) for key in request["skipped_stages"]]
    signed = _called(request["sign_off"], people) if request["sign_off"] else None
    shown = _called(request, people) | moments | names
    shown |= {"reviews": reviews, "checks": checks, "skipped_stages": skipped, "sign_off": signed}
    return {"request": shown, "policy": in_words(document["policy"]), "proved": document["approved_content"] is not None}


def _people(documents: Iterable[Json]) -> dict[str, str]:
    """What the people in these documents are called, by user name; one query."""
    named: set[str] = set()
    for document in documents:
        request = document["request"]
        for each in (request, *request["reviews"], *request["checks"], request["sign_off"] or {}):
            named |= {each[role] for role in ROLES if each.get(role)}
    return {user.username: f"{user.display_name} ({user.username})" for user in User.objects.filter(username__in=named)}


def _called(told: Json, people: dict[str, str]) -> Json:
    return told | {role: people.get(told[role], told[role]) for role in ROLES if told.get(role)}


def _compared(documents: Iterable[Json]) -> Json:
    """The newest comparison there is, with its metrics, and the request that it is of."""
    document = next((each for each in documents if each["comparison"]), None)
    if document is None:
        return {}
    fields = document["comparison"]["fields"]
    metrics = [field | {"name": field["field"][len("metrics.") :]} for field in fields if field["field"].startswith("metrics.")]
    return {"compared": document["comparison"], "compared_for": document["request"]["id"], "metrics": metrics[:MOST_METRICS]}
