"""The notifications app: tells the world what the log says."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Plain; the worker calls `tasks.drain_outbox`."""

    name = "notifications"
