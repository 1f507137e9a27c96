"""Webhooks, for admins of their workspace."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Workspace
from activity.errors import Invalid, NotFound
from config.endpoint import EndpointOfAdmins, Json
from config.operation import operation, page_of
from config.serializers import ListQuery
from notifications.models import Delivery, Webhook
from notifications.serializers import (
    CreateWebhook,
    DeliveryQuery,
    DeliverySerializer,
    RedeliveredSerializer,
    RedeliverRange,
    RotateSecret,
    WebhookSecretSerializer,
    WebhookSerializer,
    WholeDeliverySerializer,
)
from notifications.services import (
    create_webhook,
    delete_webhook,
    disable_webhook,
    edit_webhook,
    enable_webhook,
    end_old_secret,
    redeliver,
    redeliver_range,
    rotate_webhook_secret,
    send_test,
)
from registry.models import RegisteredModel

SECRET = "secret"  # noqa: S105 - the name of a field


def _body(webhook: Webhook) -> Json:
    return dict(WebhookSerializer(Webhook.objects.select_related("model", "created_by").get(pk=webhook.pk)).data)


def _with_secret(made: tuple[Webhook, str]) -> Json:
    return {**_body(made[0]), SECRET: made[1]}


class _OfAdmins(EndpointOfAdmins):
    """An address below the webhooks of a workspace: an address of theirs may be a secret, so only admins read them."""

    def find(self, ws: str, pk: int) -> Webhook:
        """Return a webhook of theirs. Raises NotFound, Forbidden."""
        webhook = Webhook.objects.living().filter(workspace=self.led(ws), pk=pk).first()
        if webhook is None:
            raise NotFound("There is no such webhook in this workspace. Check the address; it may have been removed.")
        return webhook

    def find_delivery(self, ws: str, pk: int, delivery: int) -> Delivery:
        """Return a delivery of such a webhook, with its line. Raises NotFound, Forbidden."""
        found = Delivery.objects.filter(webhook=self.find(ws, pk), pk=delivery).select_related("activity").first()
        if found is None:
            raise NotFound("There is no such delivery of this webhook; it may have been forgotten after 30 days.")
        return found

    def wanted(self, workspace: Workspace) -> dict[str, Any]:
        """What was sent, with the id in place of a model's name. Raises Invalid."""
        sent = dict(self.sent)
        if "model" in sent:
            name = sent.pop("model")
            model = RegisteredModel.objects.filter(workspace=workspace, name=name, deleted_at=None).first() if name else None
            if name and model is None:
                raise Invalid(f"The workspace has no model “{name}”, so nothing was saved.", field="model")
            sent["model_id"] = model.pk if model else None
        return sent


class Webhooks(_OfAdmins):
    """A workspace's webhooks."""

    @operation("list_webhooks", answer=page_of(WebhookSerializer), query=ListQuery)
    def get(self, request: Request, ws: str) -> Response:
        """List the webhooks of a workspace, oldest first. For admins."""
        webhooks = Webhook.objects.living().filter(workspace=self.led(ws)).select_related("model", "created_by")
        return self.page(webhooks, lambda rows: WebhookSerializer(rows, many=True).data, "id")

    @operation("create_webhook", body=CreateWebhook, answer=WebhookSecretSerializer, status=201)
    def post(self, request: Request, ws: str) -> Response:
        """Make a webhook. The answer holds its secret, once. For admins."""
        workspace = self.led(ws)
        wanted = self.wanted(workspace)
        return self.change(
            lambda: create_webhook(workspace_id=workspace.pk, by=self.by, **wanted),
            _with_secret,
            status=201,
            location=lambda body: f"{request.path}/{body['id']}",
            secret=SECRET,
        )


class OneWebhook(_OfAdmins):
    """A webhook."""

    @operation("read_webhook", answer=WebhookSerializer)
    def get(self, request: Request, ws: str, pk: int) -> Response:
        """Read a webhook. For admins."""
        return Response(_body(self.find(ws, pk)))

    @operation("change_webhook", body=CreateWebhook, answer=WebhookSerializer)
    def patch(self, request: Request, ws: str, pk: int) -> Response:
        """Change where a webhook goes and what it hears of. For admins."""
        webhook = self.find(ws, pk)
        wanted = self.wanted(webhook.workspace)
        return self.change(lambda: edit_webhook(webhook_id=webhook.pk, changes=wanted, by=self.by), _body)

    @operation("delete_webhook", status=204)
    def delete(self, request: Request, ws: str, pk: int) -> Response:
        """Remove a webhook. For admins."""
        webhook = self.find(ws, pk)
        return self.change(lambda: delete_webhook(webhook_id=webhook.pk, by=self.by), lambda nothing: None, status=204)


