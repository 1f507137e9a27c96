"""The way in: `Client()`."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any

from stageward.changes import StageChangeRequest
from stageward.entries import Activity, Me
from stageward.errors import Conflict, NotConfigured, NotFound
from stageward.imports import Import
from stageward.listing import LazyList, Value
from stageward.models import RegisteredModel
from stageward.session import Session, in_path
from stageward.settings import settings_of


class Client:
    """One Stageward, as the owner of a token.

    Args:
        host: its address; without it `STAGEWARD_HOST`, or what `stageward login` was told.
        token: an API token; without it `STAGEWARD_TOKEN`, or what `stageward login` was told for that host.
        workspace: its slug; without it `STAGEWARD_WORKSPACE`, else your `default`, else your only one.
        timeout: seconds to wait for an answer, each time.
        retries: how often to send again what was not answered, or was answered 429, 502, 503 or 504. Nothing is done twice.
        backoff: seconds before the first repetition, about; each later one takes twice as long.
        verify: false trusts any certificate, a path names a file of authorities; without it `STAGEWARD_CA_BUNDLE`.
    """

    def __init__(
        self,
        host: str | None = None,
        token: str | None = None,
        workspace: str | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 4,
        backoff: float = 0.25,
        verify: bool | str | None = None,
    ) -> None:
        settings = settings_of(host, token, workspace)
        trusted = (os.environ.get("STAGEWARD_CA_BUNDLE") or True) if verify is None else verify
        self._session = Session(settings, timeout=timeout, retries=retries, backoff=backoff, verify=trusted)
        self._workspace = settings.workspace

    def __repr__(self) -> str:
        return f"Client({self.host!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    @property
    def host(self) -> str:
        """Where it asks."""
        return self._session.host

    @property
    def workspace(self) -> str:
        """The slug of the workspace in which names are looked up. Raises NotConfigured when you have several and said none."""
        if self._workspace is None:
            mine = list(self.me().roles)
            if "default" not in mine and len(mine) != 1:
                told = f"You are in {', '.join(mine)}" if mine else "You are in none"
                raise NotConfigured(f"Which workspace? {told}. Say Client(workspace=…), or set STAGEWARD_WORKSPACE.")
            self._workspace = "default" if "default" in mine else mine[0]
        return self._workspace

    def set_workspace(self, workspace: str) -> None:
        """Look names up in this workspace from now on."""
        self._workspace = workspace

    def me(self) -> Me:
        """Return who asks: your workspaces, the token's scopes, and what waits for you."""
        return Me.of(self._session.get("me"))

    @property
    def workspaces(self) -> LazyList[dict[str, Any]]:
        """Your workspaces, each with its stages in order."""
        return LazyList(self._session, "workspaces", dict)

    @property
    def registered_models(self) -> LazyList[RegisteredModel]:
        """The models of the workspace by name; `filter(stage="production", label=…, owner=…, q=…, pending=True)` narrows them."""
        return LazyList(self._session, self._models(), self._model)

    def get_registered_model(self, name: str, workspace: str | None = None) -> RegisteredModel:
        """Return a model. Raises NotFound."""
        return self._model(self._session.get(f"{self._models(workspace)}/{in_path(name)}"))

    def create_registered_model(self, name: str, workspace: str | None = None, **facts: Any) -> RegisteredModel:
        """Register a model, which you then own. `facts` may be `description`, `readme` and `labels`. Raises Conflict."""
        return self._model(self._session.post(self._models(workspace), {"name": name, **facts}))

    def get_or_create_registered_model(self, name: str, workspace: str | None = None, **facts: Any) -> RegisteredModel:
        """Return the model of this name as it is, or register it with these facts."""
        try:
            return self.get_registered_model(name, workspace)
        except NotFound:
            try:
                return self.create_registered_model(name, workspace, **facts)
            except Conflict:  # somebody registered it meanwhile
                return self.get_registered_model(name, workspace)

    def request(self, number: int) -> StageChangeRequest:
        """Return a stage change request by its id. Raises NotFound."""
        return self._request(self._session.get(f"stage-change-requests/{number}"))

    def requests(self, **filters: Value) -> LazyList[StageChangeRequest]:
        """Return the requests of all your workspaces, the newest first, pending ones the oldest first.

        `filters`: `workspace`, `model`, `version`, `status`, `requester`, `to_stage`, `effect`, `to_be_reviewed`, `awaiting`.
        """
        return LazyList(self._session, "stage-change-requests", self._request, filters)

    def inbox(self) -> LazyList[StageChangeRequest]:
        """Return the requests that wait for you, the oldest first: your approval would count."""
        return self.requests(awaiting="me")

    def activities(self, **filters: Value) -> LazyList[Activity]:
        """Return the log of your workspaces, the newest first.

        `filters`: `workspace`, `model`, `version`, `request`, `actor`, `verb`, `since`, `until`.
        """
        return LazyList(self._session, "activities", Activity.of, filters)

    def export_activities(self, kind: str = "jsonl", **filters: Value) -> str:
        """Return every line of the log that fits as one text, `jsonl` or `csv`."""
        return self._session.download("activities", {**filters, "format": kind}).text

    @property
    def imports(self) -> LazyList[Import]:
        """The imports of the workspace, the newest first. For admins."""
        return LazyList(self._session, self._imports(), self._import)

    def start_import(self, kind: str, source: str, **options: Any) -> Import:
        """Bring over what another system has: `start_import("mlflow", "https://mlflow.example.org", token=…)`.

        `options` may be `token`, `user`, and `stages`: which stage here each name there stands for. Raises Conflict while another one runs.
        """
        return self._import(self._session.post(self._imports(), {"kind": kind, "source": source, **options}))

    def _imports(self) -> str:
        return f"workspaces/{in_path(self.workspace)}/imports"

    def _import(self, row: dict[str, Any]) -> Import:
        return Import(self._session, row, self.workspace)

    def _models(self, workspace: str | None = None) -> str:
        return f"workspaces/{in_path(workspace or self.workspace)}/models"

    def _model(self, row: dict[str, Any]) -> RegisteredModel:
        return RegisteredModel(self._session, row)

    def _request(self, row: dict[str, Any]) -> StageChangeRequest:
        return StageChangeRequest(self._session, row)
