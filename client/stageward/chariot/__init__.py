"""Chariot's names over Stageward: a script that sets stages there runs here with its import lines changed.

    from stageward.chariot.client import connect
    from stageward.chariot.models import Model, Stage, set_stage, get_active_stages, get_stage_history

A project is a workspace with the preset `chariot`, and a model id names one version: `churn/3`.
"""

from stageward.chariot.client import connect
from stageward.chariot.models import Model, Stage, get_active_stages, get_stage_history, set_stage

__all__ = ["Model", "Stage", "connect", "get_active_stages", "get_stage_history", "set_stage"]
