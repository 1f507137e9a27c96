"""`manage.py token NAME`: an API token for somebody; standard output holds the token and nothing else."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.caller import Caller, Scope
from accounts.models import User
from accounts.scopes import scopes_open_to
from accounts.services import create_token
from accounts.services.tokens import DEFAULT_DAYS
from activity.errors import DomainError
from activity.unit import unit_of_work


class Command(BaseCommand):
    """Makes a token with every scope that the person's role allows, or with those that are named."""

    help = "Make an API token for somebody and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        """What may be said."""
        parser.add_argument("name", help="the user name")
        parser.add_argument("--scopes", nargs="+", help="such as: read write (default: every one that the person's role allows)")
        parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help=f"until it ends (default: {DEFAULT_DAYS})")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError; the token alone goes to standard output."""
        user = User.objects.filter(username=options["name"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is nobody active called “{options['name']}”, so no token was made.")
        scopes = _scopes(user, options["scopes"])
        try:
            with unit_of_work():
                _, secret = create_token(
                    name="made at the command line", scopes=scopes, days=options["days"], user_id=user.pk, by=Caller.operator()
                )
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(secret)


def _scopes(user: User, wanted: list[str] | None) -> list[Scope]:
    """The scopes for the token, written apart or with commas. Raises CommandError for one that is none, or beyond the role."""
    allowed = scopes_open_to(user)
    if not allowed:
        raise CommandError(
            f"{user.username} is in no workspace, so a token could do nothing and none was made. First: manage.py adduser"
            f" {user.username} --workspace default --role editor"
        )
    if wanted is None:
        return allowed
    names = [name for text in wanted for name in text.split(",") if name]
    if beyond := [name for name in names if name not in allowed]:
        raise CommandError(
            f"{user.username} has no use for {', '.join(beyond)}, so no token was made. Choose from: {', '.join(allowed)}."
        )
    return [Scope(name) for name in names]
