"""`manage.py seal_activity`: seal the log now and print the seal."""

from typing import Any

from django.core.management.base import BaseCommand

from activity.models import Seal
from activity.seals import as_text, write_seal


class Command(BaseCommand):
    """Writes a seal when a chain moved since the last, and prints the latest as one line of JSON, to be kept elsewhere."""

    help = "Seal the activity log now; print the latest seal as one line of JSON."

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal, then print."""
        seal = write_seal() or Seal.objects.order_by("-number").first()
        self.stdout.write(as_text(seal) if seal else "Nothing to seal: the log is empty.")
