"""MLflow's webhooks: Stageward's own, in MLflow's format."""

from typing import Any

from activity.errors import Invalid
from gateways.call import Call
from gateways.mlflow.wire import event_sent, webhook_body
from gateways.protocol import Json
from gateways.webhooks import ACTIVE, DISABLED, change, led, listed, make, status_sent, try_out, webhook_of, webhooks_of
from notifications.models import Webhook
from notifications.services import delete_webhook

FORMAT = str(Webhook.Format.MLFLOW)
STATUSES = (ACTIVE, DISABLED)


def _told(webhook: Webhook) -> Json:
    return {"webhook": webhook_body(webhook)}


def _found(call: Call) -> Webhook:
    return webhook_of(call, FORMAT, call.path["webhook_id"])


def _fields(call: Call) -> dict[str, Any]:
    """What is sent of a webhook. An empty name, address or list of events is none, as MLflow reads it."""
    fields: dict[str, Any] = {name: text for name in ("name", "url") if (text := call.text(name))}
    fields |= {name: call.text(name) for name in ("description", "secret") if call.given(name)}
    events = [event_sent(event) for event in call.objects("events")]
    return fields | ({"events": events} if events else {})


def create(call: Call) -> Json:
    """Make a webhook."""
    led(call)
    for name in ("name", "url"):
        call.text(name, required=True)
    if not call.objects("events"):
        raise Invalid("Missing value for required parameter 'events'. Nothing was done; send it.", field="events")
    status, fields = status_sent(call, STATUSES), {"secret": ""} | _fields(call)
    return call.change(lambda: make(call, FORMAT, status, **fields), _told)


def get(call: Call) -> Json:
    """Tell of a webhook."""
    return _told(_found(call))


def search(call: Call) -> Json:
    """List the webhooks, newest first."""
    return listed(call, webhooks_of(call, FORMAT), webhook_body)


def update(call: Call) -> Json:
    """Change what is sent of a webhook; the rest stays."""
    webhook = _found(call)
    status, changes = status_sent(call, STATUSES), _fields(call)
    return call.change(lambda: change(call, webhook, status, changes), _told)


def delete(call: Call) -> Json:
    """Remove a webhook."""
    webhook = _found(call)
    return call.change(lambda: delete_webhook(webhook_id=webhook.pk, by=call.by), lambda nothing: {})


def test(call: Call) -> Json:
    """Send an example of an event, and tell what the receiver answered."""
    webhook, event = _found(call), call.body.get("event")
    outcome = try_out(call, webhook, event_sent(event) if event else "")
    told = {
        "success": outcome.arrived,
        "response_status": outcome.status,
        "response_body": outcome.response,
        "error_message": outcome.failure,
    }
    return {"result": {name: value for name, value in told.items() if value not in (None, "")}}
