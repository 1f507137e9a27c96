"""Pure facts of a lifecycle: its stages in order, what a move jumps over, which way it goes."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar


class Placed(Protocol):
    """Whatever has a key and a position: a `Stage` row, or a `StageSpec`."""

    key: str
    position: int


class Kinded(Placed, Protocol):
    """A stage that also says what kind it is."""

    kind: str


AnyStage = TypeVar("AnyStage", bound=Kinded)
RANK = ("unassigned", "archived", "working", "production")
ACTIVE = ("working", "production")


@dataclass(frozen=True)
class StageSpec:
    """One stage of a preset."""

    key: str
    name: str
    kind: str
    colour: str
    protected: bool = False
    exclusive: bool = False


# Verta's five: https://docs.verta.ai/verta/registry/guides/model-version-stages
PRESETS: dict[str, tuple[StageSpec, ...]] = {
    "verta": (
        StageSpec("unassigned", "Unassigned", "unassigned", "gray"),
        StageSpec("development", "Development", "working", "violet"),
        StageSpec("staging", "Staging", "working", "amber", protected=True),
        StageSpec("production", "Production", "production", "green", protected=True),
        StageSpec("archived", "Archived", "archived", "slate"),
    ),
    # https://mlflow.org/docs/latest/model-registry: its stages are these, whatever they are used for
    "mlflow": (
        StageSpec("none", "None", "unassigned", "gray"),
        StageSpec("staging", "Staging", "working", "amber", protected=True),
        StageSpec("production", "Production", "production", "green", protected=True),
        StageSpec("archived", "Archived", "archived", "slate"),
    ),
    # Two slots with one holder each, and a version may hold both.
    "chariot": (
        StageSpec("unassigned", "Unassigned", "unassigned", "gray"),
        StageSpec("staging", "Staging", "working", "amber", protected=True, exclusive=True),
        StageSpec("production", "Production", "production", "green", protected=True, exclusive=True),
        StageSpec("archived", "Archived", "archived", "slate"),
    ),
    # Environments: a version may be in several, and an environment may have several versions, of which the last one in counts.
    "gto": (
        StageSpec("unassigned", "Unassigned", "unassigned", "gray"),
        StageSpec("dev", "dev", "working", "violet"),
        StageSpec("stage", "stage", "working", "amber", protected=True),
        StageSpec("prod", "prod", "production", "green", protected=True),
    ),
}
MULTI_HOLD = frozenset({"chariot", "gto"})
FREE = "free"
PRESET_NAMES = (*PRESETS, FREE)
PALETTE = ("gray", "slate", "red", "orange", "amber", "lime", "green", "teal", "sky", "blue", "violet", "pink")
_COLOURS = {"unassigned": "gray", "archived": "slate", "production": "green"}
_WORKING = ("violet", "amber", "sky", "pink", "teal", "orange", "lime", "blue", "red")
_LIVE = ("production", "prod", "live")


def weakens(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """Return the rules by which a change of a stage lets through what was held up: it protects no more, or takes several again."""
    return [rule for rule in ("protected", "exclusive") if before.get(rule) is True and after.get(rule) is False]


def key_of(name: str) -> str:
    """Return the key of a stage with that name: its letters, digits, _ and -, in lower case."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-_")[:40]


def free_colour(kind: str, taken: Iterable[str]) -> str:
    """Return a colour for a new stage: its kind's own, or the first that no other working stage has."""
    used = set(taken)
    return _COLOURS.get(kind) or next((colour for colour in _WORKING if colour not in used), "violet")


def kind_of(name: str) -> str:
    """Return the kind of a stage of which only the name is known."""
    return "production" if name.lower() in _LIVE else "working"


def stage_of_text(text: str) -> dict[str, str]:
    """Read a stage as a person writes it: its name, and behind a `=` its kind where it is not working."""
    name, _, kind = text.partition("=")
    return {"name": name.strip()} | ({"kind": kind.strip().lower()} if kind.strip() else {})


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


def foremost(stages: Iterable[AnyStage]) -> AnyStage:
    """Return the stage that speaks for a version which holds these: production before working (the later first), then archived."""
    return max(stages, key=lambda stage: (RANK.index(stage.kind), stage.position))


def kept_stages(held: Iterable[AnyStage], to: Kinded, *, multi_hold: bool) -> list[AnyStage]:
    """Return which of the stages that it holds a version keeps as it enters another: none, unless a version may hold several.

    Working and production stages then stand beside each other; entering Archived or Unassigned leaves all.
    """
    if not multi_hold or to.kind not in ACTIVE:
        return []
    return [stage for stage in held if stage.kind in ACTIVE and stage.key != to.key]


def flags_of_move(
    stages: Iterable[AnyStage], here: AnyStage, to: AnyStage, held: Collection[str], *, multi_hold: bool
) -> tuple[str, list[str]]:
    """Return the direction of a move and the stages that it skips; one that keeps the stage where the version is, is `additional`."""
    ordered = list(stages)
    skipped = [key for key in skipped_stages(ordered, here.key, to.key) if key not in held]
    if kept_stages([here], to, multi_hold=multi_hold):
        return "additional", skipped
    return direction(ordered, here.key, to.key), skipped
