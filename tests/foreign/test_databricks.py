"""Databricks' own SDK, unmodified, as a requester and a peer use it."""

from collections.abc import Callable
from typing import Any

import pytest

from approvals.models import Comment, StageChangeRequest
from registry.models import ModelVersion
from tests import machine
from tests.docs.blocks import matches
from tests.log import findings


def waits(number: int) -> str:
    return f"Stage change request {number} waits for 1 approval: http://testserver/requests/{number}"


def activity(kind: str, number: int, told: str, to: str, by: str, comment: str) -> dict[str, Any]:
    """What was done with a request, as the SDK's object has it."""
    return {
        "activity_type": kind,
        "comment": comment,
        "from_stage": "None",
        "system_comment": f"Stage change request {number} {told}: http://testserver/requests/{number}",
        "to_stage": to,
        "user_id": by,
    }


TEAM = [{"key": "team", "value": "risk"}]
EXPECTED = {
    "register": {
        "model": {"description": "Who cheats.", "name": "fraud", "tags": TEAM},
        "version": {
            "current_stage": "None",
            "description": "",
            "name": "fraud",
            "run_id": "run2",
            "run_link": "",
            "source": "s3://bucket/fraud/2",
            "status": "READY",
            "version": "2",
        },
    },
    "read_a_model": {
        "model": {"name": "fraud", "description": "Who cheats.", "user_id": "engineer", "tags": TEAM},
        "has an id": True,
        "levels": ["CAN_MANAGE", "CAN_MANAGE_PRODUCTION_VERSIONS", "CAN_MANAGE"],
    },
    "list_models": ["churn", "fraud"],
    "ask": {
        "available_actions": ["CANCEL_TRANSITION_REQUEST"],
        "comment": "Tested for a week.",
        "to_stage": "Staging",
        "user_id": "engineer",
    },
    "ask_again": "InvalidState: Request 1 for v1 waits already (Unassigned → Staging), so no second one was made. Wait for its end, or have"
    " it revoked. http://testserver/requests/1",
    "list_requests": [
        activity("REQUESTED_TRANSITION", 1, "waits for 1 approval", "Staging", "engineer", "Tested for a week."),
    ],
    "approve_ones_own": "PermissionDenied: You asked for this change, so someone else must decide on it. You can revoke it.",
    "approve_what_was_not_asked": "ResourceDoesNotExist: No request to move v1 of fraud to Production waits, so nothing was done. Request"
    " 1, to Staging, waits.",
    "approve": {
        "activity": activity("APPROVED_REQUEST", 1, "took effect", "Staging", "reviewer", "Looks good."),
        "stage": "Staging",
        "open": [],
    },
    "transition": f"InvalidState: {waits(2)}",
    "reject_without_a_reason": "InvalidParameterValue: A rejection needs a comment that says why, so nothing was done. Write one and send"
    " it again.",
    "reject": activity("REJECTED_REQUEST", 2, "was rejected", "Production", "reviewer", "Not before Monday."),
    "cancel_somebody_elses": "PermissionDenied: Only the requester revokes a request. You can reject it instead, with a comment.",
    "cancel_of_another_creator": "ResourceDoesNotExist: Request 3 was not made by reviewer but by engineer, so nothing was done. Check the"
    " creator.",
    "cancel": activity("CANCELLED_REQUEST", 3, "was revoked", "Production", "engineer", "Later."),
    "transition_after_approval": {
        "first": waits(4),
        "moved": {"current_stage": "Production", "user_id": "engineer", "permission_level": "CAN_MANAGE", "open_requests": None},
    },
    "tags_and_removal": {"versions": {"1": [{"key": "n", "value": "1"}], "2": []}, "latest": ["2"], "uri": "s3://bucket/fraud/1"},
    "talk": {
        "said": {"comment": "Wich cohort?", "user_id": "reviewer", "available_actions": ["EDIT_COMMENT", "DELETE_COMMENT"]},
        "edited": {"comment": "Which cohort?", "user_id": "reviewer", "available_actions": ["EDIT_COMMENT", "DELETE_COMMENT"]},
        "same": True,
    },
    "talk_for_another": "PermissionDenied: Only who wrote a comment edits it, so nothing was changed. You can answer with one of your own.",
    "permissions": {
        "updated": {"reviewer": ["CAN_MANAGE"], "viewer": ["CAN_READ"]},
        "set": {"reviewer": ["CAN_MANAGE"]},
        "levels": ["CAN_READ", "CAN_MANAGE_PRODUCTION_VERSIONS", "CAN_MANAGE"],
    },
    "give_more_than_is_asked_for": "InvalidParameterValue: Whoever edits here may also approve what others ask, so there is no CAN_EDIT,"
    " and nothing was done. Choose one of: CAN_READ, CAN_MANAGE_PRODUCTION_VERSIONS, CAN_MANAGE.",
    "unknown_stage": "InvalidParameterValue: Invalid Model Version stage: “Prod”. Nothing was done; choose one of: None, Development,"
    " Staging, Production, Archived.",
    "not_there": "ResourceDoesNotExist: There is no model “nothing” in “default” that you may see. Check the address; it may have been"
    " renamed or deleted.",
    "without_a_good_token": "Unauthenticated: This token is unknown, revoked or expired. Make a new one under Settings, Tokens.",
    "in_a_workspace_by_the_address": "fraud",
    "another_api_of_databricks": "NotFound: There is no address /api/2.1/clusters/list here. Check what the client calls.",
    "warnings": "",
}


@pytest.mark.client
def test_a_team_works_with_the_sdk_of_databricks_as_before_but_for_deciding_alone(scenario: Callable[[str], dict[str, Any]]):
    said = scenario("databricks")
    page = (machine.ROOT / "docs" / "from-databricks.md").read_text()
    remarks = [line.removeprefix("# ") for line in page.split("## ")[0].splitlines()[1:] if line.startswith("# ")]
    printed = said.pop("documented")
    assert len(printed) == len(remarks) == 3
    assert all(matches(remark, line) for remark, line in zip(remarks, printed, strict=True)), printed
    assert said == EXPECTED
    assert StageChangeRequest.objects.get(status="applied", version__number=2).archive_incumbents
    assert ModelVersion.objects.get(stage="production").number == 2
    said_of_it = Comment.objects.filter(deleted_at=None).order_by("pk")
    assert list(said_of_it.values_list("body", flat=True)) == ["Which cohort?", "Who trained it?"]
    assert findings() == []
