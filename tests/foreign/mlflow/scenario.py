"""What a team does with MLflow's own client: run by its environment's Python, with the server and two tokens; prints what came of it.

Each step is a function; what it returns, or the refusal that it ran into, stands under its name.
"""

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import requests
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.models_artifact_repo import ModelsArtifactRepository
from mlflow.tracking import MlflowClient

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
HOST, ENGINEER, REVIEWER, ADMIN = sys.argv[1:5]
TRACKING = "file:./runs"  # the tracking server is another one
STEPS: list[Callable[[], Any]] = []


def signed_in(token: str) -> MlflowClient:
    """The client of somebody; the environment says who they are, as its documentation has it."""
    os.environ["MLFLOW_TRACKING_TOKEN"] = token
    mlflow.set_registry_uri(HOST)
    mlflow.set_tracking_uri(TRACKING)
    return MlflowClient(registry_uri=HOST, tracking_uri=TRACKING)


def step(do: Callable[[], Any]) -> Callable[[], Any]:
    STEPS.append(do)
    return do


def approve(request_id: str) -> Any:
    """A peer, through Stageward's own API."""
    address = f"{HOST}/api/v1/stage-change-requests/{request_id}/approve"
    return requests.post(address, headers={"Authorization": f"Bearer {REVIEWER}"}, timeout=30).json()["status"]


def told(version: Any) -> dict[str, Any]:
    names = ("name", "version", "current_stage", "source", "run_id", "status", "status_message", "tags", "aliases", "description")
    return {name: getattr(version, name) for name in names}


@step
def register() -> Any:
    client = signed_in(ENGINEER)
    model = client.create_registered_model("fraud", tags={"team": "risk"}, description="Who cheats.")
    for number in (1, 2, 3):
        client.create_model_version("fraud", f"s3://bucket/fraud/{number}", run_id=f"run{number}", tags={"n": str(number)})
    return {
        "name": model.name,
        "tags": model.tags,
        "description": model.description,
        "first": told(client.get_model_version("fraud", "1")),
    }


@step
def register_by_the_fluent_function() -> Any:
    return told(mlflow.register_model("s3://bucket/fraud/4", "fraud"))


@step
def register_twice() -> Any:
    return signed_in(ENGINEER).create_registered_model("fraud")


@step
def transition() -> Any:
    return told(signed_in(ENGINEER).transition_model_version_stage("fraud", "3", "Production", archive_existing_versions=True))


@step
def transition_again() -> Any:
    return transition()


@step
def what_waits() -> Any:
    version = signed_in(ENGINEER).get_model_version("fraud", "3")
    return {"status": version.status, "message": version.status_message, "tags": version.tags}


@step
def transition_after_approval() -> Any:
    client = signed_in(ENGINEER)
    ended = approve(client.get_model_version("fraud", "3").tags["stageward.pending_request"])
    return {"approval": ended, "version": told(client.transition_model_version_stage("fraud", "3", "production"))}


@step
def stage_unknown() -> Any:
    return signed_in(ENGINEER).transition_model_version_stage("fraud", "1", "Prod")


@step
def latest() -> Any:
    client = signed_in(ENGINEER)
    by_stage = {version.current_stage: version.version for version in client.get_latest_versions("fraud")}
    return {"all": by_stage, "production": [v.version for v in client.get_latest_versions("fraud", stages=["production"])]}


@step
def aliases() -> Any:
    client = signed_in(ENGINEER)
    client.set_registered_model_alias("fraud", "challenger", "1")
    client.set_registered_model_alias("fraud", "challenger", "2")
    found = client.get_model_version_by_alias("fraud", "challenger")
    model = client.get_registered_model("fraud")
    client.set_registered_model_alias("fraud", "gone", "1")
    client.delete_registered_model_alias("fraud", "gone")
    return {"found": told(found), "of_model": dict(model.aliases)}


@step
def alias_at_production() -> Any:
    return signed_in(ENGINEER).set_registered_model_alias("fraud", "champion", "3")


@step
def alias_at_production_by_an_admin() -> Any:
    client = signed_in(ADMIN)
    client.set_registered_model_alias("fraud", "champion", "3")
    return client.get_model_version_by_alias("fraud", "champion").version


@step
def alias_missing() -> Any:
    return signed_in(ENGINEER).get_model_version_by_alias("fraud", "nobody")


@step
def load_paths() -> Any:
    signed_in(ENGINEER)
    paths = ("3", "Production", "latest")
    found = {path: ModelsArtifactRepository.get_underlying_uri(f"models:/fraud/{path}") for path in paths}
    return found | {"@champion": ModelsArtifactRepository.get_underlying_uri("models:/fraud@champion")}


