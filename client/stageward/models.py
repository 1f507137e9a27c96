"""Registered models and their versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stageward.entries import ActiveStages, Activity, StageEntry
from stageward.errors import Conflict, NotFound
from stageward.listing import LazyList
from stageward.records import Fact, Record, moment
from stageward.session import in_path
from stageward.versions import ModelVersion

MISSING = {"detail": "", "code": "not-found"}


class VersionList(LazyList[ModelVersion]):
    """Versions of a model, the newest first."""

    def find(self, *queries: str) -> VersionList:
        """Return those that the find language describes: `find("stage == staging")`, `find("metrics.auc >= 0.9", "labels == eu")`.

        Several are joined by `and`. Raises Invalid when somebody looks, with the column where a query went wrong.
        """
        terms = [str(self._params["find"])] if self._params.get("find") else []
        return VersionList(self._session, self._path, self._make, {**self._params, "find": " and ".join([*terms, *queries])})


class RegisteredModel(Record):
    """One modelling task with its versions. Its facts are as they were last read; `refresh()` looks again."""

    workspace = Fact[str]()
    name = Fact[str]()
    description = Fact[str]()
    readme = Fact[str]()
    labels = Fact["list[str]"]()
    owner = Fact[str]()
    archived = Fact[bool]()
    versions_by_stage = Fact["dict[str, int]"]()
    in_production = Fact["list[dict[str, Any]]"]()
    pending_requests = Fact[int]()
    created_at = Fact[datetime](moment)
    updated_at = Fact[datetime](moment)
    revision = Fact[int]()
    url = Fact[str]()

    def __repr__(self) -> str:
        return f"<RegisteredModel {self.workspace}/{self.name}>"

    @property
    def versions(self) -> VersionList:
        """Its versions, the newest first: `model.versions[0]`, `model.versions.find("stage == staging")`."""
        return VersionList(self._session, f"{self._path}/versions", self._version)

    def create_version(self, name: str | None = None, **facts: Any) -> ModelVersion:
        """Register a version: its next number, unassigned, called `v{number}` unless a name is given.

        `facts` may be `description`, `artifact_uri`, `artifact_digest`, `metrics`, `parameters`, `attributes`, `labels` and `run_url`.
        """
        body = {**facts, **({"name": name} if name else {})}
        return self._version(self._session.post(f"{self._path}/versions", body))

    def get_version(self, name: str | None = None, *, number: int | None = None) -> ModelVersion:
        """Return a version by its name or by its number. Raises NotFound."""
        if number is not None:
            return self._version(self._session.get(f"{self._path}/versions/{number}"))
        found = self._named(name or "")
        if found is None:
            detail = f"There is no version “{name}” of {self.name}. Look at its versions, or register it."
            raise NotFound({**MISSING, "detail": detail}, 404)
        return found

    def get_or_create_version(self, name: str | None = None, **facts: Any) -> ModelVersion:
        """Return the version of this name as it is, or register it with these facts."""
        found = self._named(name) if name else None
        if found:
            return found
        try:
            return self.create_version(name, **facts)
        except Conflict:
            found = self._named(name) if name else None  # somebody registered it meanwhile
            if found is None:
                raise
            return found

    def active_stages(self, at: datetime | str | None = None) -> ActiveStages:
        """Return who holds each stage, now or at a time past."""
        when = at.isoformat() if isinstance(at, datetime) else at
        return ActiveStages.of(self._session.get(f"{self._path}/active-stages", {"at": when}))

    @property
    def stage_history(self) -> LazyList[StageEntry]:
        """Every entry of a version into a stage, the newest first."""
        return LazyList(self._session, f"{self._path}/stage-history", StageEntry.of)

    @property
    def activities(self) -> LazyList[Activity]:
        """The log's lines about it, the newest first."""
        return LazyList(self._session, "activities", Activity.of, {"workspace": self.workspace, "model": self.name})

    def update(self, **facts: Any) -> RegisteredModel:
        """Set facts, such as `description`, `readme`, `labels`, `owner` or `archived`; the others stay."""
        self._take(self._session.patch(self._path, facts))
        return self

    def delete(self) -> None:
        """Delete it with its versions. Raises Protected where one of them is kept."""
        self.refresh()
        self._session.delete(self._path, self.revision)

    @property
    def _path(self) -> str:
        return f"workspaces/{self._facts['workspace']}/models/{in_path(self._facts['name'])}"

    def _version(self, row: dict[str, Any]) -> ModelVersion:
        return ModelVersion(self._session, row)

    def _named(self, name: str) -> ModelVersion | None:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        found = self.versions.find(f'name == "{quoted}"')
        return found[0] if found else None
