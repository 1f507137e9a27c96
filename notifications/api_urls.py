"""The API of webhooks and of notices."""

from django.urls import path

from notifications.api import notices, webhooks

ALL = "workspaces/<slug:ws>/webhooks"
ONE = f"{ALL}/<int:pk>"

urlpatterns = [
    path("notices", notices.Notices.as_view(), name="api-notices"),
    path("notices/read", notices.Read.as_view(), name="api-notices-read"),
    path(ALL, webhooks.Webhooks.as_view(), name="api-webhooks"),
    path(ONE, webhooks.OneWebhook.as_view(), name="api-webhook"),
    path(f"{ONE}/rotate", webhooks.Rotate.as_view(), name="api-webhook-rotate"),
    path(f"{ONE}/old-secret", webhooks.OldSecret.as_view(), name="api-webhook-old-secret"),
    path(f"{ONE}/enable", webhooks.Enable.as_view(), name="api-webhook-enable"),
    path(f"{ONE}/disable", webhooks.Disable.as_view(), name="api-webhook-disable"),
    path(f"{ONE}/test", webhooks.SendTest.as_view(), name="api-webhook-test"),
    path(f"{ONE}/redeliver", webhooks.RedeliverMany.as_view(), name="api-webhook-redeliver"),
    path(f"{ONE}/deliveries", webhooks.Deliveries.as_view(), name="api-webhook-deliveries"),
    path(f"{ONE}/deliveries/<int:delivery>", webhooks.OneDelivery.as_view(), name="api-webhook-delivery"),
    path(f"{ONE}/deliveries/<int:delivery>/redeliver", webhooks.Redeliver.as_view(), name="api-webhook-delivery-redeliver"),
]
