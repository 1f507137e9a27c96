"""What the SDK of Databricks is told: the shapes that it reads, and who may do what."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from activity.models import Activity
from approvals.models import Review, StageChangeRequest
from config.api import BurstThrottle
from gateways.databricks.views import transitions
from registry.models import ModelVersion
from tests.api.conftest import Api, Callers
from tests.cast import Team, make_team
from tests.log import activities, no_activity, one_activity

PREFIX = "/api/2.0/mlflow"
MOVE = {"name": "churn", "version": "1", "stage": "Staging"}


def send(who: Api, method: str, path: str, **values: Any) -> Any:
    """What is answered; parameters as the SDK sends them: those of GET and DELETE in the query."""
    in_query = method in ("GET", "DELETE")
    response = who.send(method, f"{PREFIX}/{path}{'?' + urlencode(values) if in_query else ''}", None if in_query else values)
    assert response.status_code == 200, response.json()
    return response.json()


def refused(who: Api, path: str, **values: Any) -> tuple[int, str]:
    response = who.post(f"{PREFIX}/{path}", values)
    return response.status_code, response.json()["message"]


def may(who: Api) -> list[str]:
    """What somebody may do with the one request that waits."""
    (request,) = send(who, "GET", "transition-requests/list", name="churn", version="1")["requests"]
    return list(request["available_actions"])


def test_a_request_says_who_asked_and_what_each_may_do(team: Team, api: Callers):
    team.version()
    with one_activity("stage_change.requested") as lines:
        filed = send(api.engineer, "POST", "transition-requests/create", **MOVE, comment="Please.")["request"]
    assert lines[0].via == "databricks"
    assert isinstance(filed.pop("creation_timestamp"), int)
    assert filed == {
        "user_id": "engineer", "to_stage": "Staging", "comment": "Please.", "available_actions": ["CANCEL_TRANSITION_REQUEST"],
    }  # fmt: skip
    (listed,) = send(api.viewer, "GET", "transition-requests/list", name="churn", version="1")["requests"]
    moments = {listed.pop("creation_timestamp"), listed.pop("last_updated_timestamp")}
    assert len(moments) == 1
    assert listed == {
        "id": str(lines[0].pk), "activity_type": "REQUESTED_TRANSITION", "user_id": "engineer", "from_stage": "None",
        "to_stage": "Staging", "comment": "Please.", "available_actions": [],
        "system_comment": f"Stage change request {lines[0].request_id} waits for 1 approval:"
        f" http://testserver/requests/{lines[0].request_id}",
    }  # fmt: skip
    decisions = ["APPROVE_TRANSITION_REQUEST", "REJECT_TRANSITION_REQUEST"]
    assert (may(api.reviewer), may(api.engineer)) == (decisions, ["CANCEL_TRANSITION_REQUEST"])
    team.lock(ModelVersion.objects.get(), "closed")
    assert may(api.reviewer) == ["REJECT_TRANSITION_REQUEST"]


def test_a_version_without_a_request_lists_none(team: Team, api: Callers):
    team.version()
    assert send(api.viewer, "GET", "transition-requests/list", name="churn", version="1") == {}


def test_an_approval_that_is_not_the_last_says_what_is_missing_and_sent_again_writes_nothing(team: Team, api: Callers):
    team.policy("staging", 2)
    filed = team.ask(team.version())
    approve = {**MOVE, "archive_existing_versions": False, "comment": "Good."}
    with one_activity("stage_change.approval_given"):
        first = send(api.reviewer, "POST", "transition-requests/approve", **approve)["activity"]
    assert (first["activity_type"], first["comment"]) == ("APPROVED_REQUEST", "Good.")
    assert first["system_comment"].startswith(f"Stage change request {filed.pk} waits for 1 more approval: http")
    with no_activity():
        assert send(api.reviewer, "POST", "transition-requests/approve", **approve)["activity"] == first
    with activities("stage_change.approval_given", "stage_change.applied"):
        last = send(api.second_reviewer, "POST", "transition-requests/approve", **approve)["activity"]
    assert (last["user_id"], last["system_comment"].split(": ")[0]) == (
        "second_reviewer",
        f"Stage change request {filed.pk} took effect",
    )
    with no_activity():
        again = send(api.reviewer, "POST", "transition-requests/approve", **approve)["activity"]
    assert (again["id"], again["user_id"]) == (first["id"], "reviewer")


def test_what_was_approved_long_ago_is_no_answer_to_another_question(team: Team, api: Callers):
    version = team.version()
    team.move(version, "staging", "development")
    with no_activity():
        status, message = refused(api.reviewer, "transition-requests/approve", **MOVE)
    assert (status, message) == (404, "No request to move v1 of churn to Staging waits, so nothing was done.")


def test_who_approves_means_what_was_asked(team: Team, api: Callers):
    team.move(team.version(), "staging")
    filed = team.ask(team.version())
    approve = {**MOVE, "version": "2"}
    with no_activity():
        status, message = refused(api.reviewer, "transition-requests/approve", **approve, archive_existing_versions=True)
    assert status == 409
    assert message.startswith(f"Request {filed.pk} does not archive v1, so nothing was done")
    assert "archive_existing_versions=False" in message
    send(api.reviewer, "POST", "transition-requests/approve", **approve, archive_existing_versions=False)
    assert set(ModelVersion.objects.values_list("stage", flat=True)) == {"staging"}


def test_what_archives_others_is_approved_as_such_alone(team: Team, api: Callers):
    team.move(team.version(), "staging")
    filed = team.ask(team.version(), archive_incumbents=True)
    approve = {**MOVE, "version": "2"}
    with no_activity():
        status, message = refused(api.reviewer, "transition-requests/approve", **approve, archive_existing_versions=False)
    assert (status, message.split(",")[0]) == (409, f"Request {filed.pk} archives v1")
    send(api.reviewer, "POST", "transition-requests/approve", **approve, archive_existing_versions=True)
    assert list(ModelVersion.objects.order_by("number").values_list("stage", flat=True)) == ["archived", "staging"]


def test_where_there_is_nobody_to_archive_both_mean_the_same(team: Team, api: Callers):
    team.ask(team.version())
    send(api.reviewer, "POST", "transition-requests/approve", **MOVE, archive_existing_versions=True)
    assert ModelVersion.objects.get().stage == "staging"


def test_who_approves_decides_on_what_they_read(team: Team, api: Callers, monkeypatch: pytest.MonkeyPatch):
    """An edit that slips in between the reading and the lock voids the approval, as it does on the pages."""
    version = team.version()
    team.ask(version)
    monkeypatch.setattr(transitions, "_check_archives", lambda *args, **options: team.edit(version, metrics={"auc": 0.1}))
    status, message = refused(api.reviewer, "transition-requests/approve", **MOVE, archive_existing_versions=False)
    assert (status, "was edited after you opened this" in message) == (409, True)
    assert ModelVersion.objects.get().stage == "unassigned"
    assert not Review.objects.exists()


def test_a_caller_is_told_who_they_are(team: Team, api: Callers):
    def me(who: Api) -> Any:
        return who.get("/api/2.0/preview/scim/v2/Me")

    assert me(api.engineer).json() == {
        "id": str(team.engineer.pk), "userName": "engineer", "displayName": "Engineer", "active": True,
        "emails": [{"value": "engineer@example.org", "type": "work", "primary": True}],
    }  # fmt: skip
    assert me(api.stranger).json()["userName"] == "stranger"
    assert (me(api.service).json()["userName"], me(api.service).json()["emails"]) == ("bot", [])
    assert me(api.nobody).status_code == 401


@pytest.mark.parametrize("creator", ["engineer", "Engineer@example.org"])
def test_a_request_is_cancelled_by_body_and_by_query(team: Team, api: Callers, creator: str):
    version = team.version()
    team.ask(version)
    with one_activity("stage_change.revoked"):
        done = send(api.engineer, "DELETE", "transition-requests/delete", **MOVE, creator=creator, comment="No more.")["activity"]
    assert (done["activity_type"], done["comment"]) == ("CANCELLED_REQUEST", "No more.")
    team.ask(version)
    with one_activity("stage_change.revoked"):
        assert (
            api.engineer.send("DELETE", f"{PREFIX}/transition-requests/delete", {**MOVE, "creator": creator}).status_code == 200
        )


def test_a_direct_transition_keeps_its_comment_and_tells_of_the_version(team: Team, api: Callers):
    team.policy("development", 0)
    team.version()
    with activities("stage_change.requested", "stage_change.applied") as lines:
        moved = send(
            api.engineer, "POST", "databricks/model-versions/transition-stage", **{**MOVE, "stage": "Development"}, comment="Go.",
            archive_existing_versions=False,
        )["model_version_databricks"]  # fmt: skip
    assert {line.via for line in lines} == {"databricks"}
    assert StageChangeRequest.objects.get().comment == "Go."
    assert (moved["current_stage"], moved["user_id"], moved["open_requests"]) == ("Development", "engineer", [])
    assert moved["permission_level"] == "CAN_MANAGE"


def test_a_request_that_needs_nobody_took_effect_when_it_was_made(team: Team, api: Callers):
    team.policy("staging", 0)
    team.version()
    filed = send(api.engineer, "POST", "transition-requests/create", **MOVE)["request"]
    assert filed["available_actions"] == []
    assert ModelVersion.objects.get().stage == "staging"


def test_a_model_says_what_its_viewer_may(team: Team, api: Callers):
    def level(who: Api) -> str:
        model = send(who, "GET", "databricks/registered-models/get", name="churn")["registered_model_databricks"]
        assert (model["id"], model["user_id"]) == (str(team.model.pk), "engineer")
        return str(model["permission_level"])

    edits, manages = "CAN_MANAGE_PRODUCTION_VERSIONS", "CAN_MANAGE"
    people = (api.viewer, api.reviewer, api.engineer, api.admin)
    assert [level(who) for who in people] == ["CAN_READ", edits, manages, manages]
    team.let_in(team.viewer, Role.EDITOR)
    team.let_in(team.reviewer, Role.ADMIN)
    assert [level(who) for who in people] == [edits, manages, manages, manages]


def test_models_are_listed_page_by_page(team: Team, api: Callers):
    send(api.engineer, "POST", "registered-models/create", name="fraud")
    first = send(api.viewer, "GET", "registered-models/list", max_results=1)
    rest = send(api.viewer, "GET", "registered-models/list", max_results=1, page_token=first["next_page_token"])
    assert [model["name"] for page in (first, rest) for model in page["registered_models"]] == ["churn", "fraud"]
    assert "next_page_token" not in rest


def test_the_configuration_is_empty_and_open_to_all_and_never_counted(api: Callers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(BurstThrottle, "THROTTLE_RATES", {"user": "1/min", "anon": "1/min"})
    for path in ("/.well-known/databricks-config", "/w/default/.well-known/databricks-config"):
        for _ in range(3):
            response = api.nobody.get(path)
            assert (response.status_code, response.json()) == (200, {})


def test_requests_of_a_version_are_read_in_the_same_number_of_queries_whatever_was_asked_before(team: Team, api: Callers):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            send(api.viewer, "GET", "transition-requests/list", name="churn", version="1")
        return len(asked)

    version = team.version()
    team.ask(version)
    queries()
    first = queries()
    team.reject(StageChangeRequest.objects.get())
    team.ask(version)
    assert queries() == first


def test_the_log_names_the_door(team: Team, api: Callers):
    other = make_team("vision", "-vision")
    filed = other.ask(other.version())
    response = Callers(other).reviewer.post(f"/w/vision{PREFIX}/transition-requests/approve", MOVE)
    assert response.status_code == 200
    assert Activity.objects.get(verb="stage_change.applied", request_id=filed.pk).via == "databricks"
