"""The kinds of import: one plain list, filled by those who can read a source, in their `AppConfig.ready()`."""

from typing import Any, Protocol

from imports.items import Upstream


class SourceFailed(Exception):
    """The source could not be read; the text says why and what to do."""


class Source(Protocol):
    """How one kind of source is asked for and read."""

    title: str  # as it stands in a choice: “GTO, from a Git repository”

    def clean(self, source: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return address and options as they are kept. Looks nothing up, raises Invalid; secrets are to be encrypted here."""

    def forget(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options without their secrets, for an import that has ended."""

    def read(self, source: str, options: dict[str, Any]) -> Upstream:
        """Read all there is; runs in the worker, outside any transaction. Raises SourceFailed."""


SOURCES: dict[str, Source] = {}
