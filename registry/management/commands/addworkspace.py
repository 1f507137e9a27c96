"""`manage.py addworkspace SLUG`: a workspace with its stages, as yet without members."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.caller import Caller
from accounts.models import Workspace
from activity.errors import DomainError
from activity.unit import unit_of_work
from registry.lifecycle import PRESET_NAMES, stage_of_text
from registry.services import create_workspace


class Command(BaseCommand):
    """Makes a workspace."""

    help = "Make a workspace with the stages of a preset."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--if-none` is for installers: the first workspace, and no second one when it is run again."""
        parser.add_argument("slug", help="its short name: lower-case letters, digits and hyphens")
        parser.add_argument("--title", default="", help="its name to show (default: the short name)")
        parser.add_argument("--preset", default="verta", help=f"its stages: {', '.join(PRESET_NAMES)} (default: verta)")
        own = "with the preset free: its stages in order, such as: dev qa live=production attic=archived"
        parser.add_argument("--stages", nargs="*", default=[], metavar="NAME[=KIND]", help=own)
        parser.add_argument("--multi-hold", action="store_true", help="with free: a version may hold several stages at once")
        parser.add_argument("--open-stages", action="store_true", help="with free: any name becomes a stage when it is asked for")
        parser.add_argument("--if-none", action="store_true", help="do nothing when there is any workspace")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError."""
        if options["if_none"] and Workspace.objects.exists():
            return
        what = {name: options[name] for name in ("slug", "title", "preset", "multi_hold", "open_stages")}
        what["stages"] = [stage_of_text(text) for text in options["stages"]]
        try:
            with unit_of_work():
                workspace = create_workspace(by=Caller.operator(), **what)
        except DomainError as error:
            raise CommandError(error.detail) from error
        slug, stages = workspace.slug, " → ".join(stage.name for stage in workspace.stages.all())
        self.stdout.write(f"{slug} is ready: {stages}. Add its admin: manage.py adduser NAME --workspace {slug} --role admin")
