"""The insights app: what the log says in figures."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """Nothing to set up."""

    name = "insights"
