"""What a webhook can be: where it may go, what it can hear of, and what goes along when it changes. Nothing is looked up outside."""

from accounts.models import Workspace
from activity.errors import Invalid
from activity.sentences import SENTENCES
from notifications.events import EVENTS, NEW_MODEL, event_named, is_foreign
from notifications.guard import Refused, Target, target_of
from notifications.models import Webhook
from notifications.signing import sealed
from registry.content import clean_text
from registry.models import RegisteredModel, Stage

VERBS = {*SENTENCES, *(verb.partition(".")[0] for verb in SENTENCES)}


def check_webhook(webhook: Webhook) -> None:
    """Put a webhook in order. Raises Invalid for an address that nothing may be sent to, and for names of what is not there."""
    target = _target(webhook)
    webhook.name = webhook.name.strip() or target.host[:100]
    if len(clean_text(webhook.name, "name", 1000)) > 100:
        raise Invalid("A webhook's name has at most 100 characters, so nothing was saved.", field="name")
    webhook.description = clean_text(webhook.description, "description", 1000)
    if webhook.format not in Webhook.Format.values:
        there = ", ".join(Webhook.Format.values)
        raise Invalid(f"There is no such format, so nothing was saved. There are: {there}.", field="format")
    models = RegisteredModel.objects.filter(workspace_id=webhook.workspace_id, deleted_at=None)
    if webhook.model_id and not models.filter(pk=webhook.model_id).exists():
        raise Invalid("The workspace has no such model, so nothing was saved.", field="model")
    if is_foreign(webhook.format):
        _check_events(webhook)
    else:
        _check_verbs(webhook)


def _target(webhook: Webhook) -> Target:
    try:
        return target_of(webhook.url)
    except Refused as refused:
        raise Invalid(f"{refused} Nothing was saved.", field="url") from refused


def _check_verbs(webhook: Webhook) -> None:
    if webhook.events:
        raise Invalid(
            f"A webhook of the format {webhook.format} is called for by verbs and stages, so nothing was saved. Leave out its events.",
            field="events",
        )
    if unknown := set(webhook.verbs) - VERBS:
        raise Invalid(f"The log has no verb “{min(unknown)}”, so nothing was saved. The log's page names them.", field="verbs")
    if unknown := set(webhook.to_stages) - _stage_keys(webhook):
        raise Invalid(f"The workspace has no stage “{min(unknown)}”, so nothing was saved.", field="to_stages")
    webhook.verbs, webhook.to_stages = sorted(set(webhook.verbs)), sorted(set(webhook.to_stages))


def _check_events(webhook: Webhook) -> None:
    for field in ("verbs", "to_stages"):
        if getattr(webhook, field):
            raise Invalid(
                f"A webhook of the format {webhook.format} is called for by its events, so nothing was saved. Leave out {field}.",
                field=field,
            )
    if not webhook.events:
        raise Invalid(
            f"A webhook of this format needs events, so nothing was saved. {_there_are(webhook.format)}", field="events"
        )
    for name in webhook.events:
        event = event_named(webhook.format, name)
        if event is None:
            raise unknown_event(webhook.format, name)
        if event.into and event.into not in _stage_keys(webhook) and not _names_any(webhook):
            raise Invalid(
                f"The workspace has no stage “{event.into}”, so {name} never happens and nothing was saved.", field="events"
            )
        if name == NEW_MODEL and webhook.model_id:
            raise Invalid(
                f"{name} is never of a model that there is, so nothing was saved. Leave out the model to hear of any.",
                field="events",
            )
    webhook.events = list(dict.fromkeys(webhook.events))


def _stage_keys(webhook: Webhook) -> set[str]:
    return set(Stage.objects.filter(workspace_id=webhook.workspace_id).values_list("key", flat=True))


def _names_any(webhook: Webhook) -> bool:
    """Whether any name that is asked for becomes a stage."""
    return Workspace.objects.filter(pk=webhook.workspace_id, open_stages=True).exists()


def unknown_event(format: str, name: str) -> Invalid:
    """The refusal of an event that is not among those of a format."""
    return Invalid(f"“{name[:100]}” never happens here, so nothing was done. {_there_are(format)}", field="events")


def _there_are(format: str) -> str:
    names = ", ".join(event.name for event in EVENTS.get(format, ()))
    return f"There are: {names}." if names else "Webhooks of this format have no events."


def may_become(before: str, after: str) -> bool:
    """Whether a webhook may change its format so: its receiver must be able to check the same signature."""
    return before == after or not (is_foreign(before) or is_foreign(after))


def check_change(before: str, webhook: Webhook) -> None:
    """A secret that one protocol gave means nothing in another. `before` is the format. Raises Invalid."""
    if not may_become(before, webhook.format):
        raise Invalid(
            f"A webhook of the format {before} does not become one of {webhook.format}, because its receiver checks another signature."
            " Nothing was saved; make another webhook.",
            field="format",
        )


def check_same_host(before: str, after: str) -> None:
    """What one receiver was trusted with does not go to another. Raises Invalid."""
    here, there = target_of(before), target_of(after)
    if (here.scheme, here.host, here.port) != (there.scheme, there.host, there.port):
        raise Invalid(
            f"The Authorization header was meant for {here.host}, so it does not go along to {there.host} and nothing was saved."
            " Give the header for the new address, or an empty one.",
            field="authorization",
        )


def sealed_authorization(value: str) -> str:
    """Return the header as it is kept. Raises Invalid for what no header can hold."""
    value = value.strip()
    if len(value) > 2000 or not value.isascii() or not value.isprintable():
        raise Invalid(
            "An Authorization header is plain text on one line, at most 2,000 characters, so nothing was saved.",
            field="authorization",
        )
    return sealed(value) if value else ""


def sealed_secret(value: str, format: str) -> str:
    """Return the secret that a client of a foreign protocol gave, as it is kept; without one, messages are not signed. Raises Invalid."""
    if not is_foreign(format):
        raise Invalid(f"The secret of a webhook of the format {format} is made here, so nothing was saved.", field="secret")
    value = clean_text(value, "secret", 1000)
    return sealed(value) if value else ""
