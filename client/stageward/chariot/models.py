"""Models, which are versions here, and the two slots that they may hold."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

from stageward import stages
from stageward.changes import StageChangeRequest
from stageward.chariot.client import connection
from stageward.errors import AlreadyPending, NotConfigured, NotFound
from stageward.models import RegisteredModel
from stageward.versions import ModelVersion


class Stage(str, Enum):
    """A slot; each holds at most one version of a model, and one version may hold both."""

    STAGING = "staging"
    PRODUCTION = "production"


class Model:
    """One version of a model, by its id (`churn/3`) or by name and version, in a project, which is a workspace."""

    def __init__(
        self, project_id: str | None = None, id: str | None = None, *, name: str | None = None, version: str | None = None
    ) -> None:
        found = re.fullmatch(r"([^/]+)/([0-9]+)", id) if id else None
        if not found and not (name and version):
            raise NotConfigured("Which version? Give its id, such as churn/3, or its name and version.")
        client = connection().client
        self._model = client.get_registered_model(found[1] if found else str(name), workspace=project_id)
        self._version = self._model.get_version(number=int(found[2])) if found else _called(self._model, str(version))

    def __repr__(self) -> str:
        return f"<Model {self.id} {self.version}>"

    @property
    def id(self) -> str:
        """The id of this version."""
        return _id(self.name, self._version.number)

    @property
    def project_id(self) -> str:
        """The workspace."""
        return self._model.workspace

    @property
    def name(self) -> str:
        """The name that all its versions share."""
        return self._model.name

    @property
    def version(self) -> str:
        """The version's name, without a v before its digits."""
        return _plain(self._version.name)

    @property
    def registered_model(self) -> RegisteredModel:
        """The model, as the rest of this client knows it."""
        return self._model

    @property
    def model_version(self) -> ModelVersion:
        """The version, as the rest of this client knows it."""
        return self._version


def set_stage(model: Model, stage: Stage | str, comment: str = "", *, timeout: float | None = None) -> StageChangeRequest:
    """Put a version into a slot, whose holder makes room, once somebody else approves; return the request that took effect.

    Waits for the approval for `timeout` seconds, else for as long as `connect` said. Raises StillWaiting with the sentence when the request
    then still waits: call it again, and it goes on with the same request. Raises NotApplied when the request ended otherwise. Of the slot's
    holder nothing is asked: the request that brought it there is returned.
    """
    wanted, version = Stage(stage).value, model.model_version
    holders = model.registered_model.active_stages().stages.get(wanted, [])
    brought = version.brought_by(wanted) if version.number in [holder.version for holder in holders] else None
    if brought:
        return brought  # also while it is asked into the other slot
    try:
        request = version.change_stage(stages.Stage(wanted, comment))
    except AlreadyPending as refusal:
        if refusal.request is None or refusal.request.to_stage != wanted:
            raise
        request = refusal.request
    return request.wait(connection().patience if timeout is None else timeout)


def get_active_stages(model: Model) -> dict[str, Any]:
    """Return who holds each slot, None where nobody does, and under `archived` the ids of what was in production and is not now."""
    active = model.registered_model.active_stages()
    holders: dict[str, Any] = {}
    for stage in Stage:
        held = active.stages.get(stage.value)
        holders[stage.value] = held and {
            "model_id": _id(model.name, held[0].version),
            "version": _plain(held[0].name),
            "since": int(held[0].since.timestamp()),
        }
    slots = {key: holder or None for key, holder in holders.items()}
    return {**slots, "archived": [_id(model.name, number) for number in active.archived]}


def get_stage_history(model: Model) -> list[dict[str, Any]]:
    """Return every entry into a slot, the newest first; `created_at` is when it was approved, in seconds since 1970."""
    slots = [stage.value for stage in Stage]
    return [
        {
            "created_at": int(entry.entered_at.timestamp()),
            "model_id": _id(model.name, entry.version),
            "stage": entry.stage,
            "version": _plain(entry.name),
        }
        for entry in model.registered_model.stage_history
        if entry.stage in slots
    ]


def _id(name: str, number: int) -> str:
    return f"{name}/{number}"


def _plain(version: str) -> str:
    return re.sub(r"^v(?=[0-9])", "", version)


def _called(model: RegisteredModel, version: str) -> ModelVersion:
    """The version of that name, which may have a v before its digits. Raises NotFound."""
    try:
        return model.get_version(version)
    except NotFound:
        if not version[:1].isdigit():
            raise
        return model.get_version(f"v{version}")
