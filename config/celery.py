"""The background worker. The broker carries hints, never facts: what must be delivered waits in the outbox table."""

import os

from celery import Celery

import config.broker  # noqa: F401 - makes it kombu's transport for filesystem://

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stageward")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
