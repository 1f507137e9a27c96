"""Webhooks by MLflow's own client, unmodified; what they send is checked by MLflow's own code."""

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

POSSIBLE = "registered_model.created, model_version.created, model_version_tag.set, model_version_tag.deleted, model_version_alias.created,"


EVENTS = ["model_version.created", "model_version_tag.set", "registered_model.created"]
MADE = {"name": "ci", "events": ["model_version.created"], "description": "Tests.", "status": "ACTIVE", "secret": None}
EXPECTED = {
    "moments": True,
    "read": True,
    "listed": ["other-1", "other-0", "cd"],
    "off": "DISABLED",
    "left": ["other-0", "cd"],
    "tests": [[True, 200, "thanks", None], [True, 200, None, None]],
    "internal": "INVALID_PARAMETER_VALUE: INVALID_PARAMETER_VALUE: 192.168.0.1 is not a public address, and webhooks go to public"
    " hosts. Nothing was saved.",
    "by an editor": "PERMISSION_DENIED: PERMISSION_DENIED: You are an editor of this workspace and this takes an admin, so nothing was"
    " done. Ask an admin of the workspace for the role.",
}


@pytest.mark.client
def test_webhooks_are_made_tried_and_verified_with_mlflow_alone(
    live_server: LiveServer, team: Team, script: Callable[..., Any], settings: Any
):
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    with receiver() as there:
        there.answers = [status(200, b"thanks"), status(200, b"")]
        said = script("mlflow", "webhooks.py", live_server.url, token_of(team.admin), token_of(team.engineer), there.url)
        tested = len(there.taken)
        drain()
        assert deliver() == 3
        messages = [{"headers": headers, "body": body} for _, headers, body in there.taken]
    assert said.pop("gone").startswith("RESOURCE_DOES_NOT_EXIST: RESOURCE_DOES_NOT_EXIST: Webhook with ID ")
    assert f"“prompt.created” never happens here, so nothing was done. There are: {POSSIBLE}" in said.pop("prompts")
    made = MADE | {"url": there.url}
    assert said == EXPECTED | {"made": made, "changed": made | {"name": "cd", "events": EVENTS}}
    assert tested == 2
    checked = script("mlflow", "webhooks.py", "verify", given=json.dumps(messages))
    assert sorted(each["event"] for each in checked) == sorted([*EVENTS, "model_version.created", "registered_model.created"])
    assert [(each["signed"], each["fields"]) for each in checked] == [(True, True)] * 5
    assert findings() == []
