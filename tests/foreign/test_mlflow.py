"""MLflow's own client, unmodified, as a requester and a peer use it."""

from collections.abc import Callable
from typing import Any

import pytest

from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from tests import machine
from tests.docs.blocks import matches
from tests.log import findings

WAITS = "INVALID_STATE: INVALID_STATE: Stage change request 1 waits for 1 approval: http://testserver/requests/1"


def version(number: int, stage: str = "None", **more: Any) -> dict[str, Any]:
    """A version as the client's object has it."""
    return {
        "name": "fraud",
        "version": str(number),
        "current_stage": stage,
        "source": f"s3://bucket/fraud/{number}",
        "run_id": f"run{number}",
        "status": "READY",
        "status_message": None,
        "tags": {"n": str(number)},
        "aliases": [],
        "description": "",
    } | more


EXPECTED = {
    "register": {"name": "fraud", "tags": {"team": "risk"}, "description": "Who cheats.", "first": version(1)},
    "register_by_the_fluent_function": version(4, run_id="", tags={}),
    "register_twice": "RESOURCE_ALREADY_EXISTS: RESOURCE_ALREADY_EXISTS: There is a model called “fraud” already, so nothing was changed."
    " Choose another name.",
    "transition": WAITS,
    "transition_again": WAITS,
    "what_waits": {
        "status": "READY",
        "message": "Stage change request 1 waits for 1 approval: http://testserver/requests/1",
        "tags": {"n": "3", "stageward.pending_request": "1"},
    },
    "transition_after_approval": {"approval": "applied", "version": version(3, "Production")},
    "stage_unknown": "INVALID_PARAMETER_VALUE: INVALID_PARAMETER_VALUE: Invalid Model Version stage: “Prod”. Nothing was done; choose one"
    " of: None, Development, Staging, Production, Archived.",
    "latest": {"all": {"None": "4", "Production": "3"}, "production": ["3"]},
    "aliases": {"found": version(2, aliases="['challenger']"), "of_model": {"challenger": "2"}},
    "alias_at_production": "PERMISSION_DENIED: PERMISSION_DENIED: v3 is in Production, so only an admin points “champion” at it or away"
    " from it. Nothing was changed; ask an admin of the workspace.",
    "alias_at_production_by_an_admin": "3",
    "alias_missing": "INVALID_PARAMETER_VALUE: INVALID_PARAMETER_VALUE: Registered model alias nobody not found: fraud has no such alias.",
    "load_paths": {
        "3": "s3://bucket/fraud/3",
        "Production": "s3://bucket/fraud/3",
        "latest": "s3://bucket/fraud/4",
        "@champion": "s3://bucket/fraud/3",
    },
    "tags": {"model": {"team": "fraud squad"}, "first": {"validated": "yes"}, "third": {"n": "3", "validated": "in production"}},
    "search": {
        "all": ["churn", "churn-2", "fraud"],
        "paged": ["fraud", "churn-2", "churn"],
        "like": ["churn", "churn-2"],
        "by tag": ["fraud"],
        "versions": ["1", "2", "3", "4"],
        "by run": ["1", "3"],
        "by version tag": ["1"],
    },
    "search_wrongly": "INVALID_PARAMETER_VALUE: INVALID_PARAMETER_VALUE: Column 1: Invalid attribute key “current_stage” specified. Valid"
    " keys are: name, run_id, source_path, version_number, and tags.<key>.",
    "describe": ["Who cheats, and how.", "The first."],
    "copy": {
        "version": version(1, name="fraud-copy", source="models:/fraud/1", tags={"validated": "yes"}, description="The first."),
        "uri": "s3://bucket/fraud/1",
    },
    "rename": "PERMISSION_DENIED: PERMISSION_DENIED: Only an admin renames a model, because scripts know it by its name. Nothing was"
    " changed.",
    "rename_by_an_admin": "fraud-eu",
    "delete": ["1", "2", "3"],
    "delete_what_is_protected": "INVALID_STATE: INVALID_STATE: v3 is in Production, so it cannot be deleted. Move it on by a stage change"
    " first.",
    "not_there": "RESOURCE_DOES_NOT_EXIST: RESOURCE_DOES_NOT_EXIST: There is no model “nothing” in “default” that you may see. Check the"
    " address; it may have been renamed or deleted.",
    "without_a_token": "UNAUTHENTICATED: UNAUTHENTICATED: No token was sent, so nothing was done. Set MLFLOW_TRACKING_TOKEN to a token that"
    " you made under Settings, Tokens.",
    "by_basic": "fraud",
    "in_a_workspace_by_the_address": "fraud",
}


@pytest.mark.client
def test_a_team_works_with_mlflow_as_before_but_for_a_second_person(scenario: Callable[[str], dict[str, Any]]):
    said = scenario("mlflow")
    remark = (machine.ROOT / "docs" / "from-mlflow.md").read_text().split("\n# INVALID_STATE")[1].split("\n")[0]
    assert matches(f"INVALID_STATE{remark}", said.pop("documented"))
    assert said == EXPECTED
    assert StageChangeRequest.objects.get(status="applied").archive_incumbents
    assert ModelVersion.objects.get(stage="production").number == 3
    assert findings() == []
