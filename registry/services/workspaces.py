"""Workspaces, each with its lifecycle."""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.access import authorise, authorise_own, authorise_staff
from accounts.caller import Caller, Scope
from accounts.models import Membership, Role, Workspace
from activity import clock
from activity.errors import Conflict, Invalid, NotFound
from activity.log import Subject, record
from registry.content import clean_text
from registry.lifecycle import MULTI_HOLD, PRESETS, StageSpec
from registry.models import Stage
from registry.subscribers import WorkspaceCreated, tell


def create_workspace(*, slug: str, by: Caller, title: str = "", preset: str = "verta") -> Workspace:
    """Make a workspace with the stages of a preset; its maker becomes its admin.

    Effects, in order: the workspace, its stages, the maker's membership, what subscribers make (policies), activity
    `workspace.created`. Raises Forbidden, Invalid, Conflict.
    """
    if settings.WORKSPACE_CREATORS != "everyone":
        authorise_staff(by)
    authorise_own(by, Scope.ADMIN)
    if preset not in PRESETS:
        raise Invalid(f"There is no preset “{preset}”. Choose one of: {', '.join(PRESETS)}.", field="preset")
    if Workspace.objects.filter(slug=slug).exists():
        raise Conflict(f"There is a workspace called “{slug}” already, so none was made. Choose another name.", field="slug")
    workspace = Workspace(
        slug=slug,
        title=clean_text(title, "title", 120).strip() or slug,
        multi_hold=preset in MULTI_HOLD,
        created_at=clock.now(),
    )
    try:
        workspace.clean_fields()
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=next(iter(error.message_dict))) from error
    workspace.save()
    _add_stages(workspace, PRESETS[preset])
    if by.user:
        Membership.objects.create(
            workspace=workspace, user=by.user, role=Role.ADMIN, given_by_principal_id=by.principal_id, given_at=clock.now()
        )
    tell(WorkspaceCreated(workspace, by))
    record("workspace.created", by=by.actor, on=Subject(workspace_id=workspace.pk), data={"slug": slug, "preset": preset})
    return workspace


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
