"""What approvals do about events of the registry, inside the same transaction."""

from approvals.models import StageChangeRequest, StagePolicy
from approvals.services.requests import supersede
from approvals.services.voiding import void_if_changed
from registry.models import Stage
from registry.subscribers import ContentEdited, Event, VersionDeleted, WorkspaceCreated


def hear(event: Event) -> None:
    """Make default policies, void approvals of other content, end requests for what is gone."""
    if isinstance(event, WorkspaceCreated):
        _default_policies(event)
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
