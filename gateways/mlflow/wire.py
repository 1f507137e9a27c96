"""Models and versions as MLflow's clients read them: plain objects from plain values. Empty lists and null texts are left out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from activity.errors import Invalid
from gateways.protocol import Json
from notifications.models import Webhook
from registry.mlflow import MODEL_ID, RUN_ID, SOURCE
from registry.models import ModelVersion, RegisteredModel

UNTOLD_OF_MODELS = ("readme", "labels", "metric_directions")
UNTOLD_OF_VERSIONS = ("metrics", "parameters", "labels")
PENDING = "stageward.pending_request"


def milliseconds(moment: datetime) -> int:
    """A moment as MLflow counts it."""
    return round(moment.timestamp() * 1000)


def tags(values: Mapping[str, str]) -> list[Json]:
    """Tags by key."""
    return [{"key": key, "value": value} for key, value in sorted(values.items())]


def tags_sent(sent: Iterable[Json]) -> dict[str, str]:
    """Tags as a client sends them with something new. Raises Invalid."""
    read = {tag.get("key"): tag.get("value", "") for tag in sent}
    if any(not isinstance(text, str) for pair in read.items() for text in pair):
        raise Invalid("Parameter 'tags' is a list of keys with values, both texts. Nothing was done.", field="tags")
    return read  # type: ignore[return-value]  # texts alone, as was just checked


def _without_empty(body: Json) -> Json:
    return {key: value for key, value in body.items() if value not in (None, [])}


def version_body(version: ModelVersion, model: str, stage: str, tagged: Mapping[str, str], waits: str) -> Json:
    """A version: `stage` as it is called on the wire, `waits` what its pending request waits for."""
    known = version.attributes
    return _without_empty(
        {
            "name": model,
            "version": str(version.number),
            "creation_timestamp": milliseconds(version.created_at),
            "last_updated_timestamp": milliseconds(version.updated_at),
            "current_stage": stage,
            "description": version.description,
            "source": known.get(SOURCE) or version.artifact_uri,
            "run_id": known.get(RUN_ID, ""),
            "model_id": known.get(MODEL_ID),
            "status": "READY",
            "status_message": waits or None,
            "tags": tags(tagged),
            "run_link": version.run_url,
        }
    )


def model_body(model: RegisteredModel, latest: list[Json], tagged: Mapping[str, str]) -> Json:
    """A registered model with its newest version in each stage."""
    return _without_empty(
        {
            "name": model.name,
            "creation_timestamp": milliseconds(model.created_at),
            "last_updated_timestamp": milliseconds(model.updated_at),
            "description": model.description or None,
            "latest_versions": latest,
            "tags": tags(tagged),
        }
    )


def event_body(name: str) -> Json:
    """An event as MLflow's clients spell it: `model_version.created` in two, in capitals."""
    entity, _, action = name.upper().partition(".")
    return {"entity": entity, "action": action}


def event_sent(sent: Any) -> str:
    """The name of an event as a client sends it. Raises Invalid."""
    entity, action = (sent.get("entity"), sent.get("action")) if isinstance(sent, dict) else (None, None)
    if not isinstance(entity, str) or not isinstance(action, str):
        raise Invalid("An event is an object with an entity and an action, both texts. Nothing was done.", field="events")
    return f"{entity}.{action}".lower()


def webhook_body(webhook: Webhook) -> Json:
    """A webhook; its secret never. One that takes tests alone hears of no event, which MLflow calls disabled."""
    return _without_empty(
        {
            "webhook_id": str(webhook.pk),
            "name": webhook.name,
            "description": webhook.description or None,
            "url": webhook.url,
            "events": [event_body(name) for name in webhook.events],
            "status": "DISABLED" if webhook.only_tests or not webhook.enabled else "ACTIVE",
            "creation_timestamp": milliseconds(webhook.created_at),
            "last_updated_timestamp": milliseconds(webhook.updated_at),
        }
    )
