"""A candidate beside a base version, thing by thing: pure functions.

Which way a metric gets better is known by its name, or declared on the model.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from registry.content import spelling
from registry.models import ModelVersion

Direction = Literal["higher", "lower"]
Better = Literal["candidate", "base", "equal"]
DIRECTIONS: tuple[Direction, ...] = ("higher", "lower")
GROUPS = ("metrics", "parameters", "attributes", "labels", "artifact_uri", "artifact_digest", "created_at")

HIGHER = {
    "acc", "accuracy", "auc", "auroc", "auprc", "ap", "map", "miou", "iou", "dice", "f1", "f2", "fscore", "precision", "recall",
    "sensitivity", "specificity", "tpr", "tnr", "r2", "bleu", "rouge", "meteor", "ndcg", "mrr", "kappa", "mcc", "gini", "psnr",
    "ssim", "throughput", "hit_rate", "win_rate", "top1", "top5", "top_1", "top_5", "silhouette", "explained_variance",
    "true_positive_rate", "true_negative_rate",
}  # fmt: skip
LOWER = {
    "loss", "error", "err", "rmse", "mse", "mae", "mape", "smape", "msle", "rmsle", "nll", "perplexity", "ppl", "wer", "cer",
    "fid", "eer", "ece", "brier", "logloss", "crossentropy", "latency", "duration", "fpr", "fnr", "error_rate",
    "false_positive_rate", "false_negative_rate",
}  # fmt: skip
_SPLIT = re.compile(r"[_\-\s]+")
# What may follow the word that says it all: how it was averaged, and in which unit.
_TAIL = {
    "score", "macro", "micro", "weighted", "mean", "avg", "median", "p50", "p90", "p95", "p99", "ms", "s", "sec", "seconds", "us",
    "ns",
}  # fmt: skip


def direction_of(name: str, declared: Mapping[str, str] | None = None) -> Direction | None:
    """Return which way a metric gets better; None when nobody can tell, and then no side is better.

    What the model declares comes first (by names in `casefold`): for the whole name, or for its last path segment. Then the names that
    everybody uses, whichever data they were measured on (`val_loss`, `ImageNet-1K/acc@1`), in any case. scikit-learn's `neg_…` turn an
    error round: not judged.
    """
    segment = name.rpartition("/")[2]
    for key in (name.casefold(), segment.casefold()):
        if declared and key in declared:
            return "higher" if declared[key] == "higher" else "lower"
    words = [word for word in _SPLIT.split(segment.casefold().partition("@")[0]) if word]
    while len(words) > 1 and words[-1] in _TAIL:
        words.pop()
    tails = {"_".join(words[start:]) for start in range(len(words))}
    if not tails or words[0] in ("neg", "negative"):
        return None
    return "higher" if tails & HIGHER else "lower" if tails & LOWER else None


@dataclass(frozen=True)
class Compared:
    """One thing of two versions: `metrics.auc`, `parameters.depth`, `artifact_uri`. None where a side does not have it: see `missing`."""

    field: str
    base: Any
    candidate: Any
    delta: float | None = None
    better: Better | None = None
    missing: frozenset[str] = frozenset()

    @property
    def group(self) -> str:
        """`metrics`, `parameters`, `attributes`, or the field itself."""
        return self.field.partition(".")[0]

    @property
    def name(self) -> str:
        """What it is called within its group."""
        return self.field.partition(".")[2] or self.field

    @property
    def same(self) -> bool:
        """Whether both sides have it, and have the same."""
        return self.better == "equal"


def flattened(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return one name for each thing: `metrics.auc` for what lies in an object, the field's own for what does not."""
    flat: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{key}": item for key, item in value.items()}
        else:
            flat[name] = value
    return flat


def content_of(version: ModelVersion) -> dict[str, Any]:
    """Return what of a version is compared, flat. An empty text is nothing given."""
    return {name: value for name, value in flattened({group: getattr(version, group) for group in GROUPS}).items() if value != ""}


def compare(candidate: ModelVersion, base: ModelVersion, directions: Mapping[str, str]) -> list[Compared]:
    """Return every thing that either version has, in groups, by name; `delta` is candidate minus base, and `better` says who wins.

    Figures have both. So has the age a delta, in seconds. Of all else only what is `equal` is told: nobody knows a better depth.
    """
    mine, theirs = content_of(candidate), content_of(base)
    directions = {name.casefold(): direction for name, direction in directions.items()}
    names = sorted(mine.keys() | theirs.keys(), key=lambda name: (GROUPS.index(name.partition(".")[0]), name))
    return [_difference(name, theirs, mine, directions) for name in names]


def _difference(name: str, base: dict[str, Any], candidate: dict[str, Any], directions: Mapping[str, str]) -> Compared:
    before, after = base.get(name), candidate.get(name)
    missing = frozenset(side for side, content in (("base", base), ("candidate", candidate)) if name not in content)
    if missing:
        return Compared(name, before, after, missing=missing)
    group, _, key = name.partition(".")
    if group == "created_at":
        return Compared(name, before, after, delta=(after - before).total_seconds(), better="equal" if after == before else None)  # type: ignore[operator]
    if group != "metrics":
        return Compared(name, before, after, better="equal" if alike(before, after) else None)
    return Compared(name, before, after, delta=minus(after, before), better=_better(before, after, direction_of(key, directions)))  # type: ignore[arg-type]


def alike(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: 1 is 1.0, and neither is true."""
    return spelling(one) == spelling(other)


def _better(base: float, candidate: float, direction: Direction | None) -> Better | None:
    if candidate == base:
        return "equal"
    if direction is None:
        return None
    return "candidate" if (candidate > base) == (direction == "higher") else "base"


def minus(figure: float, other: float) -> float | None:
    """Return the difference as it would be worked out on paper: 0.9 − 0.85 is 0.05. None where it is beyond every number."""
    if isinstance(figure, int) and isinstance(other, int):
        return figure - other
    delta = float(Decimal(str(figure)) - Decimal(str(other)))
    return delta if math.isfinite(delta) else None


def tally(differences: Iterable[Compared]) -> dict[str, int]:
    """Return how many metrics are better on which side, equal, missing somewhere, or not judged."""
    counts = {"candidate": 0, "base": 0, "equal": 0, "missing": 0, "unjudged": 0}
    for difference in differences:
        if difference.group == "metrics":
            counts["missing" if difference.missing else difference.better or "unjudged"] += 1
    return counts
