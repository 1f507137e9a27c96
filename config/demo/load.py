"""Filling an empty database with the demo."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from accounts.caller import Caller
from accounts.models import User, Workspace
from activity import clock
from activity.models import Activity
from activity.seals import write_seal
from activity.unit import unit_of_work
from approvals.services import set_policy
from config.address import is_loopback
from config.demo import people
from config.demo.acts import Cast
from config.demo.diary import Entry, working_moment
from config.demo.lives import ordinary
from config.demo.scenes import scenes
from config.demo.weights import published
from notifications.digest import let_today_pass
from notifications.outbox import let_pass
from registry.models import Stage
from registry.services import create_workspace

BEGINNING = 64.0  # working days ago: some 90 days
NOTICED = timedelta(days=14)  # what happened since then stands on the pages of notices
RESEARCH = ("MaxVit", "Swin_V2", "ViT_H", "ViT_L_32")  # how the names of the second workspace's models begin

PRODUCTION = {
    "approvals_required": 2,
    "groups": [{"group": "risk", "minimum": 1}],
    "expires_after_days": 30,
    "break_glass_roles": ["admin"],
}


class DemoRefused(Exception):
    """The demo may not be loaded here; the message says why and what to do."""


def is_loaded() -> bool:
    """Whether this database holds the demo's people."""
    return User.objects.filter(is_demo=True).exists()


def is_empty() -> bool:
    """Whether nothing was ever done in this database."""
    return not Activity.objects.exists() and not User.objects.exists()


def require_loopback() -> None:
    """Raise DemoRefused where other machines could reach the demo accounts, whose password is public."""
    hosts = [*settings.ALLOWED_HOSTS, urlsplit(settings.PUBLIC_URL).hostname or ""]
    if open_to := [host for host in hosts if not _means_this_machine(host)]:
        raise DemoRefused(
            f"The demo accounts have a public password, and this installation answers to {', '.join(dict.fromkeys(open_to))}. Nothing"
            " was loaded. Load the demo where ALLOWED_HOSTS and PUBLIC_URL name this machine alone, such as 127.0.0.1."
        )


def _means_this_machine(host: str) -> bool:
    try:
        return is_loopback(host.strip("[]"))
    except (OSError, UnicodeError):  # a name that stands for nothing here
        return False


def load(progress: Callable[[int, int], object] = lambda done, of: None) -> None:
    """Fill this database, all of it or nothing: one unit of work, so that an interrupted load leaves it empty.

    Effects, in order: people, workspaces, policies, then every entry of the history at its moment, the outbox of that past let
    pass, after commit a seal, and no digest today. Calls `progress` after each entry. Raises DemoRefused, ClockRefused.
    """
    require_loopback()
    now = clock.now()
    with unit_of_work(), clock.invented() as set_clock:
        set_clock(working_moment(now, BEGINNING))
        cast = set_up()
        entries = history(cast)
        for done, entry in enumerate(entries, start=1):
            set_clock(working_moment(now, entry.ago))
            entry.act(cast, entry)
            progress(done, len(entries))
        # But for the last entry, an approval: its mail shows what mails look like.
        let_pass(before=clock.now(), shown_since=clock.now() - NOTICED)
    write_seal()
    let_today_pass()


def set_up() -> Cast:
    """Make people and workspaces; say what their stages demand."""
    models = published()
    admin = people.make_admin()
    everybody = people.make_colleagues(admin)
    workspaces = {}
    for slug, title in (("default", "Computer vision"), ("research", "Research")):
        workspaces[slug] = create_workspace(slug=slug, title=title, by=Caller(admin, "page"))
        if slug == "research":
            demand(workspaces[slug], admin, "development", approvals_required=0)  # before a second admin is there to be asked
        people.seat(workspaces[slug].pk, slug, everybody)
        people.form_groups(workspaces[slug].pk, slug, everybody)
    demand(workspaces["default"], admin, "production", **PRODUCTION)
    return Cast(
        people=everybody,
        tokens={"engineer": people.pipeline_token(everybody["engineer"])},
        published={model.name: model for model in models},
        workspace_of={model.name: workspaces[workspace_slug(model.name)].pk for model in models},
    )


def demand(workspace: Workspace, admin: User, stage: str, **changes: Any) -> None:
    """Set what a move into a stage demands."""
    set_policy(
        stage_id=Stage.objects.get(workspace=workspace, key=stage).pk,
        by=Caller(admin, "page"),
        changes=changes,
    )


def workspace_slug(model: str) -> str:
    """Which workspace a model belongs to."""
    return "research" if model.startswith(RESEARCH) else "default"


def history(cast: Cast) -> list[Entry]:
    """Everything that happened, oldest first: the scenes, and the ordinary lives of the models that no scene is about."""
    told = list(scenes())
    return sorted([*told, *_the_rest(cast, {(entry.model, entry.version) for entry in told})], key=lambda entry: -entry.ago)


def _the_rest(cast: Cast, told: set[tuple[str, str]]) -> Iterator[Entry]:
    """The lives that no scene tells; the same every time."""
    random = Random(7)  # noqa: S311 - chance as in a story
    models = [model for model in cast.published.values() if not any((model.name, each.name) in told for each in model.versions)]
    for slug in ("default", "research"):
        yield from ordinary([model for model in models if workspace_slug(model.name) == slug], slug, random)
