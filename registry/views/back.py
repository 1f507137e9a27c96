"""The way back: a version that held a stage before is asked for again, by the ordinary request."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from registry.models import ModelVersion, RegisteredModel, Stage, StageAssignment
from registry.views.addresses import version_url


def is_led_to(stage: Stage) -> bool:
    """Whether somebody would bring a version back to a stage: those that are protected or of kind production, and not retired."""
    return not stage.retired_at and (stage.protected or stage.kind == Stage.Kind.PRODUCTION)


@dataclass(frozen=True)
class WayBack:
    """A link to the stage change, with the stage chosen and the comment begun."""

    text: str
    url: str


class WaysBack:
    """Which entries of a model's history lead back, and how: who left a stage and is not in it now; two queries."""

    def __init__(self, model: RegisteredModel, stages: Iterable[Stage], entries: Iterable[StageAssignment]) -> None:
        self.entries = [entry for entry in entries if is_led_to(entry.stage) and not entry.version.deleted_at]
        versions = {entry.version_id for entry in self.entries}
        now = StageAssignment.objects.now()
        self.held = set(now.filter(version__in=versions).values_list("version_id", "stage_id"))
        self.holders = now.newest_in_each(model.pk, [stage for stage in stages if is_led_to(stage)])

    def by_entry(self) -> dict[int, WayBack]:
        """The ways back by the id of their entry: the newest of a version in a stage has it, earlier ones do not."""
        last: dict[tuple[int, int], StageAssignment] = {}
        for entry in self.entries:
            key = (entry.version_id, entry.stage_id)
            if key not in self.held and (key not in last or entry.entered_at > last[key].entered_at):
                last[key] = entry
        return {entry.pk: self._way(entry.version, entry.stage) for entry in last.values()}

    def _way(self, version: ModelVersion, stage: Stage) -> WayBack:
        text = f"Bring {version.name} back"
        holder = self.holders.get(stage.pk)
        there = "nothing is there now"
        if holder:
            there = f"{holder.version.name} is there since {holder.entered_at.day} {holder.entered_at:%b %Y}"
        asked = {"to_stage": stage.key, "comment": f"{text} to {stage.name}: {there}. "}
        return WayBack(text, f"{version_url(version, 'change-stage')}?{urlencode(asked)}")
