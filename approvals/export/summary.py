"""The page of a pack that a person reads: what was asked and decided, in one place, to be printed."""

from collections import Counter, deque
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime

from activity.feed import feed_lines
from activity.models import Activity
from approvals.policy_words import in_words
from registry.models import ModelVersion, Stage, StageAssignment

Json = dict[str, Any]
STYLE = Path(__file__).with_name("summary.css")
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
                "documents": [_shown(document, stages) for document in self._newest],
                "compared": next((each["comparison"] for each in self._newest if each["comparison"]), None),
                "metrics": _metrics(self._newest),
                "ends": sorted(self._ends.items()),
                "marks": self._marks,
                "held": held[:MOST_REQUESTS],
                "lines": feed_lines(lines[:MOST_LINES]),
                "sealed": stretch.seal,
            },
        )


def _shown(document: Json, stages: dict[str, str]) -> Json:
    """One request as the page shows it: with names of stages, and moments."""
    request = document["request"]
    moments = {name: parse_datetime(request[name] or "") for name in ("created_at", "decided_at")}
    reviews = [review | {"at": parse_datetime(review["at"])} for review in request["reviews"]]
    checks = [check | {"at": parse_datetime(check["at"])} for check in request["checks"]]
    names = {name: stages.get(request[name], request[name]) for name in ("from_stage", "to_stage")}
    skipped = [stages.get(key, key) for key in request["skipped_stages"]]
    shown = request | moments | names | {"reviews": reviews, "checks": checks, "skipped_stages": skipped}
    return {"request": shown, "policy": in_words(document["policy"]), "proved": document["approved_content"] is not None}


def _metrics(documents: "deque[Json]") -> list[Json]:
    """The metrics of the newest comparison there is."""
    for document in documents:
        if document["comparison"]:
            fields = document["comparison"]["fields"]
            metrics = [field | {"name": field["field"][8:]} for field in fields if field["field"].startswith("metrics.")]
            return metrics[:MOST_METRICS]
    return []
