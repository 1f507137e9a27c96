"""People and workspaces for the client's tests, made inside the installation that they ask.

`python -m tests.client.population prepare` runs in it, with its environment.
"""

import json
import os

SPACES = {"default": "verta", "slots": "chariot"}


def prepare() -> dict[str, str]:
    """Make tables, workspaces and people; return a token of each of them, with every scope."""
    from django.core.management import call_command  # noqa: PLC0415 - Django has to be set up first

    from accounts.caller import Caller, Scope  # noqa: PLC0415
    from accounts.models import Role  # noqa: PLC0415
    from accounts.services import create_person, create_token, set_member  # noqa: PLC0415
    from activity.unit import unit_of_work  # noqa: PLC0415
    from registry.services import create_workspace  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    by, tokens = Caller.operator(), {}
    roles = {"engineer": Role.EDITOR, "reviewer": Role.EDITOR, "reader": Role.VIEWER, "boss": Role.ADMIN}
    with unit_of_work():
        spaces = [create_workspace(slug=slug, title=slug, preset=preset, by=by) for slug, preset in SPACES.items()]
        for name, role in roles.items():
            person = create_person(username=name, email=f"{name}@example.org", name=name.title(), by=by)
            for space in spaces:
                set_member(workspace_id=space.pk, user_id=person.pk, role=role, by=by)
            _, tokens[name] = create_token(name="client", scopes=list(Scope), days=1, user_id=person.pk, by=by)
    return tokens


if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    print(json.dumps(prepare()))