class Rotate(_OfAdmins):
    """A webhook's secret."""

    @operation("rotate_webhook_secret", body=RotateSecret, answer=WebhookSecretSerializer)
    def post(self, request: Request, ws: str, pk: int) -> Response:
        """Give a webhook a new secret, which the answer holds, once. Until `old_secret_until` the one before signs as well. For admins."""
        webhook, sent = self.find(ws, pk), self.sent
        return self.change(lambda: rotate_webhook_secret(webhook_id=webhook.pk, by=self.by, **sent), _with_secret, secret=SECRET)


class OldSecret(_OfAdmins):
    """The secret before."""

    @operation("end_old_secret", status=204)
    def delete(self, request: Request, ws: str, pk: int) -> Response:
        """End the secret before: from now on the new one signs alone. For admins."""
        webhook = self.find(ws, pk)
        return self.change(lambda: end_old_secret(webhook_id=webhook.pk, by=self.by), lambda nothing: None, status=204)


class Enable(_OfAdmins):
    """Switching on."""

    @operation("enable_webhook", answer=WebhookSerializer)
    def post(self, request: Request, ws: str, pk: int) -> Response:
        """Switch a webhook on; what waits for it is sent. For admins."""
        webhook = self.find(ws, pk)
        return self.change(lambda: enable_webhook(webhook_id=webhook.pk, by=self.by), _body)


class Disable(_OfAdmins):
    """Switching off."""

    @operation("disable_webhook", answer=WebhookSerializer)
    def post(self, request: Request, ws: str, pk: int) -> Response:
        """Switch a webhook off: what is queued waits, and what happens meanwhile is not queued. For admins."""
        webhook = self.find(ws, pk)
        return self.change(lambda: disable_webhook(webhook_id=webhook.pk, by=self.by), _body)


class SendTest(_OfAdmins):
    """A test."""

    @operation("send_test", answer=WebhookSerializer)
    def post(self, request: Request, ws: str, pk: int) -> Response:
        """Send a message of the type `webhook.tested` to this webhook alone. What came of it stands in its deliveries. For admins."""
        webhook = self.find(ws, pk)
        return self.change(lambda: send_test(webhook_id=webhook.pk, by=self.by), lambda line: _body(webhook))


class Deliveries(_OfAdmins):
    """What was sent to a webhook."""

    @operation("list_deliveries", answer=page_of(DeliverySerializer), query=DeliveryQuery)
    def get(self, request: Request, ws: str, pk: int) -> Response:
        """List the messages of a webhook, newest first; those done are kept for 30 days. For admins."""
        found = Delivery.objects.filter(webhook=self.find(ws, pk)).select_related("activity").defer("body")
        if "state" in self.asked:
            found = found.filter(state=self.asked["state"])
        return self.page(found, lambda rows: DeliverySerializer(rows, many=True).data)


class OneDelivery(_OfAdmins):
    """A message."""

    @operation("read_delivery", answer=WholeDeliverySerializer)
    def get(self, request: Request, ws: str, pk: int, delivery: int) -> Response:
        """Read a message: what was sent, and what every try came to. For admins."""
        return Response(WholeDeliverySerializer(self.find_delivery(ws, pk, delivery)).data)


class Redeliver(_OfAdmins):
    """A message once more."""

    @operation("redeliver", answer=DeliverySerializer)
    def post(self, request: Request, ws: str, pk: int, delivery: int) -> Response:
        """Send a message again, with the same id and body. For admins."""
        found = self.find_delivery(ws, pk, delivery)
        return self.change(lambda: redeliver(delivery_id=found.pk, by=self.by), lambda row: dict(DeliverySerializer(row).data))


class RedeliverMany(_OfAdmins):
    """Messages of a time once more."""

    @operation("redeliver_range", body=RedeliverRange, answer=RedeliveredSerializer)
    def post(self, request: Request, ws: str, pk: int) -> Response:
        """Send again what the log has for a webhook between two moments, also from while it was off; at most 1,000 lines. For admins."""
        webhook, sent = self.find(ws, pk), self.sent
        return self.change(lambda: redeliver_range(webhook_id=webhook.pk, by=self.by, **sent), lambda count: {"messages": count})
