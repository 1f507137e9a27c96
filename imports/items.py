"""What a source says there is, in the words of any registry: models, versions, the stages that they held, and what could not be read."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Author:
    """Who did something there. They need not be known here."""

    name: str = ""
    email: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.email else self.name


@dataclass(frozen=True)
class ModelItem:
    """A model there; `name` is what it is called there, whatever we allow. `archived`: it is put away there."""

    external_id: str
    name: str
    description: str = ""
    readme: str = ""
    labels: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    archived: bool = False


@dataclass(frozen=True)
class StageItem:
    """A stage that a version held there, by its name there; `left_at` is empty while it does."""

    external_id: str
    stage: str
    entered_at: datetime
    left_at: datetime | None = None
    author: Author = field(default_factory=Author)


@dataclass(frozen=True)
class VersionItem:
    """A version there. `external_id` is its own in all the world, or begins with what makes it so.

    `fields` are those of `register_version`: artifact_uri, metrics, labels… `deleted`: it was taken back there. Where versions are known
    by a `number` there, it is kept if it can be, and the version is called after the one that it gets.
    """

    model: ModelItem
    external_id: str
    name: str
    occurred_at: datetime
    author: Author = field(default_factory=Author)
    fields: dict[str, Any] = field(default_factory=dict)
    stages: tuple[StageItem, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    deleted: bool = False
    number: int = 0


@dataclass(frozen=True)
class EventItem:
    """One thing that happened there, kept so that a later import can tell what is new and what is gone."""

    external_id: str
    name: str
    author: Author
    occurred_at: datetime


@dataclass(frozen=True)
class Note:
    """Something for the report."""

    about: str
    text: str
    skipped: bool = True


@dataclass(frozen=True)
class Upstream:
    """All that a source has, in the order in which it is to be brought over; `empty` are its models without any version."""

    versions: tuple[VersionItem, ...]
    events: tuple[EventItem, ...] = ()
    notes: tuple[Note, ...] = ()
    empty: tuple[ModelItem, ...] = ()
