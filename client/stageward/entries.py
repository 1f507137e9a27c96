"""Small facts: lines of the log, entries into stages, comparisons, the caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from stageward.records import moment, moment_or_none


@dataclass(frozen=True)
class Activity:
    """One line of the log."""

    id: int
    at: datetime
    verb: str
    actor: str | None
    model: str | None
    version: int | None
    request: int | None
    from_stage: str
    to_stage: str
    facts: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, row: dict[str, Any]) -> Activity:
        """Read a line as the API has it; `facts` keeps all of it."""
        plain = {name: row[name] for name in ("id", "verb", "actor", "model", "version", "request", "from_stage", "to_stage")}
        return cls(at=moment(row["at"]), facts=row, **plain)


@dataclass(frozen=True)
class StageEntry:
    """A version held a stage, from one moment until another; until now where `left_at` is None."""

    version: int
    name: str
    stage: str
    entered_at: datetime
    left_at: datetime | None
    request: int
    actor: str

    @classmethod
    def of(cls, row: dict[str, Any]) -> StageEntry:
        """Read an entry as the API has it."""
        plain = {name: row[name] for name in ("version", "name", "stage", "request", "actor")}
        return cls(entered_at=moment(row["entered_at"]), left_at=moment_or_none(row["left_at"]), **plain)


@dataclass(frozen=True)
class Holder:
    """A version that holds a stage."""

    version: int
    name: str
    since: datetime


@dataclass(frozen=True)
class ActiveStages:
    """Who holds each stage, the latest entry first; `archived` were in production and are not now."""

    stages: dict[str, list[Holder]]
    archived: list[int]

    @classmethod
    def of(cls, row: dict[str, Any]) -> ActiveStages:
        """Read it as the API has it."""
        stages = {
            key: [Holder(each["version"], each["name"], moment(each["since"])) for each in holders]
            for key, holders in row["stages"].items()
        }
        return cls(stages, list(row["archived"]))


@dataclass(frozen=True)
class Difference:
    """One thing of two versions; None where a side does not have it. `delta` is candidate minus base."""

    field: str
    base: Any
    candidate: Any
    delta: float | None
    better: str | None


@dataclass(frozen=True)
class Comparison:
    """A candidate beside a base."""

    candidate: dict[str, Any]
    base: dict[str, Any]
    fields: list[Difference]
    facts: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, row: dict[str, Any]) -> Comparison:
        """Read it as the API has it."""
        return cls(row["candidate"], row["base"], [Difference(**each) for each in row["fields"]], row)


@dataclass(frozen=True)
class Me:
    """Who asks: `roles` by workspace, the token's scopes, and what waits."""

    username: str
    name: str
    kind: str
    roles: dict[str, str]
    scopes: list[str]
    awaiting_my_review: int
    my_open_requests: int
    facts: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, row: dict[str, Any]) -> Me:
        """Read it as the API has it."""
        user = row["user"]
        roles = {each["workspace"]: each["role"] for each in row["workspaces"]}
        return cls(user["username"], user["name"], user["kind"], roles, row["scopes"], **row["counts"], facts=row)
