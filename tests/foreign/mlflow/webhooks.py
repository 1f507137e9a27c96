"""Webhooks by MLflow's own client: run by its environment's Python with the server, a token and a receiver; prints what came of it.

With `verify` instead, it reads messages from its input and checks each with MLflow's own code, as a receiver may.
"""

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

from mlflow.entities.webhook import WebhookEvent
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow.webhooks.delivery import _generate_hmac_signature
from mlflow.webhooks.types import get_payload_class_for_event

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
SECRET = "a secret of the team's own"


def outcome(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except MlflowException as refused:
        return f"{refused.error_code}: {refused.message}"


def told(webhook: Any) -> dict[str, Any]:
    return {
        "name": webhook.name,
        "url": webhook.url,
        "events": [str(event) for event in webhook.events],
        "description": webhook.description,
        "status": str(webhook.status),
        "secret": webhook.secret,
    }


def use(host: str, admin: str, engineer: str, receiver: str) -> dict[str, Any]:
    os.environ["MLFLOW_TRACKING_TOKEN"] = admin
    client = MlflowClient(registry_uri=host, tracking_uri="file:./runs")
    made = client.create_webhook("ci", receiver, ["model_version.created"], description="Tests.", secret=SECRET)
    changed = client.update_webhook(
        made.webhook_id, name="cd", events=["model_version.created", "model_version_tag.set", "registered_model.created"]
    )
    said: dict[str, Any] = {
        "made": told(made),
        "changed": told(changed),
        "moments": made.creation_timestamp == changed.creation_timestamp <= changed.last_updated_timestamp,
        "read": told(client.get_webhook(made.webhook_id)) == told(changed),
    }
    others = [client.create_webhook(f"other-{number}", receiver, ["registered_model.created"]) for number in range(2)]
    first = client.list_webhooks(max_results=2)
    said["listed"] = [webhook.name for webhook in [*first, *client.list_webhooks(max_results=2, page_token=first.token)]]
    said["off"] = told(client.update_webhook(others[0].webhook_id, status="DISABLED"))["status"]
    client.delete_webhook(others[1].webhook_id)
    said["left"] = [webhook.name for webhook in client.list_webhooks()]
    said["gone"] = outcome(lambda: client.get_webhook(others[1].webhook_id))
    tests = [
        client.test_webhook(made.webhook_id),
        client.test_webhook(made.webhook_id, WebhookEvent.from_str("registered_model.created")),
    ]
    said["tests"] = [[test.success, test.response_status, test.response_body, test.error_message] for test in tests]
    said["prompts"] = outcome(lambda: client.create_webhook("p", receiver, ["prompt.created"]))
    said["internal"] = outcome(lambda: client.create_webhook("i", "https://192.168.0.1/", ["model_version.created"]))
    os.environ["MLFLOW_TRACKING_TOKEN"] = engineer
    said["by an editor"] = outcome(client.list_webhooks)
    client.create_registered_model("fraud", description="Who cheats.")
    client.create_model_version("fraud", "s3://bucket/fraud/1", run_id="run1")
    client.set_model_version_tag("fraud", "1", "validated", "yes")
    return said


def verified(message: dict[str, Any]) -> dict[str, Any]:
    """Whether MLflow's own code signs a message the same, and whether its data is what MLflow's types say."""
    headers, body = message["headers"], message["body"]
    signed = _generate_hmac_signature(SECRET, headers["X-MLflow-Delivery-Id"], headers["X-MLflow-Timestamp"], body)
    sent = json.loads(body)
    event = WebhookEvent(sent["entity"], sent["action"])
    return {
        "event": str(event),
        "signed": signed == headers["X-MLflow-Signature"],
        "fields": set(sent["data"]) == set(get_payload_class_for_event(event).__annotations__),
    }


if __name__ == "__main__":
    if sys.argv[1] == "verify":
        print(json.dumps([verified(message) for message in json.load(sys.stdin)]))
    else:
        print(json.dumps(use(*sys.argv[1:5])))
