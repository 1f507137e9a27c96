"""A comparison as the pages show it: in groups, with a verdict in words for each figure, and what is the same folded away."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from registry.comparison import Compared, compare, tally
from registry.models import ModelVersion, RegisteredModel, Stage, StageAssignment
from registry.presentation import duration, number
from registry.views.addresses import model_url, version_url

MANY = 8  # in a group with more lines than this, those that are the same are folded away
SHOWN = 25  # so many of a group are shown beside a decision, what is worse first; all stand on the comparison's own page
WEIGHT = ("worse", "", "better", "changed", "same")
TITLES = {"metrics": "Metrics", "parameters": "Parameters", "attributes": "Attributes", "artifact": "Labels and artifact"}
NAMES = {"labels": "Labels", "artifact_uri": "Artifact address", "artifact_digest": "Artifact digest"}
VERDICTS = {"candidate": "better", "base": "worse", "equal": "same"}


@dataclass(frozen=True)
class Line:
    """One thing of both sides, in words; nothing where a side does not have it."""

    compared: Compared

    @property
    def name(self) -> str:
        """What it is called within its group."""
        return NAMES.get(self.compared.field, self.compared.name)

    @property
    def figure(self) -> bool:
        """Whether it is a metric."""
        return self.compared.group == "metrics"

    @property
    def base(self) -> str:
        """What the base has."""
        return "" if "base" in self.compared.missing else written(self.compared.base)

    @property
    def candidate(self) -> str:
        """What the candidate has."""
        return "" if "candidate" in self.compared.missing else written(self.compared.candidate)

    @property
    def absent(self) -> str:
        """What stands where a side does not have it."""
        return "not measured" if self.figure else "none given"

    @property
    def delta(self) -> str:
        """By how much the candidate differs; nothing for what is no figure, is missing, or is the same."""
        return number(self.compared.delta, signed=True) if self.figure and self.compared.delta else ""

    @property
    def verdict(self) -> str:
        """`better` or `worse` of a figure whose direction is known, `same`, `changed` of what is no figure; else nothing."""
        if self.compared.missing:
            return ""
        return VERDICTS.get(self.compared.better or "", "" if self.figure else "changed")


@dataclass(frozen=True)
class Group:
    """What belongs together: the lines to show, those folded away because they are the same, and how many are left out."""

    title: str
    lines: list[Line]
    folded: list[Line]
    more: int = 0

    @property
    def shortened(self) -> "Group":
        """The same with the weightiest lines alone, where there are very many."""
        if len(self.lines) + len(self.folded) <= SHOWN:
            return self
        lines = sorted(self.lines, key=lambda line: WEIGHT.index(line.verdict))[:SHOWN]
        return Group(self.title, lines, [], len(self.lines) + len(self.folded) - len(lines))


@dataclass(frozen=True)
class Comparison:
    """A candidate beside a base. `stage` is where the base stands, `since` when it entered; `ended`: it stood there then."""

    candidate: ModelVersion
    base: ModelVersion
    stage: Stage
    entry: StageAssignment | None = None
    ended: bool = False

    @cached_property
    def all(self) -> list[Compared]:
        """Every thing that either has."""
        return compare(self.candidate, self.base, self.candidate.model.metric_directions)

    @cached_property
    def metrics(self) -> Group:
        """The figures alone."""
        return _group("metrics", [Line(each) for each in self.all if each.group == "metrics"])

    @property
    def figures(self) -> list[Group]:
        """The weightiest figures, as the one group of a table."""
        return [self.metrics.shortened]

    @cached_property
    def groups(self) -> list[Group]:
        """Everything but the age."""
        return [group for group in (_group(key, self._lines(key)) for key in TITLES) if group.lines or group.folded]

    @cached_property
    def changes(self) -> list[Group]:
        """The figures, and of all else what differs; the weightiest of each."""
        return [group.shortened for group in (self.metrics, *self._others) if group.lines or group.folded]

    @cached_property
    def _others(self) -> list[Group]:
        groups = [(key, self._lines(key)) for key in TITLES if key != "metrics"]
        return [Group(TITLES[key], [line for line in lines if line.verdict != "same"], []) for key, lines in groups]

    def _lines(self, key: str) -> list[Line]:
        named = ("labels", "artifact_uri", "artifact_digest") if key == "artifact" else (key,)
        return [Line(each) for each in self.all if each.group in named]

    @cached_property
    def others(self) -> int:
        """How many things besides figures differ."""
        return sum(len(group.lines) for group in self._others)

    @cached_property
    def summary(self) -> str:
        """The figures in one sentence: `2 better, 1 worse, 3 the same`."""
        words = {
            "candidate": "better",
            "base": "worse",
            "equal": "the same",
            "unjudged": "different",
            "missing": "on one side only",
        }
        counts = tally(self.all)
        return ", ".join(f"{counts[side]} {word}" for side, word in words.items() if counts[side])

    @property
    def age(self) -> str:
        """How much later the candidate was registered: `3 days after`."""
        later = next(each.delta for each in self.all if each.field == "created_at") or 0.0
        return f"{duration(timedelta(seconds=abs(later)))} {'before' if later < 0 else 'after'}"

    @property
    def base_url(self) -> str:
        """The base's page."""
        return version_url(self.base)

    @property
    def candidate_url(self) -> str:
        """The candidate's page."""
        return version_url(self.candidate)

    @property
    def url(self) -> str:
        """The page of the whole comparison."""
        return compare_url(self.candidate.model, candidate=self.candidate.number, base=self.base.number)

    @property
    def swapped_url(self) -> str:
        """The same, the other way round."""
        return compare_url(self.candidate.model, candidate=self.base.number, base=self.candidate.number)


def _group(key: str, lines: list[Line]) -> Group:
    if len(lines) <= MANY:
        return Group(TITLES[key], lines, [])
    same = [line for line in lines if line.verdict == "same"]
    return Group(TITLES[key], [line for line in lines if line.verdict != "same"], same)


def written(value: Any) -> str:
    """Return a value to read: figures as elsewhere, a text as it is, the rest as JSON; labels with commas."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value) or "none"
    if isinstance(value, str):
        return value
    return (
        number(value) if isinstance(value, int | float) and not isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
    )


def compare_url(model: RegisteredModel, **chosen: Any) -> str:
    """The address of the page that compares versions of a model."""
    address = model_url(model, "model-compare")
    return f"{address}?{urlencode(chosen)}" if chosen else address


def beside(version: ModelVersion, entry: StageAssignment | None, *, ended: bool = False) -> Comparison | None:
    """Return the version beside the holder of a stage, if there is one."""
    if entry is None:
        return None
    entry.version.model = version.model
    return Comparison(version, entry.version, entry.stage, entry, ended)


def beside_production(version: ModelVersion, stages: Iterable[Stage]) -> Comparison | None:
    """Return the version beside the other one that entered production last; one query."""
    production = [stage for stage in stages if stage.kind == Stage.Kind.PRODUCTION]
    return beside(version, StageAssignment.objects.now().holder(version.model_id, production, other_than=version.pk))


def beside_each_other(candidate: ModelVersion, base: ModelVersion, stages: Mapping[str, Stage]) -> Comparison:
    """Return any two versions of a model, side by side."""
    return Comparison(candidate, base, stages[base.stage])
