"""Webhooks as lists show them; those that were switched off, for who has to know."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Workspace
from notifications.models import Webhook
from notifications.occasions import in_words
from registry.models import Stage


@dataclass(frozen=True)
class WebhookRow:
    """A webhook, and when it is called, in words."""

    webhook: Webhook
    words: str


def webhook_rows(workspace: Workspace, *, model_name: str = "") -> list[WebhookRow]:
    """Return the webhooks of a workspace, oldest first; with a model's name those that hear of it. Two queries."""
    there = Webhook.objects.living().filter(workspace=workspace).select_related("model").order_by("pk")
    if model_name:
        there = there.filter(Q(model=None) | Q(model__name=model_name))
    stages = list(Stage.objects.current().filter(workspace=workspace).order_by("position"))
    return [WebhookRow(webhook, in_words(webhook, stages)) for webhook in there]


def switched_off(user: Any, workspace: Workspace | None = None) -> QuerySet[Webhook]:
    """The webhooks that were switched off because of their receivers, for admins of their workspaces."""
    off = Webhook.objects.visible_to(user).filter(enabled=False, failing_since__isnull=False).select_related("workspace")
    return (off.filter(workspace=workspace) if workspace else off).order_by("pk")
