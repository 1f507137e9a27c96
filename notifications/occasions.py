"""When a webhook is called: the choices that people are offered, and the same in words for what somebody set otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass

from notifications.events import EVENTS, is_foreign
from notifications.models import Webhook
from registry.models import Stage


@dataclass(frozen=True)
class Occasion:
    """A choice: its key in the form, its words, and the verbs and stages that it stands for."""

    key: str
    words: str
    verbs: tuple[str, ...] = ()
    to_stages: tuple[str, ...] = ()


def occasions(stages: Iterable[Stage]) -> list[Occasion]:
    """The choices in a workspace, what most people want first: production, then the other protected stages."""
    wanted = sorted(
        (stage for stage in stages if stage.protected or stage.kind == Stage.Kind.PRODUCTION), key=lambda stage: -stage.position
    )
    return [
        *(
            Occasion(
                f"enters:{stage.key}",
                f"something enters {stage.name}",
                ("model_version.displaced", "stage_change.applied"),
                (stage.key,),
            )
            for stage in wanted
        ),
        Occasion("asked", "somebody asks for a stage change", ("stage_change.requested",)),
        Occasion("pipeline", "a stage change is asked for, or takes effect", ("stage_change.applied", "stage_change.requested")),
        Occasion("steps", "anything happens to a stage change", ("stage_change",)),
        Occasion("everything", "anything is written into the log"),
    ]


def occasion_of(webhook: Webhook, offered: Iterable[Occasion]) -> Occasion | None:
    """The choice that a webhook's verbs and stages are; None when it is none of them."""
    kept = (tuple(webhook.verbs), tuple(webhook.to_stages))
    return next((occasion for occasion in offered if (occasion.verbs, occasion.to_stages) == kept), None)


def in_words(webhook: Webhook, stages: list[Stage]) -> str:
    """Say when a webhook is called, as the end of a sentence that begins with When."""
    if is_foreign(webhook.format):
        return " or ".join(event.words for event in EVENTS[webhook.format] if event.name in webhook.events)
    known = occasion_of(webhook, occasions(stages))
    if known:
        return known.words
    names = {stage.key: stage.name for stage in stages}
    what = ", ".join(webhook.verbs) if webhook.verbs else "anything"
    into = f", into {' or '.join(names.get(key, key) for key in webhook.to_stages)}" if webhook.to_stages else ""
    return f"the log says {what}{into}"
