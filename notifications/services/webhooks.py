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
from activity.sentences import SENTENCES
from notifications.guard import Refused, target_of
from notifications.models import Webhook
from notifications.signing import new_secret, sealed
from registry.models import RegisteredModel, Stage

MOST = 50  # webhooks of a workspace
OVERLAP_HOURS = 24
MOST_HOURS = 168
EDITABLE = ("name", "url", "model_id", "verbs", "to_stages", "format", "authorization")
VERBS = {*SENTENCES, *(verb.partition(".")[0] for verb in SENTENCES)}


def create_webhook(
    *,
    workspace_id: int,
    url: str,
    by: Caller,
    name: str = "",
    model_id: int | None = None,
    verbs: list[str] | None = None,
    to_stages: list[str] | None = None,
    format: str = Webhook.Format.STANDARD,
    authorization: str = "",
) -> tuple[Webhook, str]:
    """Make a webhook; returns its row and the secret, which is shown this once.

    Effects, in order: the row, activity `webhook.created`. Raises NotFound, Forbidden, Invalid, Conflict.
    """
    Workspace.objects.select_for_update().filter(pk=workspace_id).first()
    authorise(by, workspace_id, Role.ADMIN, Scope.ADMIN)
    if Webhook.objects.living().filter(workspace_id=workspace_id).count() >= MOST:
        raise Conflict(f"A workspace has at most {MOST} webhooks, so none was made. Remove one that nobody needs.")
    secret = new_secret()
    webhook = Webhook(
        workspace_id=workspace_id,
        name=name,
        url=url,
        model_id=model_id,
        verbs=verbs or [],
        to_stages=to_stages or [],
        format=format,
        secret=sealed(secret),
        authorization=sealed_authorization(authorization),
        created_by=by.person,
        created_at=clock.now(),
    )
    _check(webhook)
    webhook.save()
    webhook.first_line = tell_webhook("webhook.created", webhook, by, host=target_of(webhook.url).host).pk
    webhook.save(update_fields=["first_line"])
    return webhook, secret


def edit_webhook(*, webhook_id: int, changes: dict[str, Any], by: Caller) -> Webhook:
    """Change where a webhook goes and what it hears of. What was queued for it goes to the new address.

    Effects, in order: the row, activity `webhook.edited`; nothing when nothing differs. Raises NotFound, Forbidden, Invalid, also where
    what one receiver was trusted with (`authorization`) would go to another host.
    """
    webhook = locked_webhook(webhook_id, by)
    if unknown := set(changes) - set(EDITABLE):
        raise Invalid(f"A webhook has no {min(unknown)} to change, so nothing was changed.", field=min(unknown))
    before = {field: getattr(webhook, field) for field in EDITABLE}
    if "authorization" in changes:
        changes = {**changes, "authorization": sealed_authorization(changes["authorization"])}
    for field, value in changes.items():
        setattr(webhook, field, value)
    _check(webhook)
    if webhook.authorization and "authorization" not in changes:
        _check_same_host(before["url"], webhook.url)
    fields = [field for field in EDITABLE if getattr(webhook, field) != before[field]]
    if fields:
        webhook.save(update_fields=fields)
        tell_webhook("webhook.edited", webhook, by, fields=fields)
    return webhook


def rotate_webhook_secret(*, webhook_id: int, by: Caller, overlap_hours: int = OVERLAP_HOURS) -> tuple[Webhook, str]:
    """Give a webhook a new secret; returns its row and the secret. The old one signs as well for so many hours, none for 0.

    Effects, in order: the row, activity `webhook.secret_rotated`. Raises NotFound, Forbidden, Invalid.
    """
    webhook = locked_webhook(webhook_id, by)
    if not 0 <= overlap_hours <= MOST_HOURS:
        raise Invalid(f"Both secrets are good for 0 to {MOST_HOURS} hours, so nothing was changed.", field="overlap_hours")
    secret, until = new_secret(), clock.now() + timedelta(hours=overlap_hours)
    webhook.old_secret, webhook.old_secret_until = (webhook.secret, until) if overlap_hours else ("", None)
    webhook.secret = sealed(secret)
    webhook.save(update_fields=["secret", "old_secret", "old_secret_until"])
    tell_webhook("webhook.secret_rotated", webhook, by, overlap_hours=overlap_hours)
    return webhook, secret


def end_old_secret(*, webhook_id: int, by: Caller) -> Webhook:
    """Let the secret before sign no longer, once every receiver has the new one. None there: nothing happens.

    Effects, in order: the row, activity `webhook.old_secret_ended`. Raises NotFound, Forbidden.
    """
    webhook = locked_webhook(webhook_id, by)
    if webhook.old_secret:
        webhook.old_secret, webhook.old_secret_until = "", None
        webhook.save(update_fields=["old_secret", "old_secret_until"])
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
        webhook.save(update_fields=["enabled", "disabled_at", "disabled_reason", "failing_since"])
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
    webhook.save(update_fields=["enabled", "deleted_at", "secret", "old_secret", "authorization"])
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
        webhook.save(update_fields=["enabled", "disabled_at", "disabled_reason", "failing_since"])
        tell_webhook("webhook.disabled", webhook, by, reason=reason)
    return webhook


def _check(webhook: Webhook) -> None:
    """Raises Invalid for an address that nothing may be sent to, and for names of what is not there. Looks nothing up."""
    try:
        target = target_of(webhook.url)
    except Refused as refused:
        raise Invalid(f"{refused} Nothing was saved.", field="url") from refused
    webhook.name = webhook.name.strip() or target.host[:100]
    if len(webhook.name) > 100:
        raise Invalid("A webhook's name has at most 100 characters, so nothing was saved.", field="name")
    if webhook.format not in Webhook.Format.values:
        there = ", ".join(Webhook.Format.values)
        raise Invalid(f"There is no such format, so nothing was saved. There are: {there}.", field="format")
    if unknown := set(webhook.verbs) - VERBS:
        raise Invalid(f"The log has no verb “{min(unknown)}”, so nothing was saved. The log's page names them.", field="verbs")
    known = set(Stage.objects.filter(workspace_id=webhook.workspace_id).values_list("key", flat=True))
    if unknown := set(webhook.to_stages) - known:
        raise Invalid(f"The workspace has no stage “{min(unknown)}”, so nothing was saved.", field="to_stages")
    models = RegisteredModel.objects.filter(workspace_id=webhook.workspace_id, deleted_at=None)
    if webhook.model_id and not models.filter(pk=webhook.model_id).exists():
        raise Invalid("The workspace has no such model, so nothing was saved.", field="model")
    webhook.verbs, webhook.to_stages = sorted(set(webhook.verbs)), sorted(set(webhook.to_stages))


def sealed_authorization(value: str) -> str:
    """Return the header as it is kept. Raises Invalid for what no header can hold."""
    value = value.strip()
    if len(value) > 2000 or not value.isascii() or not value.isprintable():
        raise Invalid(
            "An Authorization header is plain text on one line, at most 2,000 characters, so nothing was saved.",
            field="authorization",
        )
    return sealed(value) if value else ""


def _check_same_host(before: str, after: str) -> None:
    here, there = target_of(before), target_of(after)
    if (here.scheme, here.host, here.port) != (there.scheme, there.host, there.port):
        raise Invalid(
            f"The Authorization header was meant for {here.host}, so it does not go along to {there.host} and nothing was saved."
            " Give the header for the new address, or an empty one.",
            field="authorization",
        )
