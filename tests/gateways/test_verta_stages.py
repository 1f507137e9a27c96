"""Verta's approval calls: the cycle of a pull request, by the same rules as everywhere."""

from typing import Any

import pytest

from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from tests.cast import Team
from tests.gateways.verta import Verta, verta
from tests.log import activities, no_activity, one_activity


@pytest.fixture
def engineer(team: Team) -> Verta:
    return verta(team.engineer)


@pytest.fixture
def reviewer(team: Team) -> Verta:
    return verta(team.reviewer)


def stage(who: Verta, call: str, **body: Any) -> tuple[int, Any]:
    return who.post(f"registry/stage/{call}", body)


def filed(team: Team, to: str = "staging", **more: Any) -> str:
    return str(team.ask(team.version(), to, **more).pk)


def test_the_cycle_is_asked_approved_and_committed(team: Team, engineer: Verta, reviewer: Verta):
    version = team.version()
    with one_activity("stage_change.requested") as lines:
        status, asked = stage(engineer, "createTransition", model_version_id=str(version.pk), desired_stage=2, comment="Tested.")
    request = StageChangeRequest.objects.get()
    move = {"id": str(request.pk), "source_stage": "UNASSIGNED", "desired_stage": "STAGING", "state": "PENDING"}
    assert (status, asked["transition"]) == (200, move)
    assert (asked["id"], asked["author_id"], asked["comment"]) == (str(lines[0].pk), str(team.engineer.pk), "Tested.")
    assert asked["model_version_id"] == str(version.pk)
    with no_activity():
        status, waits = stage(reviewer, "commitTransition", transition_id=move["id"])
    assert (status, waits["code"]) == (409, 9)
    assert waits["message"].startswith(f"Stage change request {request.pk} waits for 1 approval: http://testserver/requests/")
    with activities("stage_change.approval_given", "stage_change.applied"):
        status, approved = stage(reviewer, "approveTransition", transition_id=move["id"], comment="Good.")
    assert (status, approved["approval"], approved["comment"]) == (200, {}, "Good.")
    with no_activity():
        assert stage(reviewer, "approveTransition", transition_id=move["id"]) == (200, approved)
        status, committed = stage(engineer, "commitTransition", transition_id=move["id"])
    assert (status, committed["update"]) == (200, {"stage": "STAGING"})
    assert ModelVersion.objects.get(pk=version.pk).stage == "staging"


def test_one_asks_once_while_a_request_waits(team: Team, engineer: Verta):
    number = filed(team)
    version = StageChangeRequest.objects.get().version_id
    with no_activity():
        for call, body in (
            ("createTransition", {"desired_stage": 2}),
            ("createTransition", {"desired_stage": 3}),
            ("updateStage", {"stage": 3}),
        ):
            status, said = stage(engineer, call, model_version_id=version, **body)
            assert (status, said["code"]) == (409, 9)
            assert said["message"].endswith(f"http://testserver/requests/{number}")


def test_nobody_decides_on_their_own_request(team: Team, engineer: Verta):
    number = filed(team)
    with no_activity():
        for call in ("approveTransition", "rejectTransition"):
            for who in (engineer, verta(team.viewer)):
                status, said = stage(who, call, transition_id=number, comment="No.")
                assert (status, said["code"]) == (403, 7)
    assert StageChangeRequest.objects.get().is_pending


def test_a_rejection_needs_its_reason_and_ends_the_request(team: Team, engineer: Verta, reviewer: Verta):
    number = filed(team)
    with no_activity():
        status, said = stage(reviewer, "rejectTransition", transition_id=number)
    assert (status, said["code"]) == (400, 3)
    with one_activity("stage_change.rejected"):
        status, rejected = stage(reviewer, "rejectTransition", transition_id=number, comment="Drifts.")
    assert (status, rejected["rejection"], rejected["comment"]) == (200, {}, "Drifts.")
    with no_activity():
        for call in ("commitTransition", "approveTransition", "closeTransition"):
            status, said = stage(verta(team.second_reviewer), call, transition_id=number)
            assert (status, said["code"]) == (409, 9)
            assert said["message"].startswith("This request was rejected by Reviewer")


