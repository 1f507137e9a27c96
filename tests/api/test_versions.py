"""Model versions over HTTP."""

from datetime import datetime

import pytest

from activity.models import Activity
from registry.models import ModelVersion
from registry.serializers import VersionSerializer
from tests.api.conftest import MODEL, Callers, fields, problem
from tests.cast import Team

FULL = {
    "name": "v1.0.0",
    "description": "First.",
    "artifact_uri": "s3://models/churn/1",
    "artifact_digest": "sha256:" + "ab" * 32,
    "metrics": {"ImageNet-1K/acc@1": 80.858, "count": 3},
    "parameters": {"depth": 6, "nested": {"a": [1, None, True]}},
    "attributes": {"team": "risk"},
    "labels": ["tabular", "eu"],
    "run_url": "https://runs.example.org/1",
}


def test_registering_answers_the_version_with_its_address_and_etag(api: Callers, team: Team):
    response = api.engineer.post(f"{MODEL}/versions", FULL)
    version = ModelVersion.objects.get()
    assert response.status_code == 201
    assert response["Location"] == f"http://testserver{MODEL}/versions/1"
    assert response["ETag"] == '"1"'
    assert response.json() == FULL | {
        "labels": ["eu", "tabular"], "workspace": "default", "model": "churn", "number": 1, "stage": "unassigned", "lock": "open",
        "created_by": "engineer", "content_edited_by": "engineer", "pending_request": None, "revision": 1,
        "created_at": _text(version.created_at), "occurred_at": None, "updated_at": _text(version.updated_at),
        "url": "http://testserver/w/default/models/churn/versions/1",
    }  # fmt: skip


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def test_registering_needs_nothing_but_a_model(api: Callers, team: Team):
    assert api.engineer.post(f"{MODEL}/versions", {}).json()["name"] == "v1"
    assert api.engineer.post(f"{MODEL}/versions").json()["name"] == "v2"


def test_the_list_the_detail_and_the_schema_have_one_shape(api: Callers, team: Team):
    for fields_ in (FULL, {}):
        api.engineer.post(f"{MODEL}/versions", fields_)
    team.ask(ModelVersion.objects.get(number=1))
    listed = api.viewer.get(f"{MODEL}/versions").json()["results"]
    assert listed == [api.viewer.get(f"{MODEL}/versions/{number}").json() for number in (2, 1)]
    assert listed[1]["pending_request"] is not None
    assert set(listed[0]) == set(VersionSerializer().fields)


def test_the_list_is_paged_by_key(api: Callers, team: Team):
    for _ in range(3):
        team.version()
    first = api.viewer.get(f"{MODEL}/versions?limit=2").json()
    assert [row["number"] for row in first["results"]] == [3, 2]
    assert first["previous"] is None
    assert first["next"].startswith(f"http://testserver{MODEL}/versions?")
    team.version()
    second = api.viewer.get(first["next"].removeprefix("http://testserver")).json()
    assert [row["number"] for row in second["results"]] == [1]
    assert second["next"] is None
    back = api.viewer.get(second["previous"].removeprefix("http://testserver")).json()
    assert [row["number"] for row in back["results"]] == [3, 2]


@pytest.mark.parametrize("limit", ["0", "201", "x", "-1", "1.5", "9" * 400])
def test_a_limit_out_of_bounds_is_told(api: Callers, limit: str):
    response = api.viewer.get(f"{MODEL}/versions?limit={limit}")
    assert (problem(response), fields(response)) == ((400, "invalid"), ["limit"])


@pytest.mark.parametrize(
    "cursor", ["x", "%00", "cD1hYmM=", "cD0lMDA=", "bz05OTk5OTk5OQ==", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "é"]
)
def test_a_cursor_that_no_list_gave_is_told(api: Callers, cursor: str):
    assert api.viewer.get(f"{MODEL}/versions?cursor={cursor}").status_code in (200, 400)


def test_find_takes_the_find_language(api: Callers, team: Team):
    team.version(metrics={"auc": 0.9})
    team.version(metrics={"auc": 0.8})
    found = api.viewer.get(f"{MODEL}/versions", QUERY_STRING="").json()
    assert len(found["results"]) == 2
    found = api.viewer.get(f"{MODEL}/versions?find=metrics.auc%20%3E%3D%200.88%20and%20stage%20%3D%3D%20unassigned").json()
    assert [row["number"] for row in found["results"]] == [1]


def test_a_wrong_query_names_the_column_and_what_was_expected(api: Callers):
    response = api.viewer.get(f"{MODEL}/versions?find=stage+%3D%3D+stagin")
    assert problem(response) == (400, "invalid")
    body = response.json()
    stages = ["unassigned", "development", "staging", "production", "archived"]
    assert (body["column"], body["expected"], fields(response)) == (10, stages, ["find"])
    assert body["detail"] == f"Column 10: There is no stage “stagin”; did you mean staging? There are: {', '.join(stages)}."


