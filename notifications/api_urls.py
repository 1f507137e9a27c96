"""The API of webhooks."""

from django.urls import path

from notifications import api

ALL = "workspaces/<slug:ws>/webhooks"
ONE = f"{ALL}/<int:pk>"

urlpatterns = [
    path(ALL, api.Webhooks.as_view(), name="api-webhooks"),
    path(ONE, api.OneWebhook.as_view(), name="api-webhook"),
    path(f"{ONE}/rotate", api.Rotate.as_view(), name="api-webhook-rotate"),
    path(f"{ONE}/enable", api.Enable.as_view(), name="api-webhook-enable"),
    path(f"{ONE}/disable", api.Disable.as_view(), name="api-webhook-disable"),
    path(f"{ONE}/test", api.SendTest.as_view(), name="api-webhook-test"),
    path(f"{ONE}/redeliver", api.RedeliverMany.as_view(), name="api-webhook-redeliver"),
    path(f"{ONE}/deliveries", api.Deliveries.as_view(), name="api-webhook-deliveries"),
    path(f"{ONE}/deliveries/<int:delivery>", api.OneDelivery.as_view(), name="api-webhook-delivery"),
    path(f"{ONE}/deliveries/<int:delivery>/redeliver", api.Redeliver.as_view(), name="api-webhook-delivery-redeliver"),
]
