"""What happens here and matters above: one plain list of functions, called inside the transaction, filled in `AppConfig.ready()`."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.caller import Caller
from accounts.models import Workspace
from registry.models import ModelVersion


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


Event = WorkspaceCreated | ContentEdited | VersionDeleted
SUBSCRIBERS: list[Callable[[Event], None]] = []


def tell(event: Event) -> None:
    """Call every subscriber, in the order they were added; an error of one undoes the change."""
    for subscriber in SUBSCRIBERS:
        subscriber(event)
