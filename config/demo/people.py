"""Who is in the demo: their names, their roles, and the one password."""

from accounts.caller import Caller, Scope
from accounts.models import ApiToken, Role, User
from accounts.services import add_to_group, create_group, create_person, create_token, set_member

PASSWORD = "stageward-demo"  # noqa: S105 - the demo's own, printed to whoever loads it; its accounts answer on this machine alone
NAMES = {
    "admin": "Marit Solberg",
    "engineer": "Inês Rocha",
    "scientist": "Kenji Mori",
    "reviewer": "Tomasz Zielinski",
    "risk": "Harriet Osei",
    "auditor": "Ruth Feldmann",
}
ROLES = {
    "default": {
        "engineer": Role.EDITOR,
        "scientist": Role.EDITOR,
        "reviewer": Role.EDITOR,
        "risk": Role.EDITOR,
        "auditor": Role.VIEWER,
    },
    "research": {"scientist": Role.ADMIN, "engineer": Role.EDITOR, "reviewer": Role.EDITOR},
}
GROUPS = {"default": {"risk": ("Risk", ["risk", "admin"])}}
WHAT_THEY_DO = {
    "engineer": "registers versions and asks for stage changes",
    "reviewer": "decides on them",
    "risk": "is the second approval for Production",
    "scientist": "trains models, and runs the Research workspace",
    "admin": "sets policies, members and locks",
    "auditor": "reads",
}


def make_admin() -> User:
    """Make the first person, at the machine's command line."""
    return _make("admin", Caller.operator(), is_staff=True)


def make_colleagues(admin: User) -> dict[str, User]:
    """Let the admin make everybody else; return all of them by user name."""
    return {"admin": admin} | {username: _make(username, Caller(admin, "page")) for username in NAMES if username != "admin"}


def _make(username: str, by: Caller, is_staff: bool = False) -> User:
    return create_person(
        username=username,
        name=NAMES[username],
        email=f"{username}@demo.example",
        password=PASSWORD,
        by=by,
        is_staff=is_staff,
        is_demo=True,
    )


def seat(workspace_id: int, slug: str, people: dict[str, User]) -> None:
    """Give everybody their role in a workspace."""
    for username, role in ROLES[slug].items():
        set_member(workspace_id=workspace_id, user_id=people[username].pk, role=role, by=Caller(people["admin"], "page"))


def form_groups(workspace_id: int, slug: str, people: dict[str, User]) -> None:
    """Make the approver groups of a workspace."""
    by = Caller(people["admin"], "page")
    for key, (name, members) in GROUPS.get(slug, {}).items():
        group = create_group(workspace_id=workspace_id, key=key, name=name, by=by)
        for username in members:
            add_to_group(group_id=group.pk, user_id=people[username].pk, by=by)


def pipeline_token(owner: User) -> ApiToken:
    """Make the token with which somebody's pipeline registers versions and reports checks; its secret is thrown away."""
    scopes = [Scope.READ, Scope.WRITE, Scope.CHECKS]
    token, _secret = create_token(name="training pipeline", scopes=scopes, days=180, by=Caller(owner, "page"))
    return token


def accounts() -> str:
    """Return what to type to be one of them."""
    width = max(len(username) for username in NAMES)
    lines = [f"  {username.ljust(width)}  {NAMES[username]} {does}" for username, does in WHAT_THEY_DO.items()]
    return "\n".join([f"Demo accounts, on this machine only. Sign in with the password {PASSWORD} as", *lines])
