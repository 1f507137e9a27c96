"""What a team does with Databricks' own SDK: run by its environment's Python, with the server and tokens; prints what came of it.

Each step is a function; what it returns, or the refusal that it ran into, stands under its name.
"""

import json
import logging
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service.ml import (
    ModelRegistryAPI,
    ModelTag,
    RegisteredModelAccessControlRequest,
    RegisteredModelPermissionLevel,
)

HOST, ENGINEER, REVIEWER, ADMIN = sys.argv[1:5]
STEPS: list[Callable[[], Any]] = []
FRAUD = {"name": "fraud", "version": "1"}


def signed_in(token: str, host: str = HOST) -> ModelRegistryAPI:
    """Somebody's client, as its documentation has it."""
    return WorkspaceClient(host=host, token=token).model_registry


def step(do: Callable[[], Any]) -> Callable[[], Any]:
    STEPS.append(do)
    return do


def told(thing: Any, *names: str) -> dict[str, Any]:
    """Some fields of one of the SDK's objects; without names, all that are not moments."""
    found = thing.as_dict()
    return {name: found.get(name) for name in names or found if not name.endswith("_timestamp") and name != "id"}


@step
def register() -> Any:
    client = signed_in(ENGINEER)
    model = client.create_model("fraud", description="Who cheats.", tags=[ModelTag("team", "risk")]).registered_model
    for number in (1, 2):
        made = client.create_model_version("fraud", f"s3://bucket/fraud/{number}", run_id=f"run{number}").model_version
    return {"model": told(model), "version": told(made)}


@step
def read_a_model() -> Any:
    found = [signed_in(token).get_model("fraud").registered_model_databricks for token in (ENGINEER, REVIEWER, ADMIN)]
    levels = [model.permission_level.value for model in found]
    return {"model": told(found[0], "name", "description", "user_id", "tags"), "has an id": bool(found[0].id), "levels": levels}


@step
def list_models() -> Any:
    return [model.name for model in signed_in(ENGINEER).list_models(max_results=1)]


@step
def ask() -> Any:
    filed = signed_in(ENGINEER).create_transition_request(**FRAUD, stage="Staging", comment="Tested for a week.")
    return told(filed.request)


@step
def ask_again() -> Any:
    return signed_in(ENGINEER).create_transition_request(**FRAUD, stage="Production")


@step
def list_requests() -> Any:
    return [told(request) for request in signed_in(REVIEWER).list_transition_requests(**FRAUD)]


@step
def approve_ones_own() -> Any:
    return signed_in(ENGINEER).approve_transition_request(**FRAUD, stage="Staging", archive_existing_versions=False)


@step
def approve_what_was_not_asked() -> Any:
    return signed_in(REVIEWER).approve_transition_request(**FRAUD, stage="Production", archive_existing_versions=False)


@step
def approve() -> Any:
    client = signed_in(REVIEWER)
    done = client.approve_transition_request(**FRAUD, stage="Staging", archive_existing_versions=False, comment="Looks good.")
    version = client.get_model_version(**FRAUD).model_version
    return {
        "activity": told(done.activity),
        "stage": version.current_stage,
        "open": list(client.list_transition_requests(**FRAUD)),
    }


@step
def transition() -> Any:
    return signed_in(ENGINEER).transition_stage("fraud", "2", "Production", archive_existing_versions=True, comment="Better.")


@step
def reject_without_a_reason() -> Any:
    return signed_in(REVIEWER).reject_transition_request("fraud", "2", "Production")


@step
def reject() -> Any:
    return told(signed_in(REVIEWER).reject_transition_request("fraud", "2", "Production", comment="Not before Monday.").activity)


@step
def cancel_somebody_elses() -> Any:
    signed_in(ENGINEER).create_transition_request("fraud", "2", "Production")
    return signed_in(REVIEWER).delete_transition_request("fraud", "2", "Production", creator="engineer")


@step
def cancel_of_another_creator() -> Any:
    return signed_in(ENGINEER).delete_transition_request("fraud", "2", "Production", creator="reviewer")


@step
def cancel() -> Any:
    client = WorkspaceClient(host=HOST, token=ENGINEER)
    me = client.current_user.me().user_name
    return told(
        client.model_registry.delete_transition_request("fraud", "2", "Production", creator=me, comment="Later.").activity
    )


@step
def transition_after_approval() -> Any:
    client, said = (
        signed_in(ENGINEER),
        {"name": "fraud", "version": "2", "stage": "production", "archive_existing_versions": True},
    )
    try:
        client.transition_stage(**said)
    except DatabricksError as waits:
        first = str(waits)
    signed_in(REVIEWER).approve_transition_request(**said)
    moved = client.transition_stage(**said).model_version_databricks
    return {"first": first, "moved": told(moved, "current_stage", "user_id", "permission_level", "open_requests")}


