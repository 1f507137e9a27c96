"""Model groups and models as Arthur's SDK reads them: a group is a registered model here, a model one version of it."""

from datetime import datetime
from typing import Any

from activity.errors import Invalid
from gateways.call import Call
from gateways.protocol import Json
from registry.models import ModelVersion, RegisteredModel

# What Arthur knows of a model and Stageward has no column for: kept among the version's attributes, part of what is approved.
PARTNER_ID = "partner_model_id"
REQUIRED = (PARTNER_ID, "input_type", "output_type")
KEPT = (
    *REQUIRED, "display_name", "attributes", "is_batch", "explainability", "classifier_threshold", "text_delimiter",
    "expected_throughput_gb_per_day", "pixel_height", "pixel_width", "image_class_labels",
)  # fmt: skip
OWN = ("description", "tags", "version_label", "model_group_id", "version_sequence_num", "archived")
_TEXTS = {"version_label": "name", "description": "description"}
TOLD = ("id", "status", "stage", "created_at", "updated_at")  # what the server says: the SDK sends back what it read


def kept_as(field: str) -> str:
    """The attribute that keeps a field of Arthur's."""
    return f"arthur.{field}"


def sent(call: Call) -> Json:
    """What a body says; null is nothing. Raises Invalid for a field that would be lost."""
    fields = {field: value for field, value in call.body.items() if value is not None}
    lost = sorted(fields.keys() - {*KEPT, *OWN, *TOLD})
    if lost:
        raise Invalid(f"Stageward keeps no {lost[0][:60]}, so nothing was done. Leave it out.", field=lost[0])
    return fields


def version_fields(call: Call, fields: Json) -> dict[str, Any]:
    """What is sent of a version, by the names it has here; what is left out stays out. Raises Invalid."""
    for field in {*REQUIRED, "display_name"} & fields.keys():
        call.text(field)
    attributes = fields.get("attributes", [])
    if not isinstance(attributes, list) or not all(_is_attribute(each) for each in attributes):
        raise Invalid(
            "“attributes” is a list, and each has a name, a value_type and a stage, which are texts. Nothing was done.",
            field="attributes",
        )
    found: dict[str, Any] = {"attributes": {kept_as(field): fields[field] for field in KEPT if field in fields}}
    found |= {ours: call.text(theirs) for theirs, ours in _TEXTS.items() if theirs in fields}
    return found | ({"labels": call.texts("tags")} if "tags" in fields else {})


def _is_attribute(each: Any) -> bool:
    return isinstance(each, dict) and all(isinstance(each.get(name), str) for name in ("name", "value_type", "stage"))


def flag_asked(call: Call, name: str) -> bool:
    """A yes or no of the query, where the SDK writes Python's `True` and `False`. Raises Invalid."""
    said = call.request.GET.get(name, "false").lower()
    if said not in ("true", "false"):
        raise Invalid(f"Parameter '{name}' is true or false. Nothing was done.", field=name)
    return said == "true"


def time(moment: datetime) -> str:
    """A moment, in UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def group_body(model: RegisteredModel) -> Json:
    """A registered model."""
    return {
        "id": str(model.pk),
        "name": model.name,
        "description": model.description,
        "archived": model.archived_at is not None,
        "created_at": time(model.created_at),
        "updated_at": time(model.updated_at),
    }


def version_body(version: ModelVersion, *, archived: bool) -> Json:
    """A version. What Arthur's SDK needs, and a version from another door does not have, is null."""
    known = version.attributes
    kept = {field: known[kept_as(field)] for field in KEPT if kept_as(field) in known}
    if not isinstance(kept.get("attributes", []), list):
        del kept["attributes"]  # written by another door
    return {
        **dict.fromkeys(REQUIRED),
        "display_name": version.model.name,
        "attributes": [],
        "is_batch": False,
        **kept,
        "id": str(version.pk),
        "model_group_id": str(version.model_id),
        "version_sequence_num": version.number,
        "version_label": version.name,
        "description": version.description,
        "tags": sorted(version.labels),
        "archived": archived,
        "status": "Archived" if archived else "Ready",
        "stage": version.stage,
        "created_at": time(version.created_at),
        "updated_at": time(version.updated_at),
    }
