"""The approvals app: stage change requests, reviews, policies."""

from django.apps import AppConfig

from activity import triggers


class ApprovalsConfig(AppConfig):
    """Declares what the database guards here, and listens to what happens in the registry."""

    name = "approvals"

    def ready(self) -> None:
        """Imports models, so it cannot stand at the top of this module."""
        from activity.verify import CROSS_CHECKS  # noqa: PLC0415 - models are not loaded before ready()
        from approvals import guards, subscribers  # noqa: PLC0415 - the same
        from registry.subscribers import SUBSCRIBERS  # noqa: PLC0415 - the same

        triggers.register(*guards.TRIGGERS)
        CROSS_CHECKS.append(guards.requests_match_the_log)
        SUBSCRIBERS.append(subscribers.hear)
