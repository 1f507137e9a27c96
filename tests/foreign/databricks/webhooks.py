"""Registry webhooks by Databricks' own SDK: run by its environment's Python with the server, tokens and a receiver.

Prints what came of it.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service.ml import HttpUrlSpec, JobSpec, RegistryWebhookEvent, RegistryWebhookStatus

Event, Status = RegistryWebhookEvent, RegistryWebhookStatus
HOST, ADMIN, ENGINEER, RECEIVER = sys.argv[1:5]


def outcome(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except DatabricksError as refused:
        return f"{type(refused).__name__}: {refused}".partition(" Config:")[0]  # which the SDK puts behind some


def told(webhook: Any) -> dict[str, Any]:
    return {name: value for name, value in webhook.as_dict().items() if not name.endswith("_timestamp") and name != "id"}


def main() -> dict[str, Any]:
    client = WorkspaceClient(host=HOST, token=ADMIN).model_registry
    spec = HttpUrlSpec(RECEIVER, secret="shared", authorization="Bearer of-the-receiver")
    made = client.create_webhook(
        [Event.MODEL_VERSION_CREATED, Event.MODEL_VERSION_TRANSITIONED_TO_STAGING],
        http_url_spec=spec,
        model_name="churn",
        description="Tests.",
        status=Status.TEST_MODE,
    ).webhook
    said = {"made": told(made), "tested": client.test_registry_webhook(made.id).as_dict()}
    said["tested for another event"] = client.test_registry_webhook(made.id, event=Event.COMMENT_CREATED).as_dict()
    changed = client.update_webhook(
        made.id, status=Status.ACTIVE, events=[Event.MODEL_VERSION_CREATED, Event.TRANSITION_REQUEST_CREATED]
    )
    said["changed"] = told(changed.webhook)
    others = [client.create_webhook([Event.REGISTERED_MODEL_CREATED], http_url_spec=spec).webhook for _ in range(2)]
    said["listed"] = [told(webhook)["events"] for webhook in client.list_webhooks(max_results=1)]
    said["of a model"] = [webhook.id == made.id for webhook in client.list_webhooks(model_name="churn")]
    said["of an event"] = len(list(client.list_webhooks(events=[Event.REGISTERED_MODEL_CREATED, Event.COMMENT_CREATED])))
    client.delete_webhook(id=others[0].id)
    said["gone"] = outcome(lambda: client.test_registry_webhook(others[0].id)).partition(":")[0]
    said["left"] = len(list(client.list_webhooks()))
    said["job"] = outcome(lambda: client.create_webhook([Event.COMMENT_CREATED], job_spec=JobSpec("1", "token")))
    internal = HttpUrlSpec("https://192.168.0.1/")
    said["internal"] = outcome(lambda: client.create_webhook([Event.COMMENT_CREATED], http_url_spec=internal))
    engineer = WorkspaceClient(host=HOST, token=ENGINEER).model_registry
    said["by an editor"] = outcome(lambda: list(engineer.list_webhooks()))
    engineer.create_model("fraud")
    engineer.create_model_version("churn", "s3://bucket/churn/1")
    engineer.create_transition_request("churn", "1", "Staging")
    return said


if __name__ == "__main__":
    print(json.dumps(main()))
