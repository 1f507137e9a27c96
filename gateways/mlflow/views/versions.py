"""Model versions."""

import re
from typing import Any

from activity.errors import Invalid
from gateways.call import Call
from gateways.mlflow.filters import ORDER_OF_VERSIONS, VERSIONS, ordering_of, terms_of
from gateways.mlflow.reading import model_of, new_version_body, stages_of, version_bodies, version_body, version_of
from gateways.mlflow.stages import stage_named
from gateways.mlflow.wire import tags_sent
from gateways.paging import page
from gateways.protocol import Json
from gateways.stage_changes import change_stage
from registry.content import GOVERNED
from registry.lookup import find_version
from registry.mlflow import MODEL_ID, RUN_ID, SOURCE
from registry.models import ModelVersion
from registry.search import condition
from registry.services import delete_version, edit_version, register_version

MOST = 200_000
USUAL = ("-updated_at", "model__name", "-number")
_COPY = re.compile(r"models:/([^/@]+)/([0-9]{1,9})")


def create(call: Call) -> Json:
    """Register a version."""
    model, source = model_of(call), call.text("source", required=True)
    tags = tags_sent(call.objects("tags"))
    fields = _content(call, source) | {"description": call.text("description"), "run_url": call.text("run_link"), "tags": tags}
    return call.change(
        lambda: register_version(model_id=model.pk, by=call.by, **fields),
        lambda made: {"model_version": new_version_body(made, tagged=bool(tags))},
    )


def _content(call: Call, source: str) -> dict[str, Any]:
    """What is approved of a version: the artifact, and where it came from. A copy has all the content of the version it names."""
    origins = {RUN_ID: call.text("run_id"), MODEL_ID: call.text("model_id")}
    content: dict[str, Any] = {"artifact_uri": source, "attributes": {key: text for key, text in origins.items() if text}}
    if copied := _COPY.fullmatch(source):
        original = find_version(call.user, call.workspace.slug, copied[1], int(copied[2]))
        content = {field: getattr(original, field) for field in GOVERNED}
        content["attributes"] = {**original.attributes, SOURCE: source}
    return content


def _told(call: Call, version: ModelVersion) -> Json:
    return {"model_version": version_body(call, version)}


def get(call: Call) -> Json:
    """Tell of a version."""
    return _told(call, version_of(call))


def update(call: Call) -> Json:
    """Describe a version; without a description nothing changes."""
    version = version_of(call)
    changes = {"description": call.text("description")} if call.given("description") else {}
    return call.change(
        lambda: edit_version(version_id=version.pk, changes=changes, by=call.by), lambda edited: _told(call, edited)
    )


def delete(call: Call) -> Json:
    """Delete a version; what is protected stays."""
    version = version_of(call)
    return call.change(lambda: delete_version(version_id=version.pk, by=call.by), lambda nothing: {})


def transition(call: Call) -> Json:
    """Ask that a version move; it succeeds when it is there."""
    stage, archive = call.text("stage", required=True), call.flag("archive_existing_versions")
    version = version_of(call)
    to = stage_named(stage, stages_of(call.workspace), call.workspace)
    moved = change_stage(version, to, call.by, archive_incumbents=archive)
    return _told(call, moved.version if moved else version)


def download_uri(call: Call) -> Json:
    """Tell where a version's artifact is; of a copy, where that of the original is."""
    return {"artifact_uri": version_of(call).artifact_uri}


def search(call: Call) -> Json:
    """List versions by MLflow's filter."""
    size, workspace = call.whole("max_results", default=MOST), call.workspace
    if not 1 <= size <= MOST:
        raise Invalid(f"Parameter 'max_results' is from 1 to {MOST}, got {size}. Ask for another number.", field="max_results")
    text, ordering = call.text("filter"), ordering_of(call.texts("order_by"), ORDER_OF_VERSIONS, USUAL)
    versions = ModelVersion.objects.visible_to(call.user).filter(model__workspace=workspace).select_related("model")
    found = versions.filter(condition(terms_of(text, VERSIONS), ()))
    rows, following = page(found, ordering, size, call.text("page_token"), about=f"{workspace.pk} {text}")
    bodies = version_bodies(workspace, rows, {row.model_id: row.model.name for row in rows})
    listed = {"model_versions": list(bodies.values())} if bodies else {}
    return listed | ({"next_page_token": following} if following else {})
