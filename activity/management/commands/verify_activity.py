"""`manage.py verify_activity`: was the log touched?"""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from activity.models import Activity, Seal
from activity.seals import from_text
from activity.verify import verify_everything
from operations.pulse import note


class Command(BaseCommand):
    """Reads every line, every seal and every stage again; exit code 1 when anything is not as it was written."""

    help = "Verify the activity log: its hash chains, its seals, and that every stage has its line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Seals kept on another machine find a rewrite by someone who holds the seal key too."""
        parser.add_argument("--seals", type=Path, help="file of seals exported earlier, one JSON object per line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print progress, then the first findings, then the verdict."""
        total, began = Activity.objects.count(), time.monotonic()
        kept = self.read_seals(options["seals"]) if options["seals"] else None

        def progress(count: int) -> None:
            if options["verbosity"] and total:
                self.stderr.write(f"\r{count:,} of {total:,} lines", ending="" if count < total else "\n")

        findings = 0
        for finding in verify_everything(progress, kept):
            findings += 1
            if findings <= 20:
                where = f" (line {finding.line_id})" if finding.line_id else ""
                self.stdout.write(f"{'FIRST: ' if findings == 1 else ''}{finding.problem}{where}")
        found = f"{findings} finding{'' if findings == 1 else 's'}" if findings else ""
        note("verify_activity", time.monotonic() - began, found)  # for the page of operations
        if findings:
            raise CommandError(
                f"The log was touched: {findings} findings, the first named above. Keep this database as evidence and compare it with"
                " a backup or with seals kept elsewhere (--seals FILE)."
            )
        self.stdout.write(f"The log is whole: {total:,} lines and {Seal.objects.count():,} seals, each as it was written.")

    def read_seals(self, path: Path) -> list[dict[str, Any]]:
        """Read exported seals. Raises CommandError with a sentence for a file that is none."""
        try:
            seals = [from_text(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            if seals:
                return seals
            raise ValueError("it is empty")
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} could not be read as seals, so nothing was verified: {error}") from error
