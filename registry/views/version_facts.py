"""What a version's page says of its figures and its lock."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from activity.errors import DomainError
from registry.models import ModelVersion, Stage, StageAssignment
from registry.rules import check_content_edit, check_lock_change
from registry.views.addresses import version_url
from registry.views.standing import Reader

LOCKS = {
    ModelVersion.Lock.OPEN: "Everything can be edited and the stage can change.",
    ModelVersion.Lock.REDACT: "Content and stage stay; admins may still edit content. Labels and description stay editable.",
    ModelVersion.Lock.CLOSED: "Content and stage stay, for everybody. Labels and description stay editable.",
}


@dataclass(frozen=True)
class Figure:
    """A metric beside that of the version in production."""

    name: str
    value: float | None
    base: float | None

    @property
    def delta(self) -> float | None:
        """How much it differs; nothing when one of the two is missing."""
        if self.value is None or self.base is None:
            return None
        return round(self.value - self.base, 12)


def measured(version: ModelVersion, stages: Iterable[Stage]) -> dict[str, Any]:
    """The metrics of a version, compared with those of the newest other version in production; one query."""
    production = [stage for stage in stages if stage.kind == Stage.Kind.PRODUCTION]
    held = StageAssignment.objects.now().filter(model=version.model_id, stage__in=production, version__deleted_at=None)
    newest = held.exclude(version=version).select_related("version", "stage").order_by("-entered_at", "-pk").first()
    base = newest.version if newest else None
    if base:
        base.model = version.model
    names = sorted(set(version.metrics) | set(base.metrics if base else {}))
    return {
        "base": base,
        "base_url": version_url(base) if base else "",
        "base_stage": newest.stage if newest else None,
        "figures": [Figure(name, version.metrics.get(name), base.metrics.get(name) if base else None) for name in names],
        "parameters": shown(version.parameters),
        "attributes": shown(version.attributes),
    }


def shown(entries: dict[str, Any]) -> list[tuple[str, Any]]:
    """Entries by name; what is neither a text nor a number is shown as JSON."""
    return [(name, value if _plain(value) else json.dumps(value, ensure_ascii=False)) for name, value in sorted(entries.items())]


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def lock_choices(reader: Reader, version: ModelVersion) -> list[dict[str, Any]]:
    """The levels of a lock: what each means, and why the reader may not choose it."""
    choices = []
    for level, meaning in LOCKS.items():
        try:
            check_lock_change(version, level, reader.role)
            reason = reader.why_not_write()
        except DomainError as refused:
            reason = refused.detail
        choices.append({"level": level, "meaning": meaning, "reason": reason, "now": level == version.lock_level})
    return choices


def why_frozen(reader: Reader, version: ModelVersion, stage: Stage, field: str) -> str:
    """Say why a field cannot be edited now; nothing when it can."""
    try:
        check_content_edit(version, stage, {field}, reader.role)
    except DomainError as refused:
        return refused.detail
    return ""
