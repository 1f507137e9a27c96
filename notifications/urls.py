"""Pages of notices and of webhooks."""

from django.urls import path

from notifications.views import choices, notices, sent, webhooks

_ALL = "w/<slug:ws>/webhooks"
_ONE = f"{_ALL}/<int:pk>"

urlpatterns = [
    path("notices", notices.show_notices, name="notices"),
    path("notices/read", notices.mark_all_read, name="notices-read"),
    path("notices/<int:pk>", notices.open_notice, name="notice-open"),
    path("notices/<int:pk>/read", notices.mark_read, name="notice-read"),
    path("requests/<int:pk>/mute", choices.mute_request, name="request-mute"),
    path("settings/notifications", choices.show_choices, name="notification-choices"),
    path("unsubscribe/<str:token>", choices.end_mails, name="unsubscribe"),
    path(_ALL, webhooks.show_webhooks, name="webhooks"),
    path(f"{_ALL}/new", webhooks.new_webhook, name="webhook-new"),
    path(_ONE, sent.show_webhook, name="webhook"),
    path(f"{_ONE}/edit", webhooks.change_webhook, name="webhook-edit"),
    path(f"{_ONE}/rotate", webhooks.rotate, name="webhook-rotate"),
    path(f"{_ONE}/end-old-secret", webhooks.end_secret, name="webhook-end-secret"),
    path(f"{_ONE}/switch", webhooks.switch, name="webhook-switch"),
    path(f"{_ONE}/delete", webhooks.delete, name="webhook-delete"),
    path(f"{_ONE}/test", sent.test, name="webhook-test"),
    path(f"{_ONE}/redeliver", sent.send_range_again, name="webhook-redeliver"),
    path(f"{_ONE}/messages/<int:delivery>", sent.show_message, name="webhook-message"),
    path(f"{_ONE}/messages/<int:delivery>/redeliver", sent.send_again, name="webhook-message-redeliver"),
]
