"""Model versions."""

from typing import Any

from django.db.models import Q

from activity.errors import Invalid
from gateways.call import Call
from gateways.errors import NoAddress
from gateways.protocol import Json
from gateways.verta import wire
from gateways.verta.predicates import narrowed, page
from gateways.verta.reading import model_of, version_bodies, version_body, version_of
from gateways.verta.views.fields import NOT_OF_VERSIONS, check_kept, union
from gateways.verta.views.models import workspace_in
from registry.models import ModelVersion, Stage
from registry.services import delete_version, edit_version, lock_version, register_version
from registry.services.versions import locked_version

Lock = ModelVersion.Lock


def _told(version: ModelVersion) -> Json:
    return {"model_version": version_body(version)}


def by_id(call: Call) -> Json:
    """Tell of a version."""
    return _told(version_of(call, call.path["pk"]))


def create(call: Call) -> Json:
    """Register a version, unassigned; locked, where that is asked."""
    model = model_of(call, call.path["model_id"])
    check_kept(call, NOT_OF_VERSIONS)
    _check_no_stage(call, "UNASSIGNED")
    lock = wire.enum(call.body.get("lock_level") or 1, wire.LOCKS, "lock_level")
    fields: dict[str, Any] = {
        "name": call.text("version"),
        "description": call.text("description"),
        "labels": call.texts("labels"),
        "attributes": wire.attributes_sent(call) | wire.kept_sent(call),
    }

    def do() -> ModelVersion:
        made = register_version(model_id=model.pk, by=call.by, **fields)
        return lock_version(version_id=made.pk, level=Lock(lock.lower()), by=call.by) if lock != "OPEN" else made

    return call.change(do, _told)


def _check_no_stage(call: Call, here: str) -> None:
    """Raises Invalid for a body that would move the version: that takes a stage change, which somebody else approves."""
    if wire.enum(call.body.get("stage") or 0, wire.STAGES, "stage") not in ("UNKNOWN", here):
        raise Invalid(
            "A version's stage is changed by a stage change alone, so nothing was done. Call updateStage.", field="stage"
        )


def merge(call: Call) -> Json:
    """Add to a version what is sent: labels to its labels, attributes by key, texts in place of texts. What is empty changes nothing."""
    version = version_of(call, call.path["pk"], call.path["model_id"])
    check_kept(call, NOT_OF_VERSIONS)
    _check_no_stage(call, str(version_body(version)["stage"]))
    texts = {"name": call.text("version"), "description": call.text("description")}
    labels, attributes = call.texts("labels"), wire.attributes_sent(call) | wire.kept_sent(call)

    def do() -> ModelVersion:
        _, here = locked_version(version.pk)
        changes: dict[str, Any] = {field: text for field, text in texts.items() if text}
        if labels:
            changes["labels"] = union(here.labels, labels)
        if attributes:
            changes["attributes"] = here.attributes | attributes
        return edit_version(version_id=version.pk, changes=changes, by=call.by)

    return call.change(do, _told)


def replace(call: Call) -> Json:
    """Let description, labels and attributes be what is sent, empty where nothing is.

    Its client sends the whole of what it read earlier, stage and lock too: these stay what they are now, and so does the name.
    """
    version = version_of(call, call.path["pk"], call.path["model_id"])
    check_kept(call, NOT_OF_VERSIONS)
    changes = {
        "description": call.text("description"),
        "labels": call.texts("labels"),
        "attributes": wire.attributes_sent(call) | wire.kept_sent(call),
    }
    return call.change(lambda: edit_version(version_id=version.pk, changes=changes, by=call.by), _told)


def lock(call: Call) -> Json:
    """Set the lock."""
    version, level = version_of(call, call.path["pk"]), wire.enum(call.body.get("lock_level"), wire.LOCKS, "lock_level")
    return call.change(lambda: lock_version(version_id=version.pk, level=Lock(level.lower()), by=call.by), lambda locked: {})


def delete(call: Call) -> Json:
    """Delete a version; what is protected stays."""
    version = version_of(call, call.path["pk"])
    return call.change(lambda: delete_version(version_id=version.pk, by=call.by), lambda nothing: {})


def refuse_content(call: Call) -> Json:
    """Bytes, environments, code and data sets are kept elsewhere. Raises NoAddress."""
    version = version_of(call, call.path["pk"])
    raise NoAddress(
        f"Stageward keeps no bytes, environments, code or data sets, so nothing was done to {version.name}. Put them where they belong,"
        " and say where by artifact_uri and artifact_digest, in the API or the client of Stageward."
    )


def find_in_model(call: Call) -> Json:
    """List versions of a model."""
    model = model_of(call, call.path["model_id"])
    return _found(call, Q(model=model), Q(workspace=model.workspace))


def find_in_workspace(call: Call) -> Json:
    """List versions of a workspace."""
    workspace = workspace_in(call)
    return _found(call, Q(model__workspace=workspace), Q(workspace=workspace))


def find(call: Call) -> Json:
    """List all versions that the caller may see."""
    return _found(call, Q(), Q())


def _found(call: Call, of_versions: Q, of_stages: Q) -> Json:
    """List the versions that the body asks for, of these, whose stages are those."""
    stages = list(Stage.objects.current().visible_to(call.user).filter(of_stages))
    versions = ModelVersion.objects.visible_to(call.user).filter(of_versions).select_related("model")
    rows, total = page(call, narrowed(call, versions, stages), stages)
    return {"model_versions": version_bodies(rows), "total_records": total}
