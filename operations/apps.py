"""Configuration of the app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """How the installation itself fares."""

    name = "operations"