@step
def tags() -> Any:
    client = signed_in(ENGINEER)
    client.set_registered_model_tag("fraud", "team", "fraud squad")
    client.set_registered_model_tag("fraud", "old", "")
    client.delete_registered_model_tag("fraud", "old")
    client.set_model_version_tag("fraud", "1", "validated", "yes")
    client.set_model_version_tag("fraud", key="validated", value="in production", stage="Production")
    client.delete_model_version_tag("fraud", "1", "n")
    return {
        "model": client.get_registered_model("fraud").tags,
        "first": client.get_model_version("fraud", "1").tags,
        "third": client.get_model_version("fraud", "3").tags,
    }


@step
def search() -> Any:
    client = signed_in(ENGINEER)
    prompt = {"name": "a prompt", "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]}
    requests.post(
        f"{HOST}/api/2.0/mlflow/registered-models/create",
        json=prompt,
        headers={"Authorization": f"Bearer {ENGINEER}"},
        timeout=30,
    )
    client.create_registered_model("churn-2")
    first = client.search_registered_models(max_results=1, order_by=["name DESC"])
    rest = client.search_registered_models(max_results=10, order_by=["name DESC"], page_token=first.token)
    versions = client.search_model_versions
    return {
        "all": [model.name for model in client.search_registered_models()],
        "paged": [model.name for model in [*first, *rest]],
        "like": [model.name for model in client.search_registered_models("name LIKE 'churn%'")],
        "by tag": [model.name for model in client.search_registered_models("tags.team = 'fraud squad'")],
        "versions": [version.version for version in versions("name = 'fraud'", order_by=["version_number ASC"])],
        "by run": [version.version for version in versions("run_id IN ('run1', 'run3')", order_by=["version_number ASC"])],
        "by version tag": [version.version for version in versions("tags.validated = 'yes' AND name='fraud'")],
    }


@step
def search_wrongly() -> Any:
    return signed_in(ENGINEER).search_model_versions("current_stage = 'Production'")


@step
def describe() -> Any:
    client = signed_in(ENGINEER)
    client.update_registered_model("fraud", "Who cheats, and how.")
    client.update_model_version("fraud", "1", "The first.")
    return [client.get_registered_model("fraud").description, client.get_model_version("fraud", "1").description]


@step
def copy() -> Any:
    client = signed_in(ENGINEER)
    made = client.copy_model_version("models:/fraud/1", "fraud-copy")
    return {"version": told(made), "uri": client.get_model_version_download_uri("fraud-copy", made.version)}


@step
def rename() -> Any:
    return signed_in(ENGINEER).rename_registered_model("fraud-copy", "fraud-eu")


@step
def rename_by_an_admin() -> Any:
    client = signed_in(ADMIN)
    client.rename_registered_model("fraud-copy", "fraud-eu")
    return client.get_registered_model("fraud-eu").name


@step
def delete() -> Any:
    client = signed_in(ENGINEER)
    client.delete_model_version("fraud", "4")
    client.delete_registered_model("fraud-eu")
    return [version.version for version in client.search_model_versions("name LIKE 'fraud%'", order_by=["version_number ASC"])]


@step
def delete_what_is_protected() -> Any:
    return signed_in(ENGINEER).delete_model_version("fraud", "3")


@step
def not_there() -> Any:
    return signed_in(ENGINEER).get_registered_model("nothing")


@step
def without_a_token() -> Any:
    return signed_in("").get_registered_model("fraud")


@step
def by_basic() -> Any:
    del os.environ["MLFLOW_TRACKING_TOKEN"]
    os.environ |= {"MLFLOW_TRACKING_USERNAME": "engineer", "MLFLOW_TRACKING_PASSWORD": ENGINEER}
    return MlflowClient(registry_uri=HOST, tracking_uri=TRACKING).get_registered_model("fraud").name


@step
def in_a_workspace_by_the_address() -> Any:
    return MlflowClient(registry_uri=f"{HOST}/w/default", tracking_uri=TRACKING).get_registered_model("fraud").name


@step
def documented() -> Any:
    """The lines of the page about coming from MLflow, as a newcomer pastes them; what they say comes last, as a remark."""
    os.environ |= {"MLFLOW_REGISTRY_URI": HOST, "MLFLOW_TRACKING_TOKEN": ENGINEER}
    exec(Path("documented.py").read_text(), {})


def outcome(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except MlflowException as refused:
        return f"{refused.error_code}: {refused.message}"


if __name__ == "__main__":
    print(json.dumps({do.__name__: outcome(do) for do in STEPS}, default=str))
