"""Model versions: their facts, their stage, and the asking for another one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from stageward.changes import APPLIED, StageChangeRequest
from stageward.entries import Activity, Comparison
from stageward.errors import AlreadyPending, PreconditionFailed, SameStage
from stageward.files import AnyPath, save
from stageward.listing import LazyList
from stageward.records import Fact, Record, moment
from stageward.session import Session, in_path
from stageward.stages import AnyStage, stage_of

FRESH = 1.0  # seconds for which a stage that was read is taken as it is
ATTEMPTS = 5  # when others change the same version at the same time


class ModelVersion(Record):
    """One candidate of a model.

    Its facts are as they were last read. `stage` and `pending_request` alone ask the server again: when what was read is more than a second
    old, and each time while a request waits.
    """

    workspace = Fact[str]()
    model = Fact[str]()
    number = Fact[int]()
    name = Fact[str]()
    description = Fact[str]()
    artifact_uri = Fact[str]()
    artifact_digest = Fact[str]()
    metrics = Fact["dict[str, float]"]()
    parameters = Fact["dict[str, Any]"]()
    attributes = Fact["dict[str, Any]"]()
    labels = Fact["list[str]"]()
    run_url = Fact[str]()
    lock = Fact[str]()
    created_by = Fact[str]()
    created_at = Fact[datetime](moment)
    updated_at = Fact[datetime](moment)
    content_edited_by = Fact[str]()
    revision = Fact[int]()
    url = Fact[str]()

    def __init__(self, session: Session, facts: dict[str, Any]) -> None:
        super().__init__(session, facts)
        self._read_at = time.monotonic()

    def __repr__(self) -> str:
        return f"<ModelVersion {self.model}/{self.number} {self.name}: {self._facts['stage']}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelVersion) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def stage(self) -> str:
        """The key of the stage that it stands in, now."""
        return str(self._fresh()["stage"])

    @property
    def pending_request(self) -> StageChangeRequest | None:
        """The stage change request that waits, or None."""
        number = self._fresh()["pending_request"]
        return None if number is None else StageChangeRequest(self._session, {"id": number})

    @property
    def requests(self) -> LazyList[StageChangeRequest]:
        """Every stage change request of it, the newest first."""
        return LazyList(self._session, "stage-change-requests", self._request, self._filter)

    @property
    def activities(self) -> LazyList[Activity]:
        """The log's lines about it, the newest first."""
        return LazyList(self._session, "activities", Activity.of, self._filter)

    def change_stage(self, stage: AnyStage, *, archive_incumbents: bool = False) -> StageChangeRequest:
        """Ask that it move to a stage: `change_stage(Production("AUC 0.91, latency unchanged."))`.

        Returns the request: pending until somebody else approves it, or applied already where the policy asks for no approval. Of a
        version that stands there already, the request that brought it there. Raises AlreadyPending, whose `request` is the one that waits.
        """
        wanted = stage_of(stage)
        body: dict[str, Any] = {"to_stage": wanted.key, "comment": wanted.comment}
        if archive_incumbents:
            body["archive_incumbents"] = True
        self._read_at = float("-inf")
        try:
            return self._request(self._session.post(f"{self._path}/stage-change-requests", body))
        except AlreadyPending as refusal:
            refusal.request = StageChangeRequest(self._session, {"id": refusal.extras["request"]})
            raise
        except SameStage:
            brought = self.brought_by(wanted)
            if brought is None:
                raise
            return brought

    def brought_by(self, stage: AnyStage) -> StageChangeRequest | None:
        """Return the last request that brought it into a stage, None when there was none."""
        found = self.requests.filter(status=APPLIED, to_stage=stage_of(stage).key)
        return found[0] if found else None

    def update(self, **facts: Any) -> ModelVersion:
        """Set facts, such as `description`, `labels`, `metrics` or `attributes`; each is replaced as a whole, the others stay."""
        self._take(self._session.patch(self._path, facts))
        return self

    def add_labels(self, labels: Iterable[str]) -> ModelVersion:
        """Add labels to those that it has."""
        wanted = list(labels)
        return self._edit("labels", lambda has: [*has, *(label for label in wanted if label not in has)])

    def add_label(self, label: str) -> ModelVersion:
        """Add a label."""
        return self.add_labels([label])

    def del_label(self, label: str) -> ModelVersion:
        """Take a label away."""
        return self._edit("labels", lambda has: [each for each in has if each != label])

    def add_attributes(self, attributes: dict[str, Any]) -> ModelVersion:
        """Add attributes to those that it has, or change them."""
        return self._edit("attributes", lambda has: {**has, **attributes})

    def add_attribute(self, name: str, value: Any) -> ModelVersion:
        """Add an attribute, or change it."""
        return self.add_attributes({name: value})

    def log_metrics(self, metrics: dict[str, float]) -> ModelVersion:
        """Add metrics to those that it has, or change them."""
        return self._edit("metrics", lambda has: {**has, **metrics})

    def set_lock_level(self, level: str) -> ModelVersion:
        """Lock it, `redact` or `closed`, or set it `open` again, which takes an admin."""
        self._take(self._session.post(f"{self._path}/lock", {"level": level}))
        return self

    def add_comment(self, text: str) -> None:
        """Say something about it."""
        self._session.post(f"{self._path}/comments", {"body": text})

    def delete(self) -> None:
        """Delete it. Raises Protected for what holds a protected stage, or was in production."""
        self.refresh()
        self._session.delete(self._path, self.revision)

    def compare(self, base: str | int = "production") -> Comparison:
        """Return it beside what holds a stage, or beside another version by its number."""
        return Comparison.of(self._session.get(f"{self._path}/compare", {"with": base}))

    def evidence(self, path: AnyPath | None = None) -> Path:
        """Take home its evidence pack, a ZIP for auditors; returns the file."""
        target = path or f"{self.model}-{self.number}-evidence.zip"
        return save(self._session.download(f"{self._path}/evidence").content, target)

    @property
    def _path(self) -> str:
        return f"workspaces/{self._facts['workspace']}/models/{in_path(self._facts['model'])}/versions/{self._facts['number']}"

    @property
    def _identity(self) -> tuple[Any, ...]:
        return self._session.host, self._facts["workspace"], self._facts["model"], self._facts["number"]

    @property
    def _filter(self) -> dict[str, Any]:
        return {
            name: self._facts[fact] for name, fact in {"workspace": "workspace", "model": "model", "version": "number"}.items()
        }

    def _request(self, row: dict[str, Any]) -> StageChangeRequest:
        return StageChangeRequest(self._session, row)

    def _take(self, facts: dict[str, Any]) -> None:
        super()._take(facts)
        self._read_at = time.monotonic()

    def _fresh(self) -> dict[str, Any]:
        if self._facts["pending_request"] is not None or time.monotonic() - self._read_at > FRESH:
            self.refresh()
        return self._facts

    def _edit(self, name: str, change: Callable[[Any], Any]) -> ModelVersion:
        """Change one fact as it is now; when somebody else was faster, what they made of it. Writes nothing where nothing changes."""
        for left in reversed(range(ATTEMPTS)):
            self.refresh()
            wanted = change(self._facts[name])
            if wanted == self._facts[name]:
                return self
            try:
                self._take(self._session.patch(self._path, {name: wanted}, self.revision))
                return self
            except PreconditionFailed:
                if not left:
                    raise
        raise AssertionError  # the last attempt returns or raises
