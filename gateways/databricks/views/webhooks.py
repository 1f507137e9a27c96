"""Registry webhooks of Databricks: Stageward's own, in Databricks' format."""

from typing import Any

from activity.errors import Conflict, Invalid
from gateways.call import Call
from gateways.databricks.wire import webhook_body
from gateways.protocol import Json
from gateways.webhooks import (
    ACTIVE,
    DISABLED,
    TEST_MODE,
    change,
    led,
    listed,
    make,
    status_sent,
    try_out,
    webhook_of,
    webhooks_of,
)
from notifications.checks import unknown_event
from notifications.events import event_named
from notifications.models import Webhook
from notifications.services import delete_webhook
from registry.lookup import find_model

FORMAT = str(Webhook.Format.DATABRICKS)
STATUSES = (ACTIVE, DISABLED, TEST_MODE)


def _told(webhook: Webhook) -> Json:
    return {"webhook": webhook_body(webhook)}


def _found(call: Call) -> Webhook:
    return webhook_of(call, FORMAT, call.text("id", required=True))


def _spec(call: Call) -> dict[str, Any]:
    """Where messages go, and what with, as it is sent. Raises Invalid for what is not done here."""
    if call.given("job_spec"):
        raise Invalid(
            "Stageward runs no jobs of Databricks, so nothing was done. Send http_url_spec, and start the job from what it calls.",
            field="job_spec",
        )
    spec = call.body.get("http_url_spec") or {}
    if not isinstance(spec, dict):
        raise Invalid("Parameter 'http_url_spec' is an object with a url. Nothing was done.", field="http_url_spec")
    if spec.get("enable_ssl_verification") not in (None, True, "true"):
        raise Invalid(
            "Certificates of receivers are always checked, so nothing was done. Leave enable_ssl_verification out, or let it be true.",
            field="enable_ssl_verification",
        )
    fields = {name: spec[name] for name in ("url", "secret", "authorization") if spec.get(name) is not None}
    if wrong := [name for name, value in fields.items() if not isinstance(value, str) or "\x00" in value]:
        raise Invalid(f"Parameter 'http_url_spec.{wrong[0]}' must be a text. Nothing was done.", field=wrong[0])
    return fields


def _fields(call: Call) -> dict[str, Any]:
    """What is sent of a webhook; an empty list of events is none. Raises Invalid."""
    fields = _spec(call) | ({"description": call.text("description")} if call.given("description") else {})
    return fields | ({"events": call.texts("events")} if call.texts("events") else {})


def create(call: Call) -> Json:
    """Make a webhook, of one model or of all of the workspace."""
    workspace, name = led(call), call.text("model_name")
    status, fields = status_sent(call, STATUSES), {"secret": ""} | _fields(call)
    for needed, shown in (("events", "events"), ("url", "http_url_spec.url")):
        if not fields.get(needed):
            raise Invalid(f"Missing value for required parameter '{shown}'. Nothing was done; send it.", field=needed)
    fields["model_id"] = find_model(call.user, workspace.slug, name).pk if name else None
    return call.change(lambda: make(call, FORMAT, status, **fields), _told)


def search(call: Call) -> Json:
    """List the webhooks, newest first: of one model, or those that are called for one of some events."""
    there, name, events = webhooks_of(call, FORMAT), call.text("model_name"), call.texts("events")
    if unknown := [event for event in events if event_named(FORMAT, event) is None]:
        raise unknown_event(FORMAT, unknown[0])
    if name:
        there = there.filter(model=find_model(call.user, call.workspace.slug, name))
    if events:
        there = there.filter(pk__in=[webhook.pk for webhook in there if set(webhook.events) & set(events)])
    return listed(call, there, webhook_body, f"{name} {sorted(events)}")


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
    """Send an example of an event, and tell what the receiver answered. Raises Conflict where it answered nothing."""
    outcome = try_out(call, _found(call), call.text("event"))
    if outcome.status is None:
        raise Conflict(f"The test was sent and did not arrive: {outcome.error} Look at the address, then test again.")
    return {"status_code": outcome.status, "body": outcome.response}
