"""The moving app: models move in from the registry of a running server."""

from django.apps import AppConfig


class MovingConfig(AppConfig):
    """Says which registries can be imported."""

    name = "moving"

    def ready(self) -> None:
        """Imports models, so it cannot stand at the top of this module."""
        from imports.sources import SOURCES  # noqa: PLC0415 - models are not loaded before ready()
        from moving.source import DatabricksSource, MlflowSource  # noqa: PLC0415 - the same

        SOURCES["mlflow"] = MlflowSource()
        SOURCES["databricks"] = DatabricksSource()
