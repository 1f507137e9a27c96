"""What happens here and matters above: one plain list of functions, called inside the transaction, filled in `AppConfig.ready()`."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.caller import Caller
from accounts.models import Workspace
from registry.models import ModelVersion, RegisteredModel, Stage


@dataclass(frozen=True)
class WorkspaceCreated:
    """A workspace with its stages exists."""

    workspace: Workspace
    by: Caller


@dataclass(frozen=True)
class ContentEdited:
    """The governed content of a version (locked) changed."""

    version: ModelVersion
    by: Caller


@dataclass(frozen=True)
class VersionDeleted:
    """A version (locked) is gone, alone or with its model; an archived model's versions count as gone for whoever waits on them."""

    version: ModelVersion
    by: Caller
    reason: str


@dataclass(frozen=True)
class HoldersChanged:
    """Some stages of a model (locked) got or lost holders, by a request or without one; `displaced` had to move (`reason`)."""

    model: RegisteredModel
    stage_ids: frozenset[int]
    by: Caller
    displaced: tuple[ModelVersion, ...] = ()
    request_id: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class StageAdded:
    """A lifecycle has another stage."""

    stage: Stage
    by: Caller


@dataclass(frozen=True)
class StageChanged:
    """A stage is another than before: its place, its rules, or it is retired; every model of its workspace is locked."""

    stage: Stage
    by: Caller


Event = WorkspaceCreated | ContentEdited | VersionDeleted | HoldersChanged | StageAdded | StageChanged
SUBSCRIBERS: list[Callable[[Event], None]] = []


def tell(event: Event) -> None:
    """Call every subscriber, in the order they were added; an error of one undoes the change."""
    for subscriber in SUBSCRIBERS:
        subscriber(event)
