"""`manage.py count_insights`: count the days that charts are made of, now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from insights.counting import count_days


class Command(BaseCommand):
    """Does what the worker does every half hour; with `--afresh`, counts all days again."""

    help = "Count the days of the log that ended, for the charts. The worker does so every half hour."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the option."""
        parser.add_argument("--afresh", action="store_true", help="forget what was counted, and count the whole log again")

    def handle(self, *, afresh: bool, **options: Any) -> None:
        """Count, and say how much."""
        days = count_days(afresh=afresh)
        self.stdout.write(f"Counted {days} day{'' if days == 1 else 's'} of the log.")
