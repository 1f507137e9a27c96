"""What is sent in foreign formats: the bodies that receivers of MLflow's and of Databricks' webhooks know."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from activity.models import Activity
from activity.moments import rfc3339
from notifications.events import EVENTS, TESTED, Event, event_met, led_into
from notifications.models import Webhook
from registry.mlflow import RUN_ID, SOURCE, shown
from registry.models import ModelVersion, RegisteredModel, Stage, Tag


@dataclass(frozen=True)
class Facts:
    """What a message may tell; stages as they are called on the wire."""

    name: str
    version: str = ""
    description: str = ""
    source: str = ""
    run_id: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    key: str = ""
    value: str = ""
    alias: str = ""
    from_stage: str = ""
    to_stage: str = ""
    comment: str = ""


# What a test tells of: nothing that there is.
EXAMPLE = Facts(
    name="example_model", version="1", description="An example.", source="s3://example-bucket/model", run_id="example_run",
    tags={"example_key": "example_value"}, key="example_key", value="example_value", alias="example_alias", from_stage="None",
    to_stage="Staging", comment="An example.",
)  # fmt: skip


def foreign_body(webhook: Webhook, line: Activity, text: str) -> str:
    """Return the body that a webhook of a foreign format is sent about a line; `text` says it in a sentence.

    A line that was queued before the webhook's events were changed is told as the event that it is.
    """
    every = [event.name for event in EVENTS[webhook.format]]
    event = event_met(webhook.format, webhook.events, line) or event_met(webhook.format, every, line)
    if event is None:
        raise ValueError(f"{line.verb} is no event of the format {webhook.format}.")
    facts = EXAMPLE if line.verb == TESTED else _facts(line)
    return json.dumps(_BODIES[webhook.format](webhook, event, line, facts, text), ensure_ascii=False)


def _facts(line: Activity) -> Facts:
    data = json.loads(line.data)
    model = RegisteredModel.objects.get(pk=line.model_id or 0)
    version = ModelVersion.objects.filter(pk=line.version_id or 0).first()
    named = {stage.key: shown(stage) for stage in Stage.objects.filter(workspace_id=model.workspace_id)}
    left = line.from_stage or str(data.get("from", ""))
    known = version.attributes if version else {}
    return Facts(
        name=model.name,
        version=str(version.number) if version else "",
        description=version.description if version else model.description,
        source=str(known.get(SOURCE) or version.artifact_uri) if version else "",
        run_id=str(known.get(RUN_ID, "")),
        tags=dict(Tag.objects.filter(model=model, version=version).order_by("key").values_list("key", "value")),
        key=str(data.get("tag", "")),
        value=str(data.get("to", "")),
        alias=str(data.get("alias", "")),
        from_stage=named.get(left, left),
        to_stage=named.get(led_into(line), led_into(line)),
        comment=str(data.get("body", "")),
    )


_OF_MLFLOW = {
    "registered_model.created": ("name", "tags", "description"),
    "model_version.created": ("name", "version", "source", "run_id", "tags", "description"),
    "model_version_tag.set": ("name", "version", "key", "value"),
    "model_version_tag.deleted": ("name", "version", "key"),
    "model_version_alias.created": ("name", "alias", "version"),
    "model_version_alias.deleted": ("name", "alias"),
}


def _mlflow(webhook: Webhook, event: Event, line: Activity, facts: Facts, text: str) -> dict[str, Any]:
    entity, _, action = event.name.partition(".")
    told = asdict(facts)
    return {
        "entity": entity,
        "action": action,
        "timestamp": rfc3339(line.created_at),
        "data": {name: told[name] for name in _OF_MLFLOW[event.name]},
        "workspace": webhook.workspace.slug,
    }


def _databricks(webhook: Webhook, event: Event, line: Activity, facts: Facts, text: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "event": event.name,
        "webhook_id": str(webhook.pk),
        "event_timestamp": round(line.created_at.timestamp() * 1000),
        "model_name": facts.name,
    }
    if event.verbs != ("model.registered",):
        body["version"] = facts.version
    if "TRANSITION" in event.name:
        body |= {"to_stage": facts.to_stage, "from_stage": facts.from_stage}
    if event.name == "MODEL_VERSION_TAG_SET":
        body["tags"] = [{"key": facts.key, "value": facts.value}]
    if event.name == "COMMENT_CREATED":
        body["comment"] = facts.comment
    return body | {"text": text}


_BODIES: dict[str, Callable[[Webhook, Event, Activity, Facts, str], dict[str, Any]]] = {
    "mlflow": _mlflow,
    "databricks": _databricks,
}
