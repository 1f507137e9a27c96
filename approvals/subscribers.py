"""What approvals do about events of the registry, inside the same transaction."""

from django.db.models import Q, QuerySet

from activity.errors import Conflict
from activity.prepared import prepared
from approvals.models import StageChangeRequest, StagePolicy
from approvals.services.effects import supersede
from approvals.services.voiding import void_if_changed, void_where_changed
from registry.models import Stage
from registry.subscribers import ContentEdited, Event, HoldersChanged, StageAdded, StageChanged, VersionDeleted, WorkspaceCreated

DISPLACING = Q(to_stage__exclusive=True) | Q(archive_incumbents=True)


def hear(event: Event) -> None:
    """Make default policies, void approvals of other content or other incumbents, end requests for what is gone."""
    if isinstance(event, WorkspaceCreated):
        _default_policies(event)
        return
    if isinstance(event, StageAdded):
        _default_policy(event.stage)
        return
    if isinstance(event, HoldersChanged):
        _holders_changed(event)
        return
    if isinstance(event, StageChanged):
        _stage_changed(event)
        return
    pending = StageChangeRequest.objects.pending().select_for_update().filter(version=event.version).values_list("pk", flat=True)
    for request_id in pending:
        if isinstance(event, ContentEdited):
            void_if_changed(request_id=request_id, by=event.by)
        elif isinstance(event, VersionDeleted):
            supersede(request_id=request_id, reason=event.reason, by=event.by)


def _default_policies(event: WorkspaceCreated) -> None:
    """One approval for every stage; for protected ones not by who last edited the content."""
    StagePolicy.objects.bulk_create(
        StagePolicy(stage=stage, exclude_last_editor=stage.protected) for stage in Stage.objects.filter(workspace=event.workspace)
    )


def _holders_changed(event: HoldersChanged) -> None:
    """End what was asked of versions that had to move; void approvals where others make room now than those that were seen."""
    for version in event.displaced:
        asked = StageChangeRequest.objects.pending().select_for_update(of=("self",)).filter(version=version)
        for request_id in asked.exclude(from_stage__key=version.stage).values_list("pk", flat=True):
            supersede(request_id=request_id, reason=event.reason, by=event.by)
    if concerned := _who_displace(event.model.pk, sorted(event.stage_ids), event.request_id or 0):
        void_where_changed(requests=StageChangeRequest.objects.filter(pk__in=concerned), by=event.by)


@prepared
def _who_displace(model_id: int, stage_ids: list[int], other_than: int) -> QuerySet[StageChangeRequest, int]:
    """Nearly always nobody: so every move asks for no more than who they are."""
    pending = StageChangeRequest.objects.pending().filter(DISPLACING, version__model=model_id, to_stage__in=stage_ids)
    return pending.exclude(pk=other_than).order_by().values_list("pk", flat=True)


def _default_policy(stage: Stage) -> None:
    """What a new stage demands until somebody says otherwise: as in a new workspace."""
    StagePolicy.objects.bulk_create([StagePolicy(stage=stage, exclude_last_editor=stage.protected)])


def _stage_changed(event: StageChanged) -> None:
    """Keep a stage that somebody asks for; void approvals where others make room now. Raises Conflict."""
    stage = event.stage
    pending = StageChangeRequest.objects.pending().filter(version__model__workspace=stage.workspace_id)
    if stage.retired_at and (asked := pending.filter(to_stage=stage).select_related("version__model").order_by("pk").first()):
        raise Conflict(
            f"Request {asked.pk} asks to move {asked.version} to {stage.name}, so the stage was not retired. Have it decided or revoked"
            " first."
        )
    void_where_changed(requests=pending.filter(DISPLACING | Q(to_stage=stage)), by=event.by)
