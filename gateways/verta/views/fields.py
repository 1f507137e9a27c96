"""What bodies of models and versions have in common: what Stageward keeps nothing of is refused, never dropped in silence."""

from typing import Any

from activity.errors import Invalid
from gateways.call import Call

_DEFAULTS: tuple[Any, ...] = (None, "", "0", 0, False, [], {})
NOT_OF_MODELS = ("task_type", "data_type", "pii", "attributes", "artifacts", "custom_attribute_values", "action_type")
NOT_OF_VERSIONS = (
    "artifacts", "model", "environment", "docker_metadata", "datasets", "code_blob_map", "readme_text", "apis", "archived",
    "custom_attribute_values",
)  # fmt: skip


def check_kept(call: Call, not_kept: tuple[str, ...]) -> None:
    """Raises Invalid for a field with a value that would be lost."""
    for field in not_kept:
        if call.body.get(field) not in _DEFAULTS:
            raise Invalid(
                f"Stageward keeps no {field}, so nothing was done. Leave it out; labels, attributes and the artifact's URI are kept.",
                field=field,
            )


def union(here: list[str], sent: list[str]) -> list[str]:
    """Labels of both, each once."""
    return sorted({*here, *sent})
