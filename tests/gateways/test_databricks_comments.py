"""Comments on a version through the SDK of Databricks: its shapes, its doors, and who may change what was said."""

from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.caller import Scope
from accounts.models import Role
from accounts.services import set_member
from activity.unit import unit_of_work
from approvals.models import Comment
from approvals.services import add_comment
from registry.models import ModelVersion
from tests.api.conftest import Api, Callers, token_of
from tests.cast import Team, caller, make_team
from tests.log import no_activity, one_activity

PREFIX = "/api/2.0/mlflow/comments"


def send(who: Api, action: str, **values: Any) -> Any:
    """Parameters as the SDK sends them: a deletion's in the query."""
    if action == "delete":
        return who.delete(f"{PREFIX}/delete?{urlencode(values)}")
    return who.send("POST" if action == "create" else "PATCH", f"{PREFIX}/{action}", values)


def refused(response: Any) -> tuple[int, str, str]:
    body = response.json()
    return response.status_code, body["error_code"], body["message"]


def said_by(team: Team) -> Comment:
    """What the engineer said about a new version."""
    version = team.version()
    with unit_of_work():
        return add_comment(version_id=version.pk, body="Wich cohort?", by=caller(team.engineer))


@pytest.fixture
def said(team: Team) -> Comment:
    return said_by(team)


def test_a_comment_has_the_fields_that_the_sdk_reads(team: Team, api: Callers):
    team.version()
    with one_activity("comment.added") as lines:
        made = send(api.engineer, "create", name="churn", version="1", comment="Wich cohort?").json()["comment"]
    assert lines[0].via == "databricks"
    moments = (made.pop("creation_timestamp"), made.pop("last_updated_timestamp"))
    assert (type(moments[0]), moments[0]) == (int, moments[1])
    assert made == {
        "id": str(Comment.objects.get().pk), "comment": "Wich cohort?", "user_id": "engineer",
        "available_actions": ["EDIT_COMMENT", "DELETE_COMMENT"],
    }  # fmt: skip
    with one_activity("comment.edited"):
        edited = send(api.engineer, "update", id=made["id"], comment="Which cohort?").json()["comment"]
    assert (edited["id"], edited["comment"]) == (made["id"], "Which cohort?")
    assert edited["last_updated_timestamp"] >= edited["creation_timestamp"] == moments[0]


def test_a_deletion_comes_by_query_and_by_body(team: Team, api: Callers, said: Comment):
    with one_activity("comment.deleted"):
        assert (send(api.engineer, "delete", id=said.pk).status_code, send(api.engineer, "delete", id=said.pk).status_code) == (
            200,
            404,
        )
    other = said_by(team)
    with one_activity("comment.deleted"):
        assert api.admin.send("DELETE", f"{PREFIX}/delete", {"id": str(other.pk)}).json() == {}
    assert not Comment.objects.filter(deleted_at=None).exists()


@pytest.mark.parametrize("action", ["create", "update", "delete"])
def test_who_may_not_is_told_so_and_writes_nothing(team: Team, api: Callers, said: Comment, action: str):
    values = {"name": "churn", "version": "1", "comment": "x", "id": str(said.pk)}
    with no_activity():
        assert refused(send(api.viewer, action, **values))[:2] == (403, "PERMISSION_DENIED")
        assert refused(send(Api(token_of(team.engineer, Scope.READ)), action, **values))[:2] == (403, "PERMISSION_DENIED")
        assert refused(send(api.nobody, action, **values))[:2] == (401, "UNAUTHENTICATED")
        assert refused(send(Api("swd_gone"), action, **values))[:2] == (401, "UNAUTHENTICATED")
        assert refused(send(api.stranger, action, **values))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
        if action != "create":
            assert refused(send(api.reviewer, action, **values))[:2] == (403, "PERMISSION_DENIED")
    team.hide()
    with no_activity():
        assert refused(send(api.reviewer, action, **values))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")


def test_an_address_that_names_another_workspace_has_no_such_comment(team: Team, api: Callers, said: Comment):
    other = make_team("vision", "-vision")
    with no_activity():
        assert refused(send(Callers(other).admin, "delete", id=said.pk))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    with unit_of_work():
        set_member(workspace_id=other.workspace.pk, user_id=team.engineer.pk, role=Role.EDITOR, by=caller(other.admin))
    with no_activity():
        elsewhere = api.engineer.delete(f"/w/vision{PREFIX}/delete?id={said.pk}")
        assert refused(elsewhere)[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
    assert api.engineer.delete(f"/w/default{PREFIX}/delete?id={said.pk}").status_code == 200


@pytest.mark.parametrize(
    ("action", "values", "told"),
    [
        ("create", {"name": "churn", "version": "1"}, "'comment'"),
        ("create", {"name": "churn", "version": "1", "comment": "  "}, "An empty comment says nothing"),
        ("create", {"name": "churn", "version": "1", "comment": "x" * 10_001}, "the most is 10,000"),
        ("create", {"name": "churn", "version": "x", "comment": "x"}, "got 'x'"),
        ("update", {"comment": "x"}, "'id'"),
        ("update", {"id": "x", "comment": "x"}, "got 'x'"),
        ("update", {"id": "its own", "comment": 7}, "must be a text"),
        ("delete", {}, "'id'"),
    ],
)
def test_what_cannot_be_read_is_told(team: Team, api: Callers, said: Comment, action: str, values: dict[str, Any], told: str):
    with no_activity():
        own = {"id": str(said.pk)} if values.get("id") == "its own" else {}
        status, code, message = refused(send(api.engineer, action, **(values | own)))
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert told in message


def test_what_was_said_about_a_deleted_version_stays(team: Team, api: Callers, said: Comment):
    team.delete(ModelVersion.objects.get())
    team.role(team.reviewer, Role.ADMIN)
    with no_activity():
        for who in (api.engineer, api.reviewer):
            assert refused(send(who, "delete", id=said.pk))[:2] == (404, "RESOURCE_DOES_NOT_EXIST")
