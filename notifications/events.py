"""What webhooks of foreign formats are called for: events by that protocol's names, each with its lines of the log and in words."""

import json
from dataclasses import dataclass

from activity.models import Activity


@dataclass(frozen=True)
class Event:
    """An event: its name there, the verbs that it stands for, in words after When, and the stage that it leads `into`, if only that."""

    name: str
    verbs: tuple[str, ...]
    words: str
    into: str = ""

    def is_met_by(self, line: Activity) -> bool:
        """Whether a line is such an event."""
        return line.verb in self.verbs and (not self.into or self.into == led_into(line))


_MOVED = ("stage_change.applied", "model_version.displaced")
_ASKED = ("stage_change.requested",)
NEW_MODEL = "REGISTERED_MODEL_CREATED"  # never of one model alone
TESTED = "webhook.tested"
# By format. Of several events that a line meets it is told as the first: the narrower ones stand before the wider.
EVENTS = {
    "mlflow": (
        Event("registered_model.created", ("model.registered",), "a model is registered"),
        Event("model_version.created", ("model_version.registered",), "a version is registered"),
        Event("model_version_tag.set", ("model_version.tagged",), "a version is tagged"),
        Event("model_version_tag.deleted", ("model_version.untagged",), "a version loses a tag"),
        Event("model_version_alias.created", ("alias.moved",), "an alias is pointed at a version"),
        Event("model_version_alias.deleted", ("alias.removed",), "an alias is removed"),
    ),
    "databricks": (
        Event("MODEL_VERSION_CREATED", ("model_version.registered",), "a version is registered"),
        Event("MODEL_VERSION_TRANSITIONED_TO_STAGING", _MOVED, "something enters Staging", "staging"),
        Event("MODEL_VERSION_TRANSITIONED_TO_PRODUCTION", _MOVED, "something enters Production", "production"),
        Event("MODEL_VERSION_TRANSITIONED_TO_ARCHIVED", _MOVED, "something is archived", "archived"),
        Event("MODEL_VERSION_TRANSITIONED_STAGE", _MOVED, "something enters another stage"),
        Event("TRANSITION_REQUEST_TO_STAGING_CREATED", _ASKED, "somebody asks for Staging", "staging"),
        Event("TRANSITION_REQUEST_TO_PRODUCTION_CREATED", _ASKED, "somebody asks for Production", "production"),
        Event("TRANSITION_REQUEST_TO_ARCHIVED_CREATED", _ASKED, "somebody asks to archive something", "archived"),
        Event("TRANSITION_REQUEST_CREATED", _ASKED, "somebody asks for a stage change"),
        Event("COMMENT_CREATED", ("comment.added",), "somebody comments"),
        Event("MODEL_VERSION_TAG_SET", ("model_version.tagged",), "a version is tagged"),
        Event(NEW_MODEL, ("model.registered",), "a model is registered"),
    ),
}


def is_foreign(format: str) -> bool:
    """Whether messages in this format are called for by events, signed as its own protocol has it."""
    return format in EVENTS


def event_named(format: str, name: str) -> Event | None:
    """The event that a protocol calls so; None where it has none that happens here."""
    return next((event for event in EVENTS.get(format, ()) if event.name == name), None)


def event_met(format: str, names: list[str], line: Activity) -> Event | None:
    """The first of these events that a line is; of a test the one that it was asked for."""
    if line.verb == TESTED:
        return event_named(format, json.loads(line.data).get("event", ""))
    return next((event for event in EVENTS[format] if event.name in names and event.is_met_by(line)), None)


def led_into(line: Activity) -> str:
    """The key of the stage that a line leads into, or asks for; of other lines something else, or nothing."""
    data = json.loads(line.data)
    return str(data.get("entered") or line.to_stage or data.get("to", ""))
