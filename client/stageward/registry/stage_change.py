"""Stages to ask for, under the name of the module that scripts written for Verta's client import."""

from stageward.stages import Archived, Development, Production, Stage, Staging, Unassigned

__all__ = ["Archived", "Development", "Production", "Stage", "Staging", "Unassigned"]