@step
def tags_and_removal() -> Any:
    client = signed_in(ENGINEER)
    client.set_model_version_tag("fraud", "1", "n", "1")
    client.set_model_version_tag("fraud", "1", "gone", "1")
    client.delete_model_version_tag("fraud", "1", "gone")
    client.set_model_tag("fraud", "team", "fraud squad")
    client.create_model_version("fraud", "s3://bucket/fraud/3")
    client.delete_model_version("fraud", "3")
    found = client.search_model_versions(filter="name='fraud'", order_by=["version_number ASC"], max_results=1)
    latest = client.get_latest_versions("fraud", stages=["Production"])
    return {
        "versions": {version.version: [tag.as_dict() for tag in version.tags or []] for version in found},
        "latest": [version.version for version in latest],
        "uri": client.get_model_version_download_uri("fraud", "1").artifact_uri,
    }


def let_in(client: ModelRegistryAPI, model_id: str) -> dict[str, list[str]]:
    """Who was let in to a model besides those whom the workspace lets in."""
    listed = client.get_permissions(model_id).access_control_list
    own = {
        each.user_name: [held.permission_level.value for held in each.all_permissions if not held.inherited] for each in listed
    }
    return {name: levels for name, levels in own.items() if levels}


@step
def talk() -> Any:
    client = signed_in(REVIEWER)
    said = client.create_comment("fraud", "1", "Wich cohort?").comment
    edited = client.update_comment(said.id, "Which cohort?").comment
    client.delete_comment(client.create_comment("fraud", "1", "Never mind.").comment.id)
    return {"said": told(said), "edited": told(edited), "same": edited.id == said.id}


@step
def talk_for_another() -> Any:
    said = signed_in(REVIEWER).create_comment("fraud", "1", "Who trained it?").comment
    return signed_in(ENGINEER).update_comment(said.id, "I did.")


@step
def permissions() -> Any:
    client = signed_in(ENGINEER)
    model_id = client.get_model("fraud").registered_model_databricks.id
    manages = RegisteredModelAccessControlRequest(
        user_name="reviewer", permission_level=RegisteredModelPermissionLevel.CAN_MANAGE
    )
    reads = RegisteredModelAccessControlRequest(user_name="viewer", permission_level=RegisteredModelPermissionLevel.CAN_READ)
    client.update_permissions(model_id, access_control_list=[manages, reads])
    updated = let_in(client, model_id)
    client.set_permissions(model_id, access_control_list=[manages])
    levels = client.get_permission_levels(model_id).permission_levels
    return {"updated": updated, "set": let_in(client, model_id), "levels": [level.permission_level.value for level in levels]}


@step
def give_more_than_is_asked_for() -> Any:
    client = signed_in(ADMIN)
    edits = RegisteredModelAccessControlRequest(user_name="viewer", permission_level=RegisteredModelPermissionLevel.CAN_EDIT)
    return client.update_permissions(client.get_model("fraud").registered_model_databricks.id, access_control_list=[edits])


@step
def unknown_stage() -> Any:
    return signed_in(ENGINEER).create_transition_request(**FRAUD, stage="Prod")


@step
def not_there() -> Any:
    return signed_in(ENGINEER).get_model("nothing")


@step
def without_a_good_token() -> Any:
    return signed_in("swd_gone").get_model("fraud")


@step
def in_a_workspace_by_the_address() -> Any:
    return signed_in(ENGINEER, f"{HOST}/w/default").get_model("fraud").registered_model_databricks.name


@step
def another_api_of_databricks() -> Any:
    return list(WorkspaceClient(host=HOST, token=ENGINEER).clusters.list())


@step
def documented() -> Any:
    """The lines of the page about coming from Databricks, as a newcomer pastes them: what they print, and what the last one runs into."""
    os.environ |= {"DATABRICKS_HOST": HOST, "DATABRICKS_TOKEN": ENGINEER, "COLLEAGUES_TOKEN": REVIEWER}
    printed = StringIO()
    with redirect_stdout(printed):
        refused = outcome(lambda: exec(Path("documented.py").read_text(), {}))
    return [*printed.getvalue().splitlines(), refused]


def outcome(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except DatabricksError as refused:
        return f"{type(refused).__name__}: {refused}".split(" Config: ")[0]


if __name__ == "__main__":
    warnings = StringIO()
    logging.basicConfig(stream=warnings, level=logging.WARNING)
    said = {do.__name__: outcome(do) for do in STEPS}
    print(json.dumps(said | {"warnings": warnings.getvalue()}, default=str))
