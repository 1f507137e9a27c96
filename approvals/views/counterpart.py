"""The candidate of a request beside the version that holds the stage it asks for."""

from dataclasses import dataclass

from django.db.models import Q

from approvals.models import StageChangeRequest
from approvals.rows import RequestRow
from registry.models import Stage, StageAssignment
from registry.querysets import AssignmentQuerySet
from registry.views.comparing import Comparison, beside

COMPARED = (Stage.Kind.WORKING, Stage.Kind.PRODUCTION)  # stages that a version is chosen for; nobody is the best in the archive


@dataclass(frozen=True)
class Counterpart:
    """What the candidate is compared with; without a comparison, `nobody` says why, where that is worth saying."""

    comparison: Comparison | None = None
    nobody: str = ""


def counterpart_of(row: RequestRow) -> Counterpart:
    """Return the newest holder of the stage asked for, else of production: now, or when the request ended; at most two queries."""
    change_request, to = row.change_request, row.change_request.to_stage
    if to.kind not in COMPARED:
        return Counterpart()
    nobody = f"Nothing else {'is' if change_request.is_pending else 'was'} in {to.name}."
    held = _held(change_request)
    production = [stage for stage in row.stages.values() if stage.kind == Stage.Kind.PRODUCTION]
    for stages in ([to], [] if to in production else production):
        entry = held.holder(change_request.version.model_id, stages, other_than=change_request.version_id) if stages else None
        if comparison := beside(change_request.version, entry, ended=not change_request.is_pending):
            return Counterpart(comparison, "" if comparison.stage == to else nobody)
    return Counterpart(nobody=f"{nobody} There is nothing to compare {row.version_name} with.")


def _held(change_request: StageChangeRequest) -> AssignmentQuerySet:
    """Who holds stages while the request waits; once it has ended, who did before it, and what it displaced itself."""
    if change_request.is_pending or change_request.decided_at is None:
        return StageAssignment.objects.now()
    still = Q(left_at=None) | Q(left_at__gt=change_request.decided_at) | Q(closed_by_request_id=change_request.pk)
    return StageAssignment.objects.filter(still, entered_at__lt=change_request.decided_at)
