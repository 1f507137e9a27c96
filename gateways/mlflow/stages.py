"""Stages as MLflow's clients name them: `None` is where versions begin, in any case; the rest by key or name."""

from collections.abc import Iterable

from accounts.models import Workspace
from activity.errors import Invalid
from registry.mlflow import NONE, shown
from registry.models import Stage

__all__ = ["NONE", "shown", "stage_named"]


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
