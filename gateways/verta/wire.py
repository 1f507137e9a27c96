"""Models, versions and activities as Verta's client reads them: ids are numbers in texts, times milliseconds in texts."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from activity.errors import Invalid
from activity.feed import SAID
from activity.models import Activity
from approvals.models import StageChangeRequest
from gateways.call import Call
from gateways.protocol import Json
from registry.models import ModelVersion, RegisteredModel

STAGES = {"UNKNOWN": 0, "DEVELOPMENT": 1, "STAGING": 2, "PRODUCTION": 3, "ARCHIVED": 4, "UNASSIGNED": 5}
LOCKS = {"OPEN": 1, "CLOSED": 2, "REDACT": 3}
VISIBILITIES = {"UNKNOWN": 0, "ORG_DEFAULT": 1, "ORG_CUSTOM": 2, "PRIVATE": 3, "WORKSPACE_DEFAULT": 4}
STATES = {"APPROVED": 1, "REJECTED": 2, "PENDING": 3, "CLOSED": 4, "COMMITTED": 5}
# What Verta knows of a version and Stageward has no column for: kept among its attributes, part of what is approved.
KEPT_TEXTS = ("experiment_run_id", "input_description", "output_description")
KEPT_FLAGS = ("hide_input_label", "hide_output_label")
STATE_OF = {
    StageChangeRequest.Status.PENDING: "PENDING",
    StageChangeRequest.Status.APPLIED: "COMMITTED",
    StageChangeRequest.Status.REJECTED: "REJECTED",
}
# What each line of the log is to Verta; "" is a plain comment.
KINDS = {
    "stage_change.requested": "transition",
    "stage_change.approval_given": "approval",
    "stage_change.rejected": "rejection",
    "stage_change.revoked": "close",
    "stage_change.expired": "close",
    "stage_change.superseded": "close",
    "stage_change.applied": "update",
    "model_version.displaced": "update",
    "comment.added": "",
}


def kept_as(field: str) -> str:
    """The attribute that keeps a field of Verta's."""
    return f"verta.{field}"


def milliseconds(moment: datetime) -> str:
    """A moment as Verta counts it, rounded down."""
    return str(int(moment.timestamp() * 1000))


def enum(value: Any, known: Mapping[str, int], name: str) -> str:
    """Return the name of a value that came as a number or a name. Raises Invalid."""
    if type(value) is int:
        value = next((word for word, number in known.items() if number == value), value)
    if not isinstance(value, str) or value.upper() not in known:
        words = ", ".join(f"{number} ({word})" for word, number in known.items())
        raise Invalid(f"“{name}” is one of {words}. Nothing was done; send one of these.", field=name)
    return value.upper()


def attributes_sent(call: Call) -> dict[str, Any]:
    """The attributes of a body, by key. Raises Invalid."""
    sent = {}
    for entry in call.objects("attributes"):
        if not isinstance(entry.get("key"), str):
            raise Invalid("Each of “attributes” has a key, which is a text, and a value. Nothing was done.", field="attributes")
        sent[entry["key"]] = entry.get("value")
    return sent


def kept_sent(call: Call) -> dict[str, Any]:
    """What is kept among the attributes, of a body. Raises Invalid."""
    sent: dict[str, Any] = {kept_as(field): call.text(field) for field in KEPT_TEXTS}
    sent |= {kept_as(field): call.flag(field) for field in KEPT_FLAGS}
    return {key: value for key, value in sent.items() if value}


def _kept(attributes: Mapping[str, Any]) -> Json:
    kinds = {**dict.fromkeys(KEPT_TEXTS, str), **dict.fromkeys(KEPT_FLAGS, bool)}
    found = {field: attributes.get(kept_as(field)) for field in kinds}
    return {field: value for field, value in found.items() if isinstance(value, kinds[field])}


def model_body(model: RegisteredModel) -> Json:
    """A registered model."""
    return {
        "id": str(model.pk),
        "name": model.name,
        "description": model.description,
        "readme_text": model.readme,
        "labels": sorted(model.labels),
        "workspace_id": str(model.workspace_id),
        "owner": str(model.owner_id),
        "resource_visibility": "PRIVATE" if model.private else "WORKSPACE_DEFAULT",
        "time_created": milliseconds(model.created_at),
        "time_updated": milliseconds(model.updated_at),
    }


def version_body(version: ModelVersion, stage: str) -> Json:
    """A version; `stage` as Verta calls it."""
    kept = _kept(version.attributes)
    hidden = {kept_as(field) for field in kept}
    shown = [{"key": key, "value": value} for key, value in sorted(version.attributes.items()) if key not in hidden]
    return {
        "id": str(version.pk),
        "registered_model_id": str(version.model_id),
        "version": version.name,
        "stage": stage,
        "lock_level": version.lock_level.upper(),
        "description": version.description,
        "labels": sorted(version.labels),
        "attributes": shown,
        "artifacts": [],
        "owner": str(version.created_by_id),
        "time_created": milliseconds(version.created_at),
        "time_updated": milliseconds(version.updated_at),
    } | kept


def transition(change_request: StageChangeRequest, stages: Mapping[int, str]) -> Json:
    """What a request asks for and how it stands; `stages` as Verta calls them, by id."""
    return {
        "id": str(change_request.pk),
        "source_stage": stages[change_request.from_stage_id],
        "desired_stage": stages[change_request.to_stage_id],
        "state": STATE_OF.get(StageChangeRequest.Status(change_request.status), "CLOSED"),
    }


def activity_body(line: Activity, about: Json, comment: str = "") -> Json:
    """A line of the log; `about` is its part that says what kind it is, `comment` what was said where the line does not say it."""
    data = json.loads(line.data)
    return {
        "id": str(line.pk),
        "model_version_id": str(line.version_id or 0),
        "author_id": str(line.actor_id or ""),
        "time_created": milliseconds(line.created_at),
        "comment": str(data.get(SAID.get(line.verb, "comment")) or comment),
    } | about
