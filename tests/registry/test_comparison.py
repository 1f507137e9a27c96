"""A candidate beside a base: which way each metric gets better, what differs, what is missing."""

from datetime import UTC, datetime, timedelta

import pytest

from registry.comparison import Compared, compare, direction_of, minus, tally
from registry.models import ModelVersion

START = datetime(2026, 10, 1, tzinfo=UTC)


def version(**fields):
    return ModelVersion(**{"created_at": START, **fields})


def compared(candidate, base, **directions):
    rows = compare(version(**candidate), version(**base), directions)
    return {row.field: row for row in rows if row.field not in ("labels", "created_at")}


@pytest.mark.parametrize(
    "name",
    ["accuracy", "ACC", "ImageNet-1K/acc@1", "val_accuracy", "roc_auc", "f1_macro", "f1-score", "COCO/box_map", "mAP@0.5", "recall@10",
     "precision_score", "r2_score", "test/BLEU", "true_positive_rate", "top-5 accuracy"],
)  # fmt: skip
def test_these_are_better_when_higher(name):
    assert direction_of(name) == "higher"


@pytest.mark.parametrize(
    "name",
    ["loss", "val_loss", "Val/Loss", "rmse", "mean_absolute_error", "latency_ms", "p99 latency", "word_error_rate", "log-loss", "WER",
     "false_positive_rate", "latency_p99_ms"],
)  # fmt: skip
def test_these_are_better_when_lower(name):
    assert direction_of(name) == "lower"


@pytest.mark.parametrize(
    "name",
    [
        "epoch",
        "learning_rate",
        "score",
        "accuracy/count",
        "accuracy_std",
        "neg_mean_squared_error",
        "_",
        "@1",
        "ms",
        "lossy",
        "a/",
    ],
)
def test_of_these_nobody_can_tell(name):
    assert direction_of(name) is None


def test_what_the_model_declares_comes_first_by_whole_name_and_by_last_segment():
    assert direction_of("Epoch", {"epoch": "lower"}) == "lower"
    assert direction_of("test/epoch", {"epoch": "higher"}) == "higher"
    assert direction_of("accuracy", {"accuracy": "lower"}) == "lower"
    assert direction_of("test/accuracy", {"test/accuracy": "lower", "accuracy": "higher"}) == "lower"
    assert direction_of("epoch", {"test/epoch": "higher"}) is None


@pytest.mark.parametrize(
    ("figure", "other", "delta"),
    [(0.9, 0.85, 0.05), (1, 3, -2), (1e-15, 3e-15, -2e-15), (1e17, 1, 1e17), (0.1, 0.1, 0), (1e308, -1e308, None), (2, 0.5, 1.5)],
)
def test_a_difference_is_as_on_paper(figure, other, delta):
    assert minus(figure, other) == delta


def test_metrics_have_a_difference_and_a_side_that_is_better():
    rows = compared(
        {"metrics": {"auc": 0.9, "loss": 0.3, "f1": 0.5, "epochs": 9, "new": 1, "cost": 4}},
        {"metrics": {"auc": 0.85, "loss": 0.2, "f1": 0.5, "epochs": 8, "gone": 2, "cost": 5}},
        Cost="lower",
    )
    assert rows == {
        "metrics.auc": Compared("metrics.auc", 0.85, 0.9, 0.05, "candidate"),
        "metrics.cost": Compared("metrics.cost", 5, 4, -1, "candidate"),
        "metrics.epochs": Compared("metrics.epochs", 8, 9, 1, None),
        "metrics.f1": Compared("metrics.f1", 0.5, 0.5, 0, "equal"),
        "metrics.gone": Compared("metrics.gone", 2, None, missing=frozenset({"candidate"})),
        "metrics.loss": Compared("metrics.loss", 0.2, 0.3, 0.1, "base"),
        "metrics.new": Compared("metrics.new", None, 1, missing=frozenset({"base"})),
    }
    assert tally(rows.values()) == {"candidate": 2, "base": 1, "equal": 1, "missing": 2, "unjudged": 1}


def test_of_all_else_only_what_is_equal_is_told():
    rows = compared(
        {"parameters": {"depth": 6, "off": None, "flag": True}, "attributes": {"a.b": [1, {"x": 1.0}]}, "artifact_uri": "s3://b"},
        {"parameters": {"depth": 5, "flag": 1}, "attributes": {"a.b": [1, {"x": 1}]}, "artifact_digest": "sha256:01234567"},
    )
    assert rows == {
        "parameters.depth": Compared("parameters.depth", 5, 6),
        "parameters.flag": Compared("parameters.flag", 1, True),
        "parameters.off": Compared("parameters.off", None, None, missing=frozenset({"base"})),
        "attributes.a.b": Compared("attributes.a.b", [1, {"x": 1}], [1, {"x": 1.0}], better="equal"),
        "artifact_uri": Compared("artifact_uri", None, "s3://b", missing=frozenset({"base"})),
        "artifact_digest": Compared("artifact_digest", "sha256:01234567", None, missing=frozenset({"candidate"})),
    }
    assert [(row.group, row.name) for row in rows.values()][3:5] == [("attributes", "a.b"), ("artifact_uri", "artifact_uri")]


def test_labels_and_age_are_compared_too():
    rows = compare(version(labels=["a"], created_at=START + timedelta(days=1)), version(labels=["a"]), {})
    assert [(row.field, row.delta, row.better) for row in rows] == [("labels", None, "equal"), ("created_at", 86400, None)]
