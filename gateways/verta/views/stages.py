"""Stage changes: Verta's direct one, and its approval calls, in the manner of pull requests."""

from collections.abc import Callable
from typing import Any

from activity.errors import Invalid
from activity.filters import visible_activities
from activity.models import Activity
from approvals.api.requests import find_request
from approvals.models import StageChangeRequest
from approvals.services import add_comment, approve_stage_change, reject_stage_change, request_stage_change, revoke_stage_change
from approvals.services.locking import read_request
from gateways.call import Call
from gateways.lines import newest_line
from gateways.protocol import Json
from gateways.stage_changes import change_stage, check_applied
from gateways.verta import wire
from gateways.verta.reading import MOST, activity_bodies, model_of, sent_version, stage_sent, version_of

Status = StageChangeRequest.Status
Service = Callable[..., StageChangeRequest]


def _told(line: Activity | None) -> Json:
    return activity_bodies([line])[0] if line else {}


def update(call: Call) -> Json:
    """Ask that a version move; it succeeds when it is there."""
    version, comment = sent_version(call), call.text("comment")
    to = stage_sent(call, "stage", version.model.workspace_id)
    moved = change_stage(version, to, call.by, comment=comment)
    lines = visible_activities(call.user).filter(pk=(moved.closing_activity_id if moved else version.stage_activity_id) or 0)
    name = wire.enum(call.body["stage"], wire.STAGES, "stage")
    return _told(lines.first()) | {"model_version_id": str(version.pk), "update": {"stage": name}}


def create_transition(call: Call) -> Json:
    """File a request, which is what is asked for here: it succeeds though it waits."""
    version, comment = sent_version(call), call.text("comment")
    to = stage_sent(call, "desired_stage", version.model.workspace_id)
    return call.change(
        lambda: request_stage_change(version_id=version.pk, to_stage=to, by=call.by, comment=comment),
        lambda filed: _told(newest_line(call, "stage_change.requested", request_id=filed.pk)),
    )


def _sent_request(call: Call) -> StageChangeRequest:
    return find_request(call.user, call.whole("transition_id", required=True))


def _decided(service: Service, verb: str) -> Callable[[Call], Json]:
    def view(call: Call) -> Json:
        filed, comment = _sent_request(call), call.text("comment")
        return call.change(
            lambda: service(change_request_id=filed.pk, by=call.by, comment=comment),
            lambda decided: _told(newest_line(call, verb, request_id=filed.pk)),
        )

    return view


approve = _decided(approve_stage_change, "stage_change.approval_given")
reject = _decided(reject_stage_change, "stage_change.rejected")
close = _decided(revoke_stage_change, "stage_change.revoked")


def commit(call: Call) -> Json:
    """What is approved takes effect at once, so there is nothing left to do: it says whether it did."""
    filed = _sent_request(call)
    check_applied(read_request(filed.pk))
    return _told(newest_line(call, "stage_change.applied", request_id=filed.pk))


def comment_on(call: Call) -> Json:
    """Say something about a version."""
    version, comment = sent_version(call), call.text("comment", required=True)
    return call.change(
        lambda: add_comment(version_id=version.pk, body=comment, by=call.by),
        lambda said: _told(newest_line(call, "comment.added", version_id=version.pk)),
    )


def _asked_about(call: Call) -> dict[str, Any]:
    """The model, or the version, that is asked about. Raises NotFound, Invalid."""
    model, version = call.whole("registered_model_id"), call.whole("model_version_id")
    if not model and not version:
        raise Invalid("Say of which registered_model_id or model_version_id. Nothing was done.", field="model_version_id")
    if version:
        return {"version_id": version_of(call, version, model or None).pk}
    return {"model_id": model_of(call, model).pk}


def find_activities(call: Call) -> Json:
    """Tell what was done to a model or a version, in order."""
    lines = visible_activities(call.user).filter(verb__in=wire.KINDS, **_asked_about(call))
    newest = list(lines.order_by("-pk")[:MOST])
    return {"activities": activity_bodies(reversed(newest))}


def find_transitions(call: Call) -> Json:
    """Tell the requests of a model or a version, in order, in whatever state or in those that are named."""
    sent = call.body.get("state") or []
    wanted = {wire.enum(each, wire.STATES, "state") for each in (sent if isinstance(sent, list) else [sent])}
    lines = visible_activities(call.user).filter(verb="stage_change.requested", **_asked_about(call))
    if wanted:
        statuses = [status for status in Status if wire.STATE_OF.get(status, "CLOSED") in wanted]
        lines = lines.filter(request_id__in=StageChangeRequest.objects.filter(status__in=statuses).values("pk"))
    newest = list(lines.order_by("-pk")[:MOST])
    return {"activities": activity_bodies(reversed(newest))}
