"""What is told of models, versions and requests beyond what MLflow knows of them."""

from approvals.models import StageChangeRequest
from approvals.rules import available_actions
from approvals.situations import load_situations
from gateways.call import Call
from gateways.databricks import wire
from gateways.lines import newest_line
from gateways.mlflow.reading import version_body
from gateways.protocol import Json
from gateways.stage_changes import what_it_waits_for
from registry.access import standing_on
from registry.models import ModelVersion, RegisteredModel


def permission_level(call: Call, model: RegisteredModel) -> Json:
    """What the caller may do with a model that they see."""
    standing = standing_on(call.by, model)
    return {"permission_level": wire.level_of(standing)} if standing else {}


def open_requests(call: Call, version: ModelVersion) -> list[Json]:
    """The request of a version that waits, in a list; each says what the caller may do with it, and what it waits for."""
    pending = version.change_requests.pending().with_everything()
    found = []
    for situation in load_situations(pending):
        filed = situation.change_request
        if line := newest_line(call, "stage_change.requested", request_id=filed.pk):
            who, told = filed.requester.username, what_it_waits_for(situation)
            body = wire.activity(line, "REQUESTED_TRANSITION", filed, who, filed.comment, told)
            found.append(body | {"available_actions": wire.actions(available_actions(situation, call.by))})
    return found


def request_body(call: Call, change_request: StageChangeRequest) -> Json:
    """A request, read with everything, as its requester is told of it."""
    (situation,) = load_situations([change_request])
    return wire.transition_request(change_request, available_actions(situation, call.by))


def version_databricks(call: Call, version: ModelVersion) -> Json:
    """A version with what the caller may do, and what of it waits."""
    body = version_body(call, version)
    more = {"user_id": version.created_by.username, "open_requests": open_requests(call, version)}
    return body | more | permission_level(call, version.model)
