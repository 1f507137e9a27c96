"""The registry app: models, versions, and the stages they move through."""

from django.apps import AppConfig

from activity import triggers


class RegistryConfig(AppConfig):
    """Declares what the database guards here, and how the log is checked against the stages."""

    name = "registry"

    def ready(self) -> None:
        """Imports models, so it cannot stand at the top of this module."""
        from activity.verify import CROSS_CHECKS  # noqa: PLC0415 - models are not loaded before ready()
        from registry import guards  # noqa: PLC0415 - the same

        triggers.register(*guards.TRIGGERS)
        CROSS_CHECKS.extend([guards.stages_match_the_log, guards.holdings_match_the_log])
