"""Schemathesis over every operation: nothing breaks, and every answer is one that the schema declares.

Each example is sent twice: as it was made up, and with the address of something that is there.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi import checks

from activity.models import Activity
from activity.unit import unit_of_work
from notifications.matching import queue
from notifications.models import Delivery, Webhook
from notifications.services import create_webhook
from tests.api.conftest import token_of
from tests.cast import Team, make_team
from tests.cast import caller as caller_of
from tests.conftest import LONG

EXAMPLES = 60 if LONG else 12 if connection.vendor == "sqlite" else 6
schema = schemathesis.openapi.from_wsgi("/api/v1/schema", get_wsgi_application())


@pytest.fixture
def caller(db: None) -> Iterator[dict[str, Any]]:
    """An admin's headers, and what stands in for the parts of an address; the server may not close the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    team = make_team()
    yield {"headers": {"Authorization": f"Bearer {token_of(team.admin)}"}, "place": place(team)}
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def place(team: Team) -> dict[str, Any]:
    """One of everything: versions in several stages, a request that waits, a webhook with a message."""
    team.policy("production", 1)
    team.move(team.version(metrics={"auc": 0.9}, labels=["x"]), "staging", "production")
    request = team.ask(team.version(), "staging")
    with unit_of_work():
        made, _ = create_webhook(workspace_id=team.workspace.pk, url="https://example.com/", by=caller_of(team.admin))
    Webhook.objects.filter(pk=made.pk).update(id=request.pk)  # one id stands for either
    webhook = Webhook.objects.get(pk=request.pk)
    queue([(webhook, Activity.objects.latest("pk"))])
    delivery = Delivery.objects.get().pk
    team.group("staging", team.viewer)  # one key stands for either
    return {
        "ws": "default", "name": "churn", "number": 2, "key": "staging", "username": "viewer", "id": request.pk, "delivery": delivery,
        "kind": "group",
        "tag": "team", "alias": "champion",
    }  # fmt: skip


# A made-up name that is not there is rightly refused; and `Any` JSON is what metrics are declared as on the way in.
LEFT_OUT = [checks.positive_data_acceptance, checks.negative_data_rejection]


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_every_answer_conforms(case: Any, caller: dict[str, Any]):
    case.call_and_validate(headers=caller["headers"], excluded_checks=LEFT_OUT)
    if case.path_parameters:
        case.path_parameters = {name: caller["place"][name] for name in case.path_parameters}
        case.call_and_validate(headers=caller["headers"], excluded_checks=LEFT_OUT)
