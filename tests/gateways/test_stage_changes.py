"""A direct stage change through a foreign protocol is the request that everybody makes: never a silent success."""

from typing import Any

from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from tests.api.conftest import Callers
from tests.cast import Team
from tests.log import activities, no_activity, one_activity

TRANSITION = "/api/2.0/mlflow/model-versions/transition-stage"


def move(stage: str, **more: Any) -> dict[str, Any]:
    return {"name": "churn", "version": "1", "stage": stage, **more}


def test_it_files_a_request_and_says_that_it_waits(team: Team, api: Callers):
    team.version()
    with one_activity("stage_change.requested"):
        response = api.engineer.post(TRANSITION, move("Staging"))
    filed = StageChangeRequest.objects.get()
    assert (filed.status, filed.to_stage.key, filed.requester) == ("pending", "staging", team.engineer)
    assert response.status_code == 409
    assert response.json() == {
        "error_code": "INVALID_STATE",
        "message": f"Stage change request {filed.pk} waits for 1 approval: http://testserver/requests/{filed.pk}",
    }
    assert ModelVersion.objects.get().stage == "unassigned"


def test_sent_again_it_names_the_same_request_and_after_approval_it_succeeds(team: Team, api: Callers):
    team.version()
    first = api.engineer.post(TRANSITION, move("Staging"))
    with no_activity():
        again = api.engineer.post(TRANSITION, move("staging"))
    assert (again.status_code, again.json()) == (409, first.json())
    team.approve(StageChangeRequest.objects.get())
    with no_activity():
        done = api.engineer.post(TRANSITION, move("Staging"))
    assert (done.status_code, done.json()["model_version"]["current_stage"]) == (200, "Staging")


def test_another_move_while_one_waits_is_refused_and_names_the_first(team: Team, api: Callers):
    version = team.version()
    filed = team.ask(version, "staging")
    with no_activity():
        for caller, body in ((api.engineer, move("Production")), (api.reviewer, move("Staging"))):
            response = caller.post(TRANSITION, body)
            assert (response.status_code, response.json()["error_code"]) == (409, "INVALID_STATE")
            assert response.json()["message"].startswith(f"Request {filed.pk} for v1 waits already")
            assert response.json()["message"].endswith(f" http://testserver/requests/{filed.pk}")


def test_archiving_those_who_are_there_is_part_of_what_is_asked(team: Team, api: Callers):
    team.version()
    assert api.engineer.post(TRANSITION, move("Staging", archive_existing_versions=True)).status_code == 409
    assert StageChangeRequest.objects.get().archive_incumbents
    with no_activity():
        other = api.engineer.post(TRANSITION, move("Staging"))
    assert "waits already" in other.json()["message"]


def test_where_no_approval_is_needed_it_takes_effect_at_once(team: Team, api: Callers):
    team.policy("development", 0)
    team.version()
    with activities("stage_change.requested", "stage_change.applied") as lines:
        response = api.engineer.post(TRANSITION, move("Development"))
    assert (response.status_code, response.json()["model_version"]["current_stage"]) == (200, "Development")
    assert {line.via for line in lines} == {"mlflow"}


def test_what_waits_is_told_with_the_version(team: Team, api: Callers):
    filed = team.ask(team.version())
    team.version()
    model = api.viewer.get("/api/2.0/mlflow/registered-models/get?name=churn").json()["registered_model"]
    (newest,) = model["latest_versions"]
    assert (newest["version"], "status_message" in newest) == ("2", False)
    team.delete(ModelVersion.objects.get(number=2))
    model = api.viewer.get("/api/2.0/mlflow/registered-models/get?name=churn").json()["registered_model"]
    (waiting,) = model["latest_versions"]
    assert waiting["tags"] == [{"key": "stageward.pending_request", "value": str(filed.pk)}]
    assert (
        waiting["status_message"]
        == f"Stage change request {filed.pk} waits for 1 approval: http://testserver/requests/{filed.pk}"
    )
