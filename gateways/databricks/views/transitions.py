"""Transition requests, which are stage change requests; and the direct transition, which is one as well (rule 18)."""

import json
from collections.abc import Callable

from activity.errors import Conflict, NotFound
from approvals.eligibility import Situation
from approvals.models import StageChangeRequest
from approvals.services import approve_stage_change, reject_stage_change, request_stage_change, revoke_stage_change
from approvals.situations import load_situations
from gateways.call import Call
from gateways.databricks import wire
from gateways.databricks.reading import open_requests, request_body, version_databricks
from gateways.lines import newest_line
from gateways.mlflow.reading import stages_of, version_of
from gateways.mlflow.stages import shown, stage_named
from gateways.protocol import Json
from gateways.stage_changes import change_stage, what_it_waits_for
from registry.incumbents import Entry, incumbents_of
from registry.links import request_url
from registry.models import ModelVersion

ARCHIVE = "archive_existing_versions"


def _stage_sent(call: Call) -> str:
    return stage_named(call.text("stage", required=True), stages_of(call.workspace), call.workspace)


def transition(call: Call) -> Json:
    """Ask that a version move; it succeeds when it is there."""
    version, archive, comment = version_of(call), call.flag(ARCHIVE), call.text("comment")
    moved = change_stage(version, _stage_sent(call), call.by, comment=comment, archive_incumbents=archive)
    now = ModelVersion.objects.select_related("model", "created_by").get(pk=moved.version_id) if moved else version
    return {"model_version_databricks": version_databricks(call, now)}


def create(call: Call) -> Json:
    """File a request, which is what is asked for here: it succeeds though it waits."""
    version, to, comment = version_of(call), _stage_sent(call), call.text("comment")
    return call.change(
        lambda: request_stage_change(version_id=version.pk, to_stage=to, by=call.by, comment=comment),
        lambda filed: {"request": request_body(call, filed)},
    )


def list_open(call: Call) -> Json:
    """Tell the request of a version that waits."""
    found = open_requests(call, version_of(call))
    return {"requests": found} if found else {}


def approve(call: Call) -> Json:
    """Approve a request; with the last approval the version is there, and until then we say what it waits for."""
    situation, comment = _asked(call), call.text("comment")
    if call.given(ARCHIVE):
        _check_archives(situation, archive=call.flag(ARCHIVE))
    pk, digest = situation.change_request.pk, situation.digest
    return call.change(
        lambda: approve_stage_change(change_request_id=pk, by=call.by, comment=comment, digest=digest),
        _told(call, "stage_change.approval_given", "APPROVED_REQUEST"),
    )


def reject(call: Call) -> Json:
    """Reject a request; the comment says why."""
    filed, comment = _asked(call).change_request, call.text("comment")
    return call.change(
        lambda: reject_stage_change(change_request_id=filed.pk, by=call.by, comment=comment),
        _told(call, "stage_change.rejected", "REJECTED_REQUEST"),
    )


def cancel(call: Call) -> Json:
    """Take one's own request back."""
    filed, creator, comment = _asked(call).change_request, call.text("creator"), call.text("comment")
    if creator and creator.casefold() not in (filed.requester.username.casefold(), filed.requester.email.casefold()):
        raise NotFound(
            f"Request {filed.pk} was not made by {creator[:200]} but by {filed.requester.username}, so nothing was done. Check the creator."
        )
    return call.change(
        lambda: revoke_stage_change(change_request_id=filed.pk, by=call.by, comment=comment),
        _told(call, "stage_change.revoked", "CANCELLED_REQUEST"),
    )


def _asked(call: Call) -> Situation:
    """The request that a call names by version and stage: the last one of the version, where it is to that stage.

    One that has ended is found too, so that a call that is sent again is told what became of it. Raises NotFound, Invalid.
    """
    version, to = version_of(call), _stage_sent(call)
    newest = version.change_requests.with_everything().order_by("-pk").first()
    if newest is not None and newest.to_stage.key == to:
        return load_situations([newest])[0]
    waits = f" Request {newest.pk}, to {shown(newest.to_stage)}, waits." if newest and newest.is_pending else ""
    raise NotFound(
        f"No request to move {version.name} of {version.model.name} to {call.text('stage')[:200]} waits, so nothing was done.{waits}"
    )


def _check_archives(situation: Situation, *, archive: bool) -> None:
    """Who approves means what was asked: who asks says whether others are archived. Raises Conflict."""
    filed = situation.change_request
    if not filed.is_pending or filed.archive_incumbents == archive:
        return
    (meant,) = incumbents_of([Entry(filed.version, filed.to_stage, archive)])
    if [incumbent.told for incumbent in meant] == [incumbent.told for incumbent in situation.incumbents]:
        return
    names = ", ".join(incumbent.version.name for incumbent in meant or situation.incumbents)
    does, again = ("does not archive", "transition_stage with") if archive else ("archives", "create_transition_request, without")
    raise Conflict(
        f"Request {filed.pk} {does} {names}, so nothing was done: one approves what was asked. Approve it with {ARCHIVE}={not archive}, or"
        f" reject it and have it asked for by {again} {ARCHIVE}.",
        request=filed.pk,
    )


def _told(call: Call, verb: str, kind: str) -> Callable[[StageChangeRequest], Json]:
    """What is told of what the caller just did, or did before where it was sent again."""

    def show(decided: StageChangeRequest) -> Json:
        line = newest_line(call, verb, request_id=decided.pk, actor_id=call.user.pk)
        said = str(json.loads(line.data).get("comment", "")) if line else ""
        told = _how_it_stands(decided)
        return {"activity": wire.activity(line, kind, decided, call.user.username, said, told)} if line else {}

    return show


def _how_it_stands(filed: StageChangeRequest) -> str:
    if filed.is_pending:
        return what_it_waits_for(load_situations([filed])[0])
    ended = "took effect" if filed.status == StageChangeRequest.Status.APPLIED else f"was {filed.status}"
    return f"Stage change request {filed.pk} {ended}: {request_url(filed.pk)}"
