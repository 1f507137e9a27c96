"""Which of our stages a stage of another system is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from imports.items import Note, StageItem, VersionItem
from registry.lifecycle import key_of
from registry.models import Stage

LEFT_OUT = "-"
_FAMILIES = (
    ("development", "dev", "develop"),
    ("staging", "stage", "test", "qa", "preprod", "pre-production"),
    ("production", "prod", "live"),
    ("archived", "archive", "retired"),
)


def stage_of(name: str, stages: Iterable[Stage], given: Mapping[str, str]) -> str | None:
    """Return the key of the stage that `name` stands for: as given, by its own name, or by one that means the same.

    `LEFT_OUT` where it is to be left out, None where nobody can tell.
    """
    by_key = {stage.key: stage for stage in stages if stage.kind != Stage.Kind.UNASSIGNED}
    if name in given:
        return given[name] if given[name] in (*by_key, LEFT_OUT) else None
    named = {stage.name.casefold(): key for key, stage in by_key.items()}
    own = name if name in by_key else named.get(name.casefold()) or key_of(name)
    if own in by_key:
        return own
    family = next((words for words in _FAMILIES if name.casefold() in words), ())
    return next((word for word in family if word in by_key), None)


def unknown_stages(versions: Iterable[VersionItem], stages: Iterable[Stage], given: Mapping[str, str]) -> list[str]:
    """Return the names of stages that stand for none of ours."""
    kept = list(stages)
    names = {stage.stage for version in versions for stage in version.stages}
    return sorted(name for name in names if stage_of(name, kept, given) is None)


def with_our_stages(
    versions: Iterable[VersionItem], stages: Iterable[Stage], given: Mapping[str, str]
) -> tuple[list[VersionItem], list[Note]]:
    """Return the versions with the keys of our stages: what is left out is gone, and an exclusive stage has one holder.

    Two names there that are one stage here count as one holding while they overlap.
    """
    kept, notes = list(stages), list[Note]()
    keys = {name: stage_of(name, kept, given) for name in {stage.stage for version in versions for stage in version.stages}}
    ours = [
        replace(
            version, stages=_joined(replace(s, stage=str(keys[s.stage])) for s in version.stages if keys[s.stage] != LEFT_OUT)
        )
        for version in versions
    ]
    for stage in kept:
        if stage.exclusive:
            ours, more = _one_holder(ours, stage)
            notes += more
    return ours, notes


def _joined(stages: Iterable[StageItem]) -> tuple[StageItem, ...]:
    """Let holdings of one stage that overlap be one: from the first's beginning to the last's end."""
    joined: list[StageItem] = []
    for item in sorted(stages, key=lambda each: (each.stage, each.entered_at)):
        before = joined[-1] if joined and joined[-1].stage == item.stage else None
        if before and (before.left_at is None or before.left_at > item.entered_at):
            ends = None if before.left_at is None or item.left_at is None else max(before.left_at, item.left_at)
            joined[-1] = replace(before, left_at=ends)
        else:
            joined.append(item)
    return tuple(sorted(joined, key=lambda each: each.entered_at))


def _one_holder(versions: list[VersionItem], stage: Stage) -> tuple[list[VersionItem], list[Note]]:
    """Let the last of a model that entered an exclusive stage hold it; the others held it until the next one came."""
    entered: dict[str, list[tuple[StageItem, VersionItem]]] = defaultdict(list)
    for version in versions:
        for item in version.stages:
            if item.stage == stage.key and item.left_at is None:
                entered[version.model.external_id].append((item, version))
    left: dict[str, datetime] = {}
    notes: list[Note] = []
    for holders in entered.values():
        holders.sort(key=lambda holder: holder[0].entered_at)
        for (item, version), (newer, _) in pairwise(holders):
            left[item.external_id] = newer.entered_at
            about = f"{version.model.name} {version.name}"
            notes.append(Note(about, f"{stage.name} has one holder here, so it left when the next one entered.", skipped=False))
    return [
        replace(version, stages=tuple(replace(s, left_at=left.get(s.external_id, s.left_at)) for s in version.stages))
        for version in versions
    ], notes
