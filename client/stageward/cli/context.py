"""What every command has at hand, and how people name things: `churn`, `churn/3`, `12`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar, Union

from stageward.changes import StageChangeRequest
from stageward.cli.console import Console
from stageward.client import Client
from stageward.listing import LazyList
from stageward.models import RegisteredModel
from stageward.versions import ModelVersion

T = TypeVar("T")
Thing = Union[StageChangeRequest, RegisteredModel, ModelVersion]
MOST_ROWS = 50


@dataclass
class Context:
    """One call of the command line."""

    arguments: argparse.Namespace
    console: Console

    @cached_property
    def client(self) -> Client:
        """Whom to ask."""
        return Client(self.arguments.host, workspace=self.arguments.workspace)

    def close(self) -> None:
        """Let go of the connections, if there are any."""
        if "client" in vars(self):
            self.client.close()

    def version(self, text: str) -> ModelVersion:
        """Return what `churn/3` or `churn/v3.1.0` names: digits alone are a number. Raises NotFound, UsageError."""
        model, slash, version = text.partition("/")
        if not (model and slash and version):
            raise UsageError(f"{text} names no version. Write the model and its number: churn/3")
        found = self.client.get_registered_model(model)
        return found.get_version(number=int(version)) if is_number(version) else found.get_version(version)

    def thing(self, text: str) -> Thing:
        """Return the request `12`, the version `churn/3` or the model `churn`. Raises NotFound, UsageError."""
        if is_number(text):
            return self.client.request(int(text))
        return self.version(text) if "/" in text else self.client.get_registered_model(text)

    def rows(self, found: LazyList[T]) -> list[T]:
        """Return as many rows as were asked for: all for a script, fifty for a person. Tells a person when there are more."""
        limit = self.arguments.limit or (None if self.console.as_json else MOST_ROWS)
        rows = list(islice(found, limit))
        if limit and not self.console.as_json and found[limit : limit + 1]:
            self.console.note(f"There are more than these {limit}: --limit shows others.")
        return rows

    def show_rows(self, found: Iterable[T], heads: list[str], cells: Callable[[T], list[Any]], nothing: str) -> None:
        """Show rows of things: their facts to a script, a table to a person."""
        if self.console.as_json:
            self.console.data([getattr(each, "facts", each) for each in found])
        else:
            self.console.table(heads, (cells(each) for each in found), nothing=nothing)

    def show_request(self, request: StageChangeRequest) -> None:
        """Show what became of a request."""
        if self.console.as_json:
            self.console.data(request.facts)
        else:
            self.console.say(request.sentence)


class UsageError(Exception):
    """The words of a command do not fit together."""


def is_number(text: str) -> bool:
    """Tell whether somebody wrote a number."""
    return text.isascii() and text.isdecimal()
