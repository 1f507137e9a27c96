"""Webhooks: made, changed, their secret rotated, switched off and on, removed."""

from datetime import timedelta
from typing import Any

from accounts.access import authorise
from accounts.caller import Caller, Scope
from accounts.models import Role, Workspace
from activity import clock
from activity.errors import Conflict, Invalid, NotFound
from activity.log import Subject, record
from activity.models import Activity
from notifications.checks import check_change, check_same_host, check_webhook, sealed_authorization, sealed_secret
from notifications.events import is_foreign
from notifications.guard import target_of
from notifications.models import Webhook
from notifications.signing import new_secret, sealed

MOST = 50  # webhooks of a workspace
OVERLAP_HOURS = 24
MOST_HOURS = 168
EDITABLE = (
    "name", "description", "url", "model_id", "verbs", "to_stages", "events", "only_tests", "format", "authorization", "secret",
)  # fmt: skip


def create_webhook(
    *,
    workspace_id: int,
    url: str,
    by: Caller,
    format: str = Webhook.Format.STANDARD,
    authorization: str = "",
    secret: str | None = None,
    **fields: Any,
) -> tuple[Webhook, str]:
    """Make a webhook; returns its row and the secret, which is shown this once.

    `fields` are the others of `EDITABLE`, all optional. `secret` is what a client of a foreign protocol gave, "" for none; else one is made
    here. Effects, in order: the row, activity `webhook.created`. Raises NotFound, Forbidden, Invalid, Conflict.
    """
    Workspace.objects.select_for_update().filter(pk=workspace_id).first()
    authorise(by, workspace_id, Role.ADMIN, Scope.ADMIN)
    if Webhook.objects.living().filter(workspace_id=workspace_id).count() >= MOST:
        raise Conflict(f"A workspace has at most {MOST} webhooks, so none was made. Remove one that nobody needs.")
    moment, made = clock.now(), new_secret()
    webhook = Webhook(
        workspace_id=workspace_id,
        url=url,
        format=format,
        secret=sealed(made) if secret is None else sealed_secret(secret, format),
        authorization=sealed_authorization(authorization),
        created_by=by.person,
        created_at=moment,
        updated_at=moment,
        **fields,
    )
    check_webhook(webhook)
    webhook.save()
    webhook.first_line = tell_webhook("webhook.created", webhook, by, host=target_of(webhook.url).host).pk
    webhook.save(update_fields=["first_line"])
    return webhook, made if secret is None else secret


def edit_webhook(*, webhook_id: int, changes: dict[str, Any], by: Caller) -> Webhook:
    """Change where a webhook goes and what it hears of. What was queued for it goes to the new address.

    `secret` is changed so by who gives it, where its protocol does. Effects, in order: the row, activity `webhook.edited`; nothing when
    nothing differs. Raises NotFound, Forbidden, Invalid, also where what one receiver was trusted with (`authorization`) would go to
    another host.
    """
    webhook = locked_webhook(webhook_id, by)
    if unknown := set(changes) - set(EDITABLE):
        raise Invalid(f"A webhook has no {min(unknown)} to change, so nothing was changed.", field=min(unknown))
    before = {field: getattr(webhook, field) for field in EDITABLE}
    for field, value in (changes | _sealed(webhook, changes)).items():
        setattr(webhook, field, value)
    check_change(before["format"], webhook)
    check_webhook(webhook)
    if webhook.authorization and "authorization" not in changes:
        check_same_host(before["url"], webhook.url)
    fields = [field for field in EDITABLE if getattr(webhook, field) != before[field]]
    if fields:
        _save(webhook, *fields)
        tell_webhook("webhook.edited", webhook, by, fields=fields)
    return webhook


def _sealed(webhook: Webhook, changes: dict[str, Any]) -> dict[str, str]:
    """What of these changes is kept encrypted, as it is kept. Raises Invalid."""
    kept = {"authorization": sealed_authorization(changes["authorization"])} if "authorization" in changes else {}
    return kept | ({"secret": sealed_secret(changes["secret"], webhook.format)} if "secret" in changes else {})


def rotate_webhook_secret(*, webhook_id: int, by: Caller, overlap_hours: int | None = None) -> tuple[Webhook, str]:
    """Give a webhook a new secret; returns its row and the secret. The old one signs as well for so many hours, none for 0.

    Unless said, that is `OVERLAP_HOURS`; in a foreign format none, whose messages have one signature. Effects, in order: the row, activity
    `webhook.secret_rotated`. Raises NotFound, Forbidden, Invalid.
    """
    webhook = locked_webhook(webhook_id, by)
    most = 0 if is_foreign(webhook.format) else MOST_HOURS
    hours = min(OVERLAP_HOURS, most) if overlap_hours is None else overlap_hours
    if not 0 <= hours <= most:
        many = f"Both secrets are good for 0 to {MOST_HOURS} hours, so nothing was changed."
        one = f"Messages of the format {webhook.format} carry one signature, so nothing was changed. Let the overlap be 0 hours."
        raise Invalid(many if most else one, field="overlap_hours")
    secret, until = new_secret(), clock.now() + timedelta(hours=hours)
    webhook.old_secret, webhook.old_secret_until = (webhook.secret, until) if hours else ("", None)
    webhook.secret = sealed(secret)
    _save(webhook, "secret", "old_secret", "old_secret_until")
    tell_webhook("webhook.secret_rotated", webhook, by, overlap_hours=hours)
    return webhook, secret