def test_editing_changes_what_was_sent_and_nothing_else(api: Callers, team: Team):
    api.engineer.post(f"{MODEL}/versions", FULL)
    before = api.viewer.get(f"{MODEL}/versions/1").json()
    response = api.engineer.patch(f"{MODEL}/versions/1", {"description": "Better.", "metrics": {"count": 4}}, If_Match='"1"')
    assert response.status_code == 200
    assert response["ETag"] == '"2"'
    changed = {"description": "Better.", "metrics": {"count": 4}, "revision": 2, "updated_at": response.json()["updated_at"]}
    assert response.json() == before | changed == api.viewer.get(f"{MODEL}/versions/1").json()


def test_an_edit_that_changes_nothing_writes_nothing(api: Callers, team: Team):
    team.version()
    lines = Activity.objects.count()
    assert api.engineer.patch(f"{MODEL}/versions/1", {}).json()["revision"] == 1
    assert Activity.objects.count() == lines


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"stage": "production"}, "stage"),
        ({"lock": "closed"}, "lock"),
        ({"colour": "red"}, "colour"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"description": "a\u0000b"}, "description"),
        ({"metrics": {"auc": "0.9"}}, "metrics"),
        ({"metrics": [1]}, "metrics"),
        ({"metrics": {"auc": 10**400}}, "metrics"),
        ({"metrics": {"a\u0000": 1}}, "metrics"),
        ({"parameters": {"a": 2**60}}, "parameters"),
        ({"attributes": {"a": "\u0000"}}, "attributes"),
        ({"labels": "x"}, "labels"),
        ({"labels": [1]}, "labels"),
        ({"labels": ["a,b"]}, "labels"),
        ({"artifact_digest": "md5:1"}, "artifact_digest"),
        ({"artifact_uri": "x" * 2001}, "artifact_uri"),
        ({"run_url": "javascript:alert(1)"}, "run_url"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_field_that_cannot_be_taken_is_named(api: Callers, team: Team, method: str, body: dict[str, object], field: str):
    if (method, body) == ("POST", {"name": " "}):
        body = {"name": "\t"}
    team.version()
    path = f"{MODEL}/versions" + ("/1" if method == "PATCH" else "")
    response = api.engineer.send(method, path, body)
    assert (problem(response), fields(response)) == ((400, "invalid"), [field])
    assert ModelVersion.objects.get().revision == 1


def test_a_name_is_taken_once(api: Callers, team: Team):
    team.version(name="best")
    response = api.engineer.post(f"{MODEL}/versions", {"name": "best"})
    assert (problem(response), fields(response)) == ((409, "conflict"), ["name"])


def test_content_stays_what_was_approved(api: Callers, team: Team):
    team.policy("production", 1)
    team.move(team.version(artifact_uri="s3://a"), "production")
    response = api.engineer.patch(f"{MODEL}/versions/1", {"artifact_uri": "s3://b"})
    assert (problem(response), response.json()["fields"]) == ((409, "protected"), ["artifact_uri"])


def test_deleting_answers_nothing_and_the_number_is_not_used_again(api: Callers, team: Team):
    team.version()
    response = api.engineer.delete(f"{MODEL}/versions/1", If_Match='"1"')
    assert (response.status_code, response.content) == (204, b"")
    assert problem(api.engineer.get(f"{MODEL}/versions/1")) == (404, "not-found")
    assert api.engineer.get(f"{MODEL}/versions").json()["results"] == []
    assert api.engineer.post(f"{MODEL}/versions").json()["number"] == 2


def test_what_was_in_production_cannot_be_deleted(api: Callers, team: Team):
    team.move(team.version(), "production", "archived")
    assert problem(api.admin.delete(f"{MODEL}/versions/1")) == (409, "protected")


def test_a_lock_binds_until_an_admin_lowers_it(api: Callers, team: Team):
    team.version()
    assert api.engineer.post(f"{MODEL}/versions/1/lock", {"level": "closed"}).json()["lock"] == "closed"
    assert problem(api.engineer.post(f"{MODEL}/versions/1/lock", {"level": "open"})) == (403, "forbidden")
    locked = api.engineer.patch(f"{MODEL}/versions/1", {"metrics": {"a": 1}})
    assert (problem(locked), locked.json()["lock_level"]) == ((409, "version-locked"), "closed")
    assert api.engineer.patch(f"{MODEL}/versions/1", {"description": "x"}).status_code == 200
    assert problem(api.engineer.delete(f"{MODEL}/versions/1")) == (409, "version-locked")
    assert api.admin.post(f"{MODEL}/versions/1/lock", {"level": "open"}).json()["lock"] == "open"
    assert fields(api.admin.post(f"{MODEL}/versions/1/lock", {"level": "ajar"})) == ["level"]
    assert fields(api.admin.post(f"{MODEL}/versions/1/lock", {})) == ["level"]


def test_a_viewer_reads_and_changes_nothing(api: Callers, team: Team):
    team.version()
    for method, path, body in [
        ("POST", f"{MODEL}/versions", {}), ("PATCH", f"{MODEL}/versions/1", {}), ("DELETE", f"{MODEL}/versions/1", None),
        ("POST", f"{MODEL}/versions/1/lock", {"level": "redact"}),
    ]:  # fmt: skip
        response = api.viewer.send(method, path, body)
        assert (problem(response), response.json()["needed"]) == ((403, "forbidden"), "editor")
