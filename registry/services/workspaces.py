"""Workspaces, each with its lifecycle."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.access import authorise, authorise_own, authorise_staff
from accounts.caller import Caller, Scope
from accounts.models import Membership, Role, Workspace
from activity import clock
from activity.errors import Conflict, Invalid, NotFound
from activity.log import Subject, record
from registry.content import clean_text
from registry.lifecycle import ACTIVE, FREE, MULTI_HOLD, PRESET_NAMES, PRESETS, RANK, StageSpec, free_colour, key_of
from registry.models import Stage
from registry.subscribers import WorkspaceCreated, tell


def create_workspace(
    *,
    slug: str,
    by: Caller,
    title: str = "",
    preset: str = "verta",
    stages: list[dict[str, Any]] | None = None,
    multi_hold: bool = False,
    open_stages: bool = False,
) -> Workspace:
    """Make a workspace with the stages of a preset; its maker becomes its admin.

    With the preset `free`, `stages` are those to begin with (`name`, and `kind`, `protected`, `exclusive` where they are not as usual);
    `multi_hold`: a version may hold several at once; `open_stages`: any other name becomes a stage when it is first asked for.

    Effects, in order: the workspace, its stages, the maker's membership, what subscribers make (policies), activity
    `workspace.created`. Raises Forbidden, Invalid, Conflict.
    """
    _authorise_maker(by)
    specs = _specs(preset, stages or [], open_stages=open_stages, own=bool(stages or multi_hold or open_stages))
    if Workspace.objects.filter(slug=slug).exists():
        raise Conflict(f"There is a workspace called “{slug}” already, so none was made. Choose another name.", field="slug")
    workspace = Workspace(
        slug=slug,
        title=clean_text(title, "title", 120).strip() or slug,
        multi_hold=multi_hold or preset in MULTI_HOLD,
        open_stages=open_stages,
        created_at=clock.now(),
    )
    _check_fields(workspace)
    workspace.save()
    _add_stages(workspace, specs)
    if by.user:
        Membership.objects.create(
            workspace=workspace, user=by.user, role=Role.ADMIN, given_by_principal_id=by.principal_id, given_at=clock.now()
        )
    tell(WorkspaceCreated(workspace, by))
    record("workspace.created", by=by.actor, on=Subject(workspace_id=workspace.pk), data={"slug": slug, "preset": preset})
    return workspace


def _authorise_maker(by: Caller) -> None:
    if settings.WORKSPACE_CREATORS != "everyone":
        authorise_staff(by)
    authorise_own(by, Scope.ADMIN)


def _check_fields(workspace: Workspace) -> None:
    try:
        workspace.clean_fields()
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=next(iter(error.message_dict))) from error


def _specs(preset: str, stages: list[dict[str, Any]], *, open_stages: bool, own: bool) -> tuple[StageSpec, ...]:
    """The stages to begin with. Raises Invalid."""
    if preset not in PRESET_NAMES:
        raise Invalid(f"There is no preset “{preset}”. Choose one of: {', '.join(PRESET_NAMES)}.", field="preset")
    if preset != FREE:
        if own:
            raise Invalid(f"The preset {preset} has stages of its own. Name yours with the preset {FREE}.", field="preset")
        return PRESETS[preset]
    specs = [StageSpec("unassigned", "Unassigned", Stage.Kind.UNASSIGNED, "gray")]
    for stage in stages:
        specs.append(_spec(stage, specs))
    if len(specs) == 1 and not open_stages:
        raise Invalid("Name at least one stage, or let any name become one.", field="stages")
    return tuple(specs)


def _spec(stage: dict[str, Any], before: list[StageSpec]) -> StageSpec:
    """One stage that somebody named, after others. Raises Invalid."""
    name = " ".join(clean_text(stage.get("name"), "stages", 60).split())
    key, kind = key_of(name), stage.get("kind", Stage.Kind.WORKING)
    if not key or kind not in RANK[1:]:
        raise Invalid(
            f"“{name}” is no stage: it needs a name with a letter or digit, and the kind working, production or archived.",
            field="stages",
        )
    if any(key == other.key or name.casefold() == other.name.casefold() for other in before):
        raise Invalid(f"Two stages would be called “{name}”. Leave one out.", field="stages")
    rules = {
        rule: bool(stage.get(rule, rule == "protected" and kind == Stage.Kind.PRODUCTION)) for rule in ("protected", "exclusive")
    }
    if any(rules.values()) and kind not in ACTIVE:
        raise Invalid(f"Only working and production stages can be protected or exclusive: “{name}” is not.", field="stages")
    return StageSpec(key, name, kind, free_colour(kind, (other.colour for other in before)), **rules)


def _add_stages(workspace: Workspace, specs: Iterable[StageSpec]) -> None:
    Stage.objects.bulk_create(
        Stage(
            workspace=workspace,
            position=position,
            key=spec.key,
            name=spec.name,
            kind=spec.kind,
            colour=spec.colour,
            protected=spec.protected,
            exclusive=spec.exclusive,
        )
        for position, spec in enumerate(specs)
    )


def rename_workspace(*, workspace_id: int, title: str, by: Caller) -> Workspace:
    """Change a workspace's title; its slug stays, because addresses hold it. Effects: the row, activity `workspace.renamed`."""
    authorise(by, workspace_id, Role.ADMIN, Scope.ADMIN)
    workspace = Workspace.objects.select_for_update().filter(pk=workspace_id).first()
    if workspace is None:
        raise NotFound("There is no such workspace.")
    title = clean_text(title, "title", 120).strip()
    if not title:
        raise Invalid("A workspace needs a title.", field="title")
    if title != workspace.title:
        before, workspace.title = workspace.title, title
        workspace.save(update_fields=["title"])
        record("workspace.renamed", by=by.actor, on=Subject(workspace_id=workspace.pk), data={"from": before, "to": title})
    return workspace
