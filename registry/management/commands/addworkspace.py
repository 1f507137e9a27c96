"""`manage.py addworkspace SLUG`: a workspace with its stages, as yet without members."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.caller import Caller
from accounts.models import Workspace
from activity.errors import DomainError
from activity.unit import unit_of_work
from registry.lifecycle import PRESETS
from registry.services import create_workspace


class Command(BaseCommand):
    """Makes a workspace."""

    help = "Make a workspace with the stages of a preset."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--if-none` is for installers: the first workspace, and no second one when it is run again."""
        parser.add_argument("slug", help="its short name: lower-case letters, digits and hyphens")
        parser.add_argument("--title", default="", help="its name to show (default: the short name)")
        parser.add_argument("--preset", default="verta", help=f"its stages: {', '.join(PRESETS)} (default: verta)")
        parser.add_argument("--if-none", action="store_true", help="do nothing when there is any workspace")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError."""
        if options["if_none"] and Workspace.objects.exists():
            return
        what = {name: options[name] for name in ("slug", "title", "preset")}
        try:
            with unit_of_work():
                workspace = create_workspace(by=Caller.operator(), **what)
        except DomainError as error:
            raise CommandError(error.detail) from error
        slug, stages = workspace.slug, " → ".join(stage.name for stage in workspace.stages.all())
        self.stdout.write(f"{slug} is ready: {stages}. Add its admin: manage.py adduser NAME --workspace {slug} --role admin")
