"""Where a version is to move, and what is said with it: `Staging("Undergoing final testing.")`."""

from __future__ import annotations

from typing import Union


class Stage:
    """A move into the stage with this key, of whatever lifecycle."""

    def __init__(self, key: str, comment: str | None = None) -> None:
        self.key, self.comment = key, comment or ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.comment!r})" if type(self) is not Stage else f"Stage({self.key!r}, {self.comment!r})"


class Unassigned(Stage):
    """Out of every stage."""

    def __init__(self, comment: str | None = None) -> None:
        super().__init__("unassigned", comment)


class Development(Stage):
    """Into Development."""

    def __init__(self, comment: str | None = None) -> None:
        super().__init__("development", comment)


class Staging(Stage):
    """Into Staging."""

    def __init__(self, comment: str | None = None) -> None:
        super().__init__("staging", comment)


class Production(Stage):
    """Into Production."""

    def __init__(self, comment: str | None = None) -> None:
        super().__init__("production", comment)


class Archived(Stage):
    """Into Archived."""

    def __init__(self, comment: str | None = None) -> None:
        super().__init__("archived", comment)


AnyStage = Union[Stage, str]


def stage_of(wanted: AnyStage) -> Stage:
    """Return a stage, of which the key alone may be given."""
    return wanted if isinstance(wanted, Stage) else Stage(wanted)
