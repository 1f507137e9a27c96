"""How many versions stand in which stage. Counting 100,000 rows takes a while, so the counts of large models are remembered.

A model's counts are kept under the place that its chain of the log has reached: every change to a version writes a line there, so what
is remembered is exact. Those of whole workspaces are kept under their last line and what is hidden from the reader; two writers at once
may leave them behind by one change, for a minute at most.
"""

import hashlib
from collections.abc import Iterable

from django.core.cache import cache
from django.db.models import Count, OuterRef, Subquery, Sum

from accounts.models import User, Workspace
from activity.models import Activity, Chain
from registry.models import ModelVersion, RegisteredModel

LARGE = 2_000  # versions; fewer are counted sooner than looked up
_HOUR, _MINUTE = 3600, 60

Counts = dict[str, int]


def counts_by_model(models: Iterable[RegisteredModel]) -> dict[int, Counts]:
    """Return, by model, how many living versions stand in which stage (keys); one query, two more where a model is large."""
    listed = list(models)
    keys = _model_keys([model.pk for model in listed if model.last_number >= LARGE])
    known = cache.get_many(keys.values()) if keys else {}
    counts = {model_id: known[key] for model_id, key in keys.items() if key in known}
    missing = [model.pk for model in listed if model.pk not in counts]
    if missing:
        counts |= ModelVersion.objects.counts_by_stage(missing)
    if anew := {key: counts.get(model_id, {}) for model_id, key in keys.items() if key not in known}:
        cache.set_many(anew, _HOUR)
    return {model.pk: counts.get(model.pk, {}) for model in listed}


def _model_keys(model_ids: list[int]) -> dict[int, str]:
    """Read before counting: what is counted is then as new as its key says, or newer and asked for under no key again."""
    if not model_ids:
        return {}
    chains = dict(Chain.objects.filter(key__in=[f"model:{pk}" for pk in model_ids]).values_list("key", "seq"))
    return {pk: f"stage-counts:model:{pk}:{chains.get(f'model:{pk}', 0)}" for pk in model_ids}


def counts_in(workspaces: Iterable[Workspace], user: User) -> Counts:
    """Return how many living versions of living models that the user may see stand in which stage (keys), over these workspaces."""
    ids = [workspace.pk for workspace in workspaces]
    hidden = RegisteredModel.objects.hidden_from(user).order_by("pk").values_list("pk", flat=True)
    registered = (
        RegisteredModel.objects.filter(workspace__in=ids, deleted_at=None).aggregate(last=Sum("last_number"))["last"] or 0
    )
    if registered < LARGE:
        return _counted(ids, hidden.order_by())
    last_line = Activity.objects.filter(workspace_id=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    lines = Workspace.objects.filter(pk__in=ids).order_by("pk").values_list("pk", Subquery(last_line))
    unseen = list(hidden)
    key = f"stage-counts:workspaces:{hashlib.sha256(repr((list(lines), unseen)).encode()).hexdigest()}"
    counts = cache.get(key)
    if counts is None:
        counts = _counted(ids, unseen)
        cache.set(key, counts, _MINUTE)
    return dict(counts)


def _counted(workspace_ids: list[int], hidden: Iterable[int]) -> Counts:
    versions = ModelVersion.objects.alive().filter(model__workspace__in=workspace_ids, model__deleted_at=None)
    seen = versions.exclude(model__in=hidden)
    return dict(seen.order_by().values_list("stage").annotate(count=Count("*")))
