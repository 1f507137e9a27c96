"""The kinds of import: one plain list, filled by those who can read a source, in their `AppConfig.ready()`."""

from collections.abc import Callable
from typing import Any, Protocol

from activity.errors import Invalid
from imports.items import Upstream

Alive = Callable[[int], None]  # to be called now and then while a source is read, with how many versions were read


class SourceFailed(Exception):
    """The source could not be read; the text says why and what to do."""


class SourceAway(SourceFailed):
    """Nobody answered there: later, the same may succeed."""


def stages_given(options: dict[str, Any], known: set[str], title: str) -> dict[str, str]:
    """Return which stage here each name there stands for; besides, options are of the `known` ones. Raises Invalid."""
    if unknown := set(options) - {"stages", *known}:
        raise Invalid(f"An import from {title} takes no {min(unknown)}, so nothing was started.", field="options")
    stages = options.get("stages", {})
    if not isinstance(stages, dict) or not all(isinstance(value, str) for value in stages.values()):
        raise Invalid("stages says of names there which stage here each is. Nothing was started.", field="stages")
    return stages


class Source(Protocol):
    """How one kind of source is asked for and read."""

    title: str  # as it stands in a choice: “GTO, from a Git repository”

    def clean(self, source: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return address and options as they are kept. Looks nothing up, raises Invalid; secrets are to be encrypted here."""

    def forget(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options without their secrets, for an import that has ended."""

    def read(self, source: str, options: dict[str, Any], alive: Alive) -> Upstream:
        """Read all there is; runs in the worker, outside any transaction. Raises SourceFailed.

        Whoever takes longer than minutes says in between that they are alive, else another worker begins anew.
        """


SOURCES: dict[str, Source] = {}
