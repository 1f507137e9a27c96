"""The activity app: the append-only log and what must be told to the outside."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate

from activity import triggers


class ActivityConfig(AppConfig):
    """Keeps the database's triggers in step with the code, for every app that declares some."""

    name = "activity"

    def ready(self) -> None:
        """Declare this app's triggers and see to all of them around every migration."""
        triggers.register(*triggers.LOG_TRIGGERS)
        pre_migrate.connect(triggers.before_migrations, dispatch_uid="stageward triggers")
        post_migrate.connect(triggers.after_migrations, dispatch_uid="stageward triggers")
        register(triggers.check_triggers, Tags.security, deploy=True)
