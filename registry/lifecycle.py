"""Pure facts of a lifecycle: its stages in order, what a move jumps over, which way it goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Placed(Protocol):
    """Whatever has a key and a position: a `Stage` row, or a `StageSpec`."""

    key: str
    position: int


@dataclass(frozen=True)
class StageSpec:
    """One stage of a preset."""

    key: str
    name: str
    kind: str
    colour: str
    protected: bool = False


# Verta's five: https://docs.verta.ai/verta/registry/guides/model-version-stages
PRESETS: dict[str, tuple[StageSpec, ...]] = {
    "verta": (
        StageSpec("unassigned", "Unassigned", "unassigned", "gray"),
        StageSpec("development", "Development", "working", "violet"),
        StageSpec("staging", "Staging", "working", "amber", protected=True),
        StageSpec("production", "Production", "production", "green", protected=True),
        StageSpec("archived", "Archived", "archived", "slate"),
    ),
}


def skipped_stages(stages: Iterable[Placed], from_key: str, to_key: str) -> list[str]:
    """Return the keys of the stages that a forward move jumps over, in order; a move back skips none.

    Archiving is a move like any other: from Development to Archived, Staging and Production lie between (rule 2).
    """
    ordered = sorted(stages, key=lambda stage: stage.position)
    place = {stage.key: index for index, stage in enumerate(ordered)}
    return [stage.key for stage in ordered[place[from_key] + 1 : place[to_key]]]


def direction(stages: Iterable[Placed], from_key: str, to_key: str) -> str:
    """Return `forward`, or `back` for a move to a lower position."""
    position = {stage.key: stage.position for stage in stages}
    return "back" if position[to_key] < position[from_key] else "forward"
