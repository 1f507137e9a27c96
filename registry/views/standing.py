"""Who looks at a page and what they may do there; the stages of workspaces by id and key."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.db.models import F, OuterRef, Subquery
from django.http import HttpRequest

from accounts.access import membership_of
from accounts.caller import Caller, Scope
from accounts.models import Role, User, Workspace
from accounts.rules import check_role
from approvals.models import StageChangeRequest
from registry.access import check_standing, standing_on
from registry.models import RegisteredModel, Stage, StageAssignment
from registry.querysets import AssignmentQuerySet

StagesByKey = dict[str, Stage]


def signed_in(request: HttpRequest) -> User:
    """The person at the page; a view behind `login_required` has one."""
    return cast(User, request.user)


@dataclass(frozen=True)
class Reader:
    """The person at the page and their role in its workspace, or on its model; `leads`: they say who sees it."""

    caller: Caller
    role: Role
    workspace: Workspace
    leads: bool = False

    @property
    def may_write(self) -> bool:
        """Whether their role lets them register, edit and ask."""
        return self.role.covers(Role.EDITOR)

    @property
    def is_admin(self) -> bool:
        """Whether they set policies, people and locks."""
        return self.role == Role.ADMIN

    def why_not_write(self, model: RegisteredModel | None = None) -> str:
        """Say why the buttons that write are missing; nothing when they are there."""
        if not self.may_write:
            return (
                f"You are a viewer of {self.workspace.title}: you read here and change nothing. An admin can make you an editor."
            )
        if model and model.archived_at:
            return f"{model.name} is archived and takes nothing new. An admin can take it out of the archive."
        return ""


def reader_of(request: HttpRequest, workspace: Workspace) -> Reader:
    """Who looks; the workspace was found for them, so they are a member (or were, a moment ago: then they read)."""
    caller = Caller.of_request(request, "page")
    member = membership_of(caller, workspace.pk)
    return Reader(caller, Role(member.role) if member else Role.VIEWER, workspace)


def reader_on(request: HttpRequest, model: RegisteredModel) -> Reader:
    """Who looks at a model that was found for them, which comes with its workspace."""
    caller = Caller.of_request(request, "page")
    standing = standing_on(caller, model)
    return Reader(caller, standing.role if standing else Role.VIEWER, model.workspace, bool(standing and standing.leads))


def writer_on(request: HttpRequest, model: RegisteredModel) -> Reader:
    """Who opens a form about a model, when their role lets them send it; the service asks again. Raises NotFound, Forbidden."""
    caller = Caller.of_request(request, "page")
    standing = check_standing(caller, standing_on(caller, model), Role.EDITOR, Scope.WRITE)
    return Reader(caller, standing.role, model.workspace, standing.leads)


def writer_of(request: HttpRequest, workspace: Workspace, needed: Role = Role.EDITOR) -> Reader:
    """Who opens a form, when their role lets them send it; the service asks again. Raises NotFound, Forbidden."""
    caller = Caller.of_request(request, "page")
    scope = Scope.ADMIN if needed == Role.ADMIN else Scope.WRITE
    return Reader(caller, Role(check_role(caller, membership_of(caller, workspace.pk), needed, scope).role), workspace)


def stages_by_workspace(workspace_ids: Iterable[int]) -> dict[int, StagesByKey]:
    """The stages of workspaces in their order, without the retired ones, by workspace and key; one query."""
    found: dict[int, StagesByKey] = {}
    for stage in Stage.objects.current().filter(workspace_id__in=set(workspace_ids)).order_by("workspace_id", "position"):
        found.setdefault(stage.workspace_id, {})[stage.key] = stage
    return found


def stages_of(workspace: Workspace) -> StagesByKey:
    """The stages of one workspace in their order, by key."""
    return stages_by_workspace([workspace.pk]).get(workspace.pk, {})


def held_besides(models: Iterable[RegisteredModel], versions: Iterable[int] | None = None) -> list[StageAssignment]:
    """What living versions hold besides the stage where they stand, by place of the stage, the latest entry first; with their effect.

    One query, none where no workspace lets versions hold several. The models come with their workspaces.
    """
    several = [model.pk for model in models if model.workspace.multi_hold]
    if not several:
        return []
    held = StageAssignment.objects.now().filter(model__in=several, version__deleted_at=None)
    held = held if versions is None else held.filter(version__in=versions)
    besides = with_effect(held).exclude(stage__key=F("version__stage")).select_related("version", "stage")
    return list(besides.order_by("stage__position", "-entered_at", "-pk"))


def may_make_workspaces(request: HttpRequest) -> bool:
    """Whether the person may make a workspace: staff, or everyone where the installation says so."""
    return settings.WORKSPACE_CREATORS == "everyone" or signed_in(request).is_staff


def with_effect(held: AssignmentQuerySet) -> AssignmentQuerySet:
    """Each with `effect`: why the change that brought the version there took effect. What was not approved is marked wherever it shows."""
    opened_by = StageChangeRequest.objects.filter(pk=OuterRef("opened_by_request_id"))
    return held.annotate(effect=Subquery(opened_by.values("effect")[:1]))
