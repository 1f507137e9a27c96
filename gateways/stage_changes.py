"""A direct stage change of a foreign client: the same request as everybody's (rule 18). Never a silent success."""

from django.db.models import QuerySet

from accounts.caller import Caller
from activity.prepared import prepared
from activity.unit import unit_of_work
from approvals.eligibility import Situation
from approvals.errors import AlreadyPending, SameStage
from approvals.models import StageChangeRequest
from approvals.requirements import still_missing
from approvals.rules import check_pending
from approvals.services import request_stage_change
from approvals.services.locking import read_request
from approvals.situations import load_situations
from gateways.errors import Waits
from registry.links import request_url
from registry.models import ModelVersion


def change_stage(
    version: ModelVersion, to_stage: str, by: Caller, *, comment: str = "", archive_incumbents: bool = False
) -> StageChangeRequest | None:
    """Ask that a version move; return the request when the change is in effect, None when the stage was held before.

    What waits is filed and told as `Waits`; sent again by the same person it names the same request, and once it is approved it succeeds.
    Raises what `request_stage_change` raises but SameStage.
    """
    try:
        with unit_of_work():
            filed = request_stage_change(
                version_id=version.pk, to_stage=to_stage, by=by, comment=comment, archive_incumbents=archive_incumbents
            )
    except SameStage:
        return None
    except AlreadyPending as pending:
        filed = read_request(int(pending.extras["request"]))
        if not _is_the_same(filed, to_stage, by, archive_incumbents=archive_incumbents):
            raise
    check_applied(filed)
    return filed


def check_applied(change_request: StageChangeRequest) -> None:
    """A request, read with everything, took effect. Raises Waits while it waits, NotPending when it ended in another way."""
    if change_request.is_pending:
        (situation,) = load_situations([change_request])
        raise Waits(what_it_waits_for(situation), request=change_request.pk)
    if change_request.status != StageChangeRequest.Status.APPLIED:
        check_pending(change_request)


def waits_for_each(version_ids: list[int]) -> dict[int, tuple[int, str]]:
    """What these versions' requests wait for, by version: their number, and the sentence; one query where there are none."""
    waiting = _pending_of(version_ids)
    situations = load_situations(StageChangeRequest.objects.with_everything().filter(pk__in=waiting)) if waiting else []
    return {each.version.pk: (each.change_request.pk, what_it_waits_for(each)) for each in situations}


@prepared
def _pending_of(version_ids: list[int]) -> QuerySet[StageChangeRequest, int]:
    return StageChangeRequest.objects.pending().filter(version__in=version_ids).order_by().values_list("pk", flat=True)


def what_it_waits_for(situation: Situation) -> str:
    """`Stage change request 12 waits for 1 approval: https://…`."""
    number = situation.change_request.pk
    return f"Stage change request {number} waits for {still_missing(situation)}: {request_url(number)}"


def _is_the_same(pending: StageChangeRequest, to_stage: str, by: Caller, *, archive_incumbents: bool) -> bool:
    """Whether the caller asked for just this before."""
    return (pending.to_stage.key, pending.archive_incumbents, pending.requester_principal_id) == (
        to_stage,
        archive_incumbents,
        by.principal_id,
    )
