"""What clients of MLflow's family call things: the stages as they spell them, and what they know of a version."""

from registry.models import Stage

NONE = "None"
# What MLflow itself knows keeps its spelling, also where a workspace shows another name: scripts compare with it.
_CANONICAL = {"staging": "Staging", "production": "Production", "archived": "Archived"}
# What MLflow knows of a version and Stageward has no column for: kept among its attributes, part of what is approved.
RUN_ID, MODEL_ID, SOURCE = "mlflow.run_id", "mlflow.model_id", "mlflow.source"


def shown(stage: Stage) -> str:
    """How a stage is called on the wire."""
    if stage.kind == Stage.Kind.UNASSIGNED:
        return NONE
    return _CANONICAL.get(stage.key, stage.name)