def end_old_secret(*, webhook_id: int, by: Caller) -> Webhook:
    """Let the secret before sign no longer, once every receiver has the new one. None there: nothing happens.

    Effects, in order: the row, activity `webhook.old_secret_ended`. Raises NotFound, Forbidden.
    """
    webhook = locked_webhook(webhook_id, by)
    if webhook.old_secret:
        webhook.old_secret, webhook.old_secret_until = "", None
        _save(webhook, "old_secret", "old_secret_until")
        tell_webhook("webhook.old_secret_ended", webhook, by)
    return webhook


def disable_webhook(*, webhook_id: int, by: Caller) -> Webhook:
    """Switch a webhook off. What is queued waits; what happens meanwhile is not queued. Off already: nothing happens.

    Effects, in order: the row, activity `webhook.disabled`. Raises NotFound, Forbidden.
    """
    webhook = locked_webhook(webhook_id, by)
    webhook.failing_since = None
    return _switch_off(webhook, f"{by.person.display_name} switched it off", by)


def suspend_webhook(*, webhook_id: int, reason: str, by: Caller) -> Webhook | None:
    """Switch a webhook off because of what its receiver did: for the sender alone, which is no door.

    Effects, in order: the row, activity `webhook.disabled`. Does nothing when it is off or gone already.
    """
    webhook = Webhook.objects.living().select_for_update(of=("self",)).filter(pk=webhook_id).first()
    return _switch_off(webhook, reason, by) if webhook else None


def enable_webhook(*, webhook_id: int, by: Caller) -> Webhook:
    """Switch a webhook on again; what waits for it is sent. On already: nothing happens.

    Effects, in order: the row, activity `webhook.enabled`. Raises NotFound, Forbidden.
    """
    webhook = locked_webhook(webhook_id, by)
    if not webhook.enabled:
        webhook.enabled, webhook.disabled_at, webhook.disabled_reason, webhook.failing_since = True, None, "", None
        _save(webhook, "enabled", "disabled_at", "disabled_reason", "failing_since")
        tell_webhook("webhook.enabled", webhook, by)
    return webhook


def delete_webhook(*, webhook_id: int, by: Caller) -> None:
    """Remove a webhook: nothing is sent any more, and its secrets are forgotten.

    Effects, in order: the row, activity `webhook.deleted`. Raises NotFound, Forbidden.
    """
    webhook = locked_webhook(webhook_id, by)
    webhook.enabled, webhook.deleted_at, webhook.secret, webhook.old_secret, webhook.authorization = (
        False,
        clock.now(),
        "",
        "",
        "",
    )
    _save(webhook, "enabled", "deleted_at", "secret", "old_secret", "authorization")
    tell_webhook("webhook.deleted", webhook, by)


def locked_webhook(webhook_id: int, by: Caller) -> Webhook:
    """Return a webhook that the caller may change, locked. Raises NotFound, Forbidden."""
    webhook = Webhook.objects.living().select_for_update(of=("self",)).filter(pk=webhook_id).first()
    if webhook is None:
        raise NotFound("There is no such webhook; it may have been removed.")
    authorise(by, webhook.workspace_id, Role.ADMIN, Scope.ADMIN)
    return webhook


def tell_webhook(verb: str, webhook: Webhook, by: Caller, **data: Any) -> Activity:
    """Write the line. It names the webhook and never its address, which may be a secret."""
    on = Subject(workspace_id=webhook.workspace_id)
    return record(verb, by=by.actor, on=on, data={"webhook": webhook.pk, "name": webhook.name, **data})


def _switch_off(webhook: Webhook, reason: str, by: Caller) -> Webhook:
    if webhook.enabled:
        webhook.enabled, webhook.disabled_at, webhook.disabled_reason = False, clock.now(), reason
        _save(webhook, "enabled", "disabled_at", "disabled_reason", "failing_since")
        tell_webhook("webhook.disabled", webhook, by, reason=reason)
    return webhook


def _save(webhook: Webhook, *fields: str) -> None:
    webhook.updated_at = clock.now()
    webhook.save(update_fields=[*fields, "updated_at"])
