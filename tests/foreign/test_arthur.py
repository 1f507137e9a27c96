"""Arthur's own SDK, unmodified, as a requester and a peer use it, by password and by access key."""

from collections.abc import Callable
from typing import Any

import pytest

from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from tests import machine
from tests.log import findings


def model(number: int, label: str | None, **more: Any) -> dict[str, Any]:
    """A model as the client's object has it."""
    return {
        "partner_model_id": f"fraud-{number}",
        "display_name": "Fraud",
        "description": "",
        "tags": [],
        "archived": False,
        "version_sequence_num": number,
        "version_label": label,
        "is_batch": True,
        "classifier_threshold": 0.5,
        "status": "Ready",
    } | more


def refused(status: str, sentence: str) -> str:
    return f"ResponseClientError: {status}: {{'error': '{sentence}'}}"


EXPECTED = {
    "save_by_password": {
        "saved": model(1, None, description="Who cheats.", tags=["eu"]),
        "found": model(1, "v1", description="Who cheats.", tags=["eu"]),
        "same id": True,
        "same attributes": True,
        "group": "Fraud",
    },
    "versions_of_a_group": {
        "all": [[3, "v3"], [2, "challenger"], [1, "v1"]],
        "by number": "challenger",
        "by label": 2,
        "latest": 3,
    },
    "label_taken": refused(
        "409 Conflict", "Fraud has a version called “challenger” already, so nothing was changed. Choose another name."
    ),
    "partner_id_taken": refused(
        "409 Conflict",
        "There is a model with the partner_model_id “fraud-1” already, so nothing was saved. Choose another, or wait a second where it is"
        " made of the time.",
    ),
    "no_such_version": refused(
        "404 Not Found",
        "Fraud has no version with that number or label. Ask with include_archived=True where it may be archived.",
    ),
    "update": model(2, "second", tags=["us"], classifier_threshold=0.7),
    "describe_the_group": "Who cheats, and how.",
    "rename_the_group": refused(
        "403 Forbidden", "Only an admin renames a model, because scripts know it by its name. Nothing was changed."
    ),
    "rename_the_group_by_an_admin": "Cheats",
    "archive": refused("409 Conflict", "Stage change request 1 waits for 1 approval: http://testserver/requests/1"),
    "archive_after_approval": {
        "approval": "applied",
        "all": [2, 1],
        "with archived": [[3, True], [2, False], [1, False]],
        "latest": 2,
        "model": model(3, "v3", archived=True, status="Archived"),
    },
    "archive_the_group": True,
    "reference_data": {
        "counts": {"success": 0, "failure": 1, "total": 1},
        "message": "Stageward is a registry: it keeps no reference data, so none of this was stored. The model is saved; put its data where"
        " it belongs, and say where among its attributes.",
        "closed": None,
    },
    "a_version_of_another_door": model(1, "ours", display_name="churn", partner_model_id=None, is_batch=False)
    | {"classifier_threshold": None, "attributes": 0},
    "inferences": refused(
        "404 Not Found",
        "Stageward is a registry: it keeps models, their versions and who approved them, and there is nothing at"
        " /api/v3/models/3/enrichments. Inferences, data, metrics, alerts and what else watches a running model stay with the platform that"
        " does.",
    ),
    "wrong_password": "UserValueError: Unauthorized, please ensure your username and password are correct",
    "gone_key": "UserValueError: Unauthorized, please ensure your access key is correct",
    "no_role": refused(
        "403 Forbidden",
        "You are a viewer of this workspace and this takes an editor, so nothing was done. Ask an admin of the workspace for the role.",
    ),
    "no_workspace": refused(
        "404 Not Found", "There is no model group 1 that you may see. Check the id; it may have been deleted."
    ),
    "a_workspace_by_its_name": "Fraud",
}


@pytest.mark.client
def test_a_team_works_with_arthurs_sdk_as_before_but_for_a_second_person(scenario: Callable[[str], dict[str, Any]]):
    said = scenario("arthur")
    remark = (machine.ROOT / "docs" / "from-arthur.md").read_text().split("\n# ")[1].split("\n")[0]
    assert said.pop("documented") == remark
    assert said == EXPECTED
    assert StageChangeRequest.objects.get().to_stage.key == "archived"
    assert ModelVersion.objects.get(name="second").attributes["arthur.partner_model_id"] == "fraud-2"
    assert findings() == []
