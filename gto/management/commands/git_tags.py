"""`manage.py git_tags`: compare the written tags with the registry, or have them written anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gto.checking import differences, set_aside
from gto.git import GitFailed
from gto.keeping import keep
from gto.models import TagRepository


class Command(BaseCommand):
    """For whoever runs the installation."""

    help = "Compare the Git tags of workspaces with the registry; --rebuild writes them anew from the log, and keeps the old ones aside."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--workspace", help="of this one alone, by its short name")
        parser.add_argument("--rebuild", action="store_true", help="write them anew")

    def handle(self, *, workspace: str | None, rebuild: bool, **options: Any) -> None:
        """Say what differs; ends with an error where something does."""
        repositories = TagRepository.objects.filter(enabled=True).select_related("workspace").order_by("pk")
        if workspace:
            repositories = repositories.filter(workspace__slug=workspace)
        found = 0
        for repository in repositories:
            try:
                found += self._one(repository, rebuild=rebuild)
            except GitFailed as failed:
                raise CommandError(f"{repository.workspace.slug}: {failed}") from failed
        if not repositories:
            self.stdout.write("No workspace writes Git tags." if not workspace else f"{workspace} writes no Git tags.")
        if found:
            raise CommandError(f"{found} differences. --rebuild writes the tags anew; a remote has to be an empty one then.")

    def _one(self, repository: TagRepository, *, rebuild: bool) -> int:
        slug = repository.workspace.slug
        if rebuild:
            aside = set_aside(repository)
            if aside is None:
                raise CommandError(f"{slug}: the worker is writing just now. Try again.")
            keep()
            self.stdout.write(f"{slug}: written anew. What was there is at {aside}.")
        lines = differences(repository)
        for line in lines:
            self.stdout.write(f"{slug}: {line}")
        if not lines:
            self.stdout.write(f"{slug}: the tags say what the registry says.")
        return len(lines)
