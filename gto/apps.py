"""The gto app: Git repositories in the manner of GTO, read and written."""

from django.apps import AppConfig


class GtoConfig(AppConfig):
    """Says how a repository is imported, and hears of every line that is to be told."""

    name = "gto"

    def ready(self) -> None:
        """Imports models, so it cannot stand at the top of this module."""
        from gto.noting import note_line  # noqa: PLC0415 - models are not loaded before ready()
        from gto.source import GtoSource  # noqa: PLC0415 - the same
        from imports.sources import SOURCES  # noqa: PLC0415 - the same
        from notifications.outbox import CHANNELS  # noqa: PLC0415 - the same

        CHANNELS.append(note_line)
        SOURCES["gto"] = GtoSource()
