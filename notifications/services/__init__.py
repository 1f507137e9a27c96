"""The only place that writes webhooks and what is wanted of their deliveries. Every function runs inside an open `unit_of_work`."""

from notifications.services.deliveries import begin_test, redeliver, redeliver_range, send_test
from notifications.services.webhooks import (
    create_webhook,
    delete_webhook,
    disable_webhook,
    edit_webhook,
    enable_webhook,
    end_old_secret,
    rotate_webhook_secret,
    suspend_webhook,
)

__all__ = [
    "begin_test",
    "create_webhook",
    "delete_webhook",
    "disable_webhook",
    "edit_webhook",
    "enable_webhook",
    "end_old_secret",
    "redeliver",
    "redeliver_range",
    "rotate_webhook_secret",
    "send_test",
    "suspend_webhook",
]
