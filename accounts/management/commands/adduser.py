"""`manage.py adduser NAME --workspace W --role R`: somebody who can sign in, and is a member."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.caller import Caller
from accounts.models import Role, User, Workspace
from accounts.services import create_person, set_member
from activity.errors import DomainError
from activity.unit import unit_of_work


class Command(BaseCommand):
    """Adds a person and their membership, or the membership alone where the person exists."""

    help = "Add somebody to a workspace; the person is made when there is none of that name."

    def add_arguments(self, parser: CommandParser) -> None:
        """The password comes on standard input alone: an argument would stand in the shell's history."""
        parser.add_argument("name", help="the user name")
        parser.add_argument("--workspace", required=True, help="the workspace's short name")
        parser.add_argument("--role", required=True, help="viewer, editor or admin")
        parser.add_argument("--email", default="", help="where mail goes, for somebody new")
        parser.add_argument("--staff", action="store_true", help="somebody new may also add people and workspaces")
        parser.add_argument("--password-stdin", action="store_true", help="read the password of somebody new from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """All or nothing: one unit of work. Raises CommandError."""
        workspace, role = _workspace(options["workspace"]), _role(options["role"])
        known = User.objects.filter(username=options["name"]).first()
        if known and (options["password_stdin"] or options["email"] or options["staff"]):
            raise CommandError(
                f"There is somebody called “{known.username}” already, so nothing was changed. To give them a role here, leave out"
                " --email, --staff and --password-stdin."
            )
        password, by = _password() if options["password_stdin"] else None, Caller.operator()
        new = {"username": options["name"], "email": options["email"], "is_staff": options["staff"], "password": password}
        try:
            with unit_of_work():
                user = known or create_person(by=by, **new)
                set_member(workspace_id=workspace.pk, user_id=user.pk, role=role, by=by)
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{user.username} is {role} of {workspace.slug}.")
        if not known and password is None:
            self.stdout.write(
                f"They have no password yet: manage.py changepassword {user.username}, or “Forgotten your password?” when signing in."
            )


def _workspace(slug: str) -> Workspace:
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        raise CommandError(f"There is no workspace “{slug}”, so nothing was done. Make it with: manage.py addworkspace {slug}")
    return workspace


def _role(text: str) -> Role:
    if text not in Role.values:
        raise CommandError(f"There is no role “{text}”, so nothing was done. Choose one of: {', '.join(Role.values)}.")
    return Role(text)


def _password() -> str:
    """One line of standard input. Raises CommandError for an empty one."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandError("Standard input held no password, so nothing was done. Send it as one line.")
    return password
