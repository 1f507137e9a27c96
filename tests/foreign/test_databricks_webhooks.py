"""Registry webhooks by Databricks' own SDK, unmodified; what they send is checked as Databricks' documentation has receivers do."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from notifications.deliveries import deliver
from notifications.outbox import drain
from tests.api.conftest import token_of
from tests.cast import Team
from tests.log import findings
from tests.notifications.receiver import receiver, status

MADE = {
    "description": "Tests.",
    "events": ["MODEL_VERSION_CREATED", "MODEL_VERSION_TRANSITIONED_TO_STAGING"],
    "model_name": "churn",
    "status": "TEST_MODE",
}
EXPECTED = {
    "tested": {"status_code": 200, "body": "OK"},
    "tested for another event": {"status_code": 404, "body": "no"},
    "listed": [
        ["REGISTERED_MODEL_CREATED"],
        ["REGISTERED_MODEL_CREATED"],
        ["MODEL_VERSION_CREATED", "TRANSITION_REQUEST_CREATED"],
    ],
    "of a model": [True],
    "of an event": 2,
    "gone": "ResourceDoesNotExist",
    "left": 2,
    "job": "InvalidParameterValue: Stageward runs no jobs of Databricks, so nothing was done. Send http_url_spec, and start the job"
    " from what it calls.",
    "internal": "InvalidParameterValue: 192.168.0.1 is not a public address, and webhooks go to public hosts. Nothing was saved.",
    "by an editor": "PermissionDenied: You are an editor of this workspace and this takes an admin, so nothing was done. Ask an admin of"
    " the workspace for the role.",
}
MOVE = {"from_stage": "None", "to_stage": "Staging"}


def sent(body: str) -> dict[str, Any]:
    """A message without what differs from run to run."""
    return {name: value for name, value in json.loads(body).items() if name not in ("text", "event_timestamp", "webhook_id")}


@pytest.mark.client
def test_webhooks_are_made_and_tried_by_the_sdk_and_verified_as_documented(
    live_server: LiveServer, team: Team, script: Callable[..., Any], settings: Any
):
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    with receiver() as there:
        there.answers = [status(200, b"OK"), status(404, b"no"), status(200)]
        said = script("databricks", "webhooks.py", live_server.url, token_of(team.admin), token_of(team.engineer), there.url)
        drain()
        assert deliver() == 3
    made = MADE | {"http_url_spec": {"url": there.url, "enable_ssl_verification": True}}
    changed = made | {"status": "ACTIVE", "events": ["MODEL_VERSION_CREATED", "TRANSITION_REQUEST_CREATED"]}
    assert said == EXPECTED | {"made": made, "changed": changed}
    for _, headers, body in there.taken:
        assert hmac.compare_digest(
            hmac.new(b"shared", body.encode(), hashlib.sha256).hexdigest(), headers["X-Databricks-Signature"]
        )
        assert headers["Authorization"] == "Bearer of-the-receiver"
    example = {"model_name": "example_model", "version": "1"}
    assert [sent(body) for _, _, body in there.taken[:2]] == [
        {"event": "MODEL_VERSION_CREATED", **example},
        {"event": "COMMENT_CREATED", "comment": "An example.", **example},
    ]
    assert sorted((sent(body) for _, _, body in there.taken[2:]), key=lambda message: str(message["event"])) == [
        {"event": "MODEL_VERSION_CREATED", "model_name": "churn", "version": "1"},
        {"event": "REGISTERED_MODEL_CREATED", "model_name": "fraud"},
        {"event": "TRANSITION_REQUEST_CREATED", "model_name": "churn", "version": "1", **MOVE},
    ]
    assert findings() == []
