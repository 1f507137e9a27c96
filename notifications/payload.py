"""What a message says: the line and the request as the API gives them, also wrapped as GitHub takes it, or a sentence for a chat.

What receivers of MLflow's and Databricks' webhooks are sent is in `notifications.foreign`.
"""

import json
from typing import Any

from django.conf import settings

from accounts.caller import Caller
from activity.export import rows_of
from activity.feed import feed_lines
from activity.models import Activity
from activity.moments import rfc3339
from approvals.api.requests import request_body
from approvals.models import StageChangeRequest
from notifications.events import is_foreign
from notifications.foreign import foreign_body
from notifications.models import Webhook
from registry.links import request_url

MOST = 20_000  # bytes: what Standard Webhooks calls usual
# What is left out of a message that would be larger, the first first. The API has it all.
_LEFT_OUT = [
    ("request", "reviews"), ("request", "checks"), ("request", "requirements"), ("activity", "data"), ("request", "comment"),
    ("request", "closing_comment"), ("request", "incumbents"), ("request", "sign_off"),
]  # fmt: skip


def body_of(webhook: Webhook, line: Activity) -> str:
    """Return the body that this webhook is sent about a line."""
    if is_foreign(webhook.format):
        return foreign_body(webhook, line, _sentence(line))
    if webhook.format == Webhook.Format.SLACK:
        return json.dumps({"text": _sentence(line)}, ensure_ascii=False)
    (activity,) = rows_of([line])
    data: dict[str, Any] = {"activity": activity, "request": _request(line)}
    if webhook.format == Webhook.Format.GITHUB:
        message = {"event_type": line.verb, "client_payload": data}
    else:
        message = {"type": line.verb, "timestamp": rfc3339(line.created_at), "data": data}
    for part, field in _LEFT_OUT:
        body = json.dumps(message, ensure_ascii=False, default=str)
        if len(body.encode()) < MOST:
            break
        _leave_out(data, part, field)
    return json.dumps(message, ensure_ascii=False, default=str)


def _leave_out(data: dict[str, Any], part: str, field: str) -> None:
    if data[part] and data[part].pop(field, None):
        data["left_out"] = [*data.get("left_out", []), f"{part}.{field}"]


def _request(line: Activity) -> dict[str, Any] | None:
    """The request that a line belongs to, as it stands now, without what it would let a caller do."""
    change_request = StageChangeRequest.objects.filter(pk=line.request_id or 0).first()
    if change_request is None:
        return None
    body = request_body(change_request, Caller.stageward())
    return {name: value for name, value in body.items() if name != "available_actions"}


def _sentence(line: Activity) -> str:
    """Who did what, with a link; of the characters that chats take for their own, none is left."""
    (shown,) = feed_lines([line])
    words = [shown.words, shown.comment[:1000]]
    url = request_url(line.request_id) if line.request_id else settings.PUBLIC_URL + shown.url
    plain = "\n".join(word for word in words if word).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{plain}\n<{url}|Look at it>"
