"""Fill an empty database with the demo."""

from typing import Any

from django.core.management import BaseCommand, CommandError

from activity.clock import ClockRefused
from config.demo import load
from config.demo.people import accounts


class Command(BaseCommand):
    """`manage.py demo`."""

    help = "Fill an empty database with demo people, published models and an invented history. Changes nothing in any other."

    def handle(self, **options: Any) -> None:
        """Load, and print the accounts; loaded before, print them again."""
        if load.is_loaded():
            self.stdout.write(f"The demo is loaded already, so nothing was changed.\n{accounts()}")
        elif not load.is_empty():
            self.stdout.write("This database holds data already, so the demo was not loaded and nothing was changed.")
        else:
            self.fill()
            self.stdout.write(accounts())

    def fill(self) -> None:
        """Load, with the progress shown on the error stream: the other one may be captured."""
        try:
            load.load(self.show)
        except (load.DemoRefused, ClockRefused) as error:
            raise CommandError(str(error)) from error

    def show(self, done: int, of: int) -> None:
        """Show how far the load is, at every tenth and at the end."""
        if done == of or done * 10 // of > (done - 1) * 10 // of:
            self.stderr.write(f"\rLoading the demo … {done * 100 // of} %", style_func=str, ending="\n" if done == of else "")
            self.stderr.flush()