def test_a_direct_change_after_a_rejection_asks_anew(team: Team, engineer: Verta):
    version = team.version()
    team.reject(team.ask(version))
    with one_activity("stage_change.requested"):
        status, said = stage(engineer, "updateStage", model_version_id=version.pk, stage="STAGING")
    assert (status, said["code"]) == (409, 9)
    assert f"request {StageChangeRequest.objects.latest('pk').pk} waits" in said["message"]


def test_only_the_requester_closes(team: Team, engineer: Verta, reviewer: Verta):
    number = filed(team)
    with no_activity():
        assert stage(reviewer, "closeTransition", transition_id=number)[0] == 403
    with one_activity("stage_change.revoked"):
        status, closed = stage(engineer, "closeTransition", transition_id=number, comment="A better one comes.")
    assert (status, closed["close"], closed["comment"]) == (200, {}, "A better one comes.")


def test_a_comment_is_a_plain_activity(team: Team, reviewer: Verta):
    version = team.version()
    with no_activity():
        assert stage(reviewer, "createComment", model_version_id=version.pk)[0] == 400
    with one_activity("comment.added"):
        status, said = stage(reviewer, "createComment", model_version_id=version.pk, comment="Look at the tail.")
    assert (status, said["comment"], said["author_id"]) == (200, "Look at the tail.", str(team.reviewer.pk))
    assert set(said) == {"id", "model_version_id", "author_id", "time_created", "comment"}


def test_the_history_is_told_in_order(team: Team, engineer: Verta):
    version, other = team.version(), team.version()
    team.move(version, "staging")
    team.reject(team.ask(version, "production"))
    team.revoke(team.ask(version, "archived"))
    team.ask(other, "development")
    kinds = ("transition", "approval", "update", "rejection", "close")

    def told(**body: Any) -> list[str]:
        status, said = stage(engineer, "findActivities", **body)
        assert status == 200
        return [next(kind for kind in kinds if kind in each) for each in said["activities"]]

    one = ["transition", "approval", "update", "transition", "rejection", "transition", "close"]
    assert told(model_version_id=str(version.pk)) == one
    assert told(registered_model_id=team.model.pk) == [*one, "transition"]
    assert told(registered_model_id=team.model.pk, model_version_id=other.pk) == ["transition"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, ["COMMITTED", "REJECTED", "CLOSED", "PENDING"]),
        ([3], ["PENDING"]),
        ([2, "CLOSED"], ["REJECTED", "CLOSED"]),
        ([5], ["COMMITTED"]),
        ([1], []),
    ],
)
def test_requests_are_found_by_state(team: Team, engineer: Verta, wanted: Any, found: list[str]):
    version = team.version()
    team.move(version, "staging")
    team.reject(team.ask(version, "production"))
    team.revoke(team.ask(version, "archived"))
    team.ask(version, "production")
    status, said = stage(engineer, "findTransitions", model_version_id=version.pk, state=wanted)
    assert (status, [each["transition"]["state"] for each in said["activities"]]) == (200, found)


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("findActivities", {}),
        ("findTransitions", {}),
        ("findTransitions", {"model_version_id": 1, "state": [9]}),
        ("findTransitions", {"model_version_id": 1, "state": "HUNG"}),
    ],
)
def test_what_is_asked_wrongly_is_refused(team: Team, engineer: Verta, call: str, body: dict[str, Any]):
    team.version()
    body = body | ({"model_version_id": ModelVersion.objects.get().pk} if "model_version_id" in body else {})
    status, said = stage(engineer, call, **body)
    assert (status, said["code"]) == (400, 3)


def test_a_version_that_is_locked_does_not_move(team: Team, engineer: Verta, reviewer: Verta):
    locked, waiting = team.version(), team.version()
    number = team.ask(waiting).pk
    for version in (locked, waiting):
        team.lock(version, "redact")
    with no_activity():
        for who, call, body in (
            (engineer, "updateStage", {"model_version_id": locked.pk, "stage": 2}),
            (engineer, "createTransition", {"model_version_id": locked.pk, "desired_stage": 2}),
            (reviewer, "approveTransition", {"transition_id": number}),
        ):
            status, said = stage(who, call, **body)
            assert (status, said["code"], "locked for changes" in said["message"]) == (403, 7, True)
