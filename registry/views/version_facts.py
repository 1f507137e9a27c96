"""What a version's page says of its content and its lock."""

import json
from typing import Any

from activity.errors import DomainError
from registry.models import ModelVersion, Stage
from registry.rules import check_content_edit, check_lock_change
from registry.views.standing import Reader

LOCKS = {
    ModelVersion.Lock.OPEN: "Everything can be edited and the stage can change.",
    ModelVersion.Lock.REDACT: "Content and stage stay; admins may still edit content. Labels and description stay editable.",
    ModelVersion.Lock.CLOSED: "Content and stage stay, for everybody. Labels and description stay editable.",
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


def why_frozen(reader: Reader, version: ModelVersion, held: list[Stage], field: str) -> str:
    """Say why a field cannot be edited now; nothing when it can."""
    try:
        check_content_edit(version, held, {field}, reader.role)
    except DomainError as refused:
        return refused.detail
    return ""
