"""Webhooks that foreign clients make: ordinary ones in their protocol's format, for admins of the workspace like all others."""

import threading
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from accounts.access import membership_of
from accounts.caller import Scope
from accounts.models import Role, Workspace
from accounts.rules import check_role
from activity.errors import Conflict, Invalid, NotFound
from activity.unit import unit_of_work
from gateways.call import Call
from gateways.paging import page
from gateways.protocol import Json
from gateways.routes import READING
from notifications.deliveries import send_now
from notifications.models import Webhook
from notifications.sending import Outcome
from notifications.services import begin_test, create_webhook, disable_webhook, edit_webhook, enable_webhook

MOST = 1000
ACTIVE, DISABLED, TEST_MODE = "ACTIVE", "DISABLED", "TEST_MODE"
# Of the few threads of a process one at a time may wait for a receiver: slow ones must not keep everybody else from being answered.
WAITING = threading.Lock()


def led(call: Call) -> Workspace:
    """The workspace of a call, whose webhooks only its admins see: an address may be a secret. Raises NotFound, Forbidden."""
    workspace = call.workspace
    scope = Scope.READ if call.request.method in READING else Scope.ADMIN
    check_role(call.by, membership_of(call.by, workspace.pk), Role.ADMIN, scope)
    return workspace


def webhooks_of(call: Call, format: str) -> QuerySet[Webhook]:
    """The webhooks of a protocol's format, with their models. Those of others say nothing in its words. Raises NotFound, Forbidden."""
    return Webhook.objects.living().filter(workspace=led(call), format=format).select_related("model")


def listed(call: Call, there: QuerySet[Webhook], show: Callable[[Webhook], Json], asked: str = "") -> Json:
    """A page of webhooks, newest first; `asked` is what a list was asked by beside the workspace. Raises Invalid."""
    size = call.whole("max_results") or 100
    if not 1 <= size <= MOST:
        raise Invalid(f"Parameter 'max_results' is from 1 to {MOST}, got {size}. Ask for another number.", field="max_results")
    rows, following = page(there, ("-pk",), size, call.text("page_token"), about=f"{call.workspace.pk} {asked}")
    found = {"webhooks": [show(row) for row in rows]} if rows else {}
    return found | ({"next_page_token": following} if following else {})


def webhook_of(call: Call, format: str, pk: str) -> Webhook:
    """The webhook of a protocol's format with an id. Raises NotFound, Forbidden."""
    there = webhooks_of(call, format)
    webhook = there.filter(pk=int(pk)).first() if pk.isdecimal() and pk.isascii() and len(pk) < 19 else None
    if webhook is None:
        raise NotFound(f"Webhook with ID {pk[:40]} not found: there is none in this workspace, or it was removed. List them.")
    return webhook


def status_sent(call: Call, known: tuple[str, ...]) -> str:
    """The status that a client wants; nothing where it sent none. Raises Invalid."""
    status = call.text("status").upper()
    if status and status not in known:
        raise Invalid(
            f"Invalid webhook status '{status[:40]}'. Nothing was done; choose one of: {', '.join(known)}.", field="status"
        )
    return status


def status_of(webhook: Webhook) -> str:
    """How a webhook stands, as its protocol has it."""
    if not webhook.enabled:
        return DISABLED
    return TEST_MODE if webhook.only_tests else ACTIVE


def make(call: Call, format: str, status: str, **fields: Any) -> Webhook:
    """Make a webhook; called inside a unit of work. Raises what the services raise."""
    webhook, _ = create_webhook(
        workspace_id=call.workspace.pk, by=call.by, format=format, only_tests=status == TEST_MODE, **fields
    )
    return disable_webhook(webhook_id=webhook.pk, by=call.by) if status == DISABLED else webhook


def change(call: Call, webhook: Webhook, status: str, changes: dict[str, Any]) -> Webhook:
    """Change a webhook and how it stands; called inside a unit of work. Raises what the services raise."""
    if status == DISABLED:
        if changes:  # what can be sent no more, as its model is gone, is refused an edit, and not to be switched off
            edit_webhook(webhook_id=webhook.pk, changes=changes, by=call.by)
        return disable_webhook(webhook_id=webhook.pk, by=call.by)
    if not status:
        return edit_webhook(webhook_id=webhook.pk, changes=changes, by=call.by)
    edit_webhook(webhook_id=webhook.pk, changes={**changes, "only_tests": status == TEST_MODE}, by=call.by)
    return enable_webhook(webhook_id=webhook.pk, by=call.by)


def try_out(call: Call, webhook: Webhook, event: str) -> Outcome:
    """Send a test and wait for the receiver's answer, as these clients do. Raises NotFound, Forbidden, Invalid, Conflict."""
    if not WAITING.acquire(blocking=False):
        raise Conflict("Another test is under way, so none was sent. Try again in a few seconds.")
    try:
        with unit_of_work():
            delivery = begin_test(webhook_id=webhook.pk, by=call.by, event=event)
        return send_now(delivery.pk)
    finally:
        WAITING.release()
