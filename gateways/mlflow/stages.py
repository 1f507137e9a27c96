"""Stages as MLflow's clients name them: `None` is where versions begin, in any case; the rest by key or name."""

from collections.abc import Iterable

from accounts.models import Workspace
from activity.errors import Invalid
from registry.models import Stage

NONE = "None"
# What MLflow itself knows keeps its spelling, also where a workspace shows another name: scripts compare with it.
_CANONICAL = {"staging": "Staging", "production": "Production", "archived": "Archived"}


def shown(stage: Stage) -> str:
    """How a stage is called on the wire."""
    if stage.kind == Stage.Kind.UNASSIGNED:
        return NONE
    return _CANONICAL.get(stage.key, stage.name)


def stage_named(text: str, stages: Iterable[Stage], workspace: Workspace) -> str:
    """Return the key of the stage that a client means; where any name becomes a stage, the name itself. Raises Invalid."""
    listed = list(stages)
    known = {word.casefold(): stage.key for stage in listed for word in (stage.name, stage.key, shown(stage))}
    if key := known.get(text.strip().casefold()):
        return key
    if workspace.open_stages:
        return text
    names = ", ".join(shown(stage) for stage in listed)
    raise Invalid(f"Invalid Model Version stage: “{text}”. Nothing was done; choose one of: {names}.", field="stage")
