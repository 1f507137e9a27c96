"""Registered models over HTTP."""

from urllib.parse import quote

import pytest

from activity.models import Activity
from registry.models import RegisteredModel
from tests.api.conftest import MODEL, Callers, fields, problem
from tests.cast import Team

MODELS = "/api/v1/workspaces/default/models"


def names(api: Callers, query: str) -> list[str]:
    response = api.viewer.get(f"{MODELS}?{query}")
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()["results"]]


def test_a_model_shows_its_versions_by_stage_and_who_is_in_production(api: Callers, team: Team):
    first = team.move(team.version(), "production")
    team.ask(team.version())
    since = first.assignments.get().entered_at.isoformat().replace("+00:00", "Z")
    body = api.viewer.get(MODEL).json()
    row = RegisteredModel.objects.get()
    assert body == {
        "workspace": "default", "name": "churn", "description": "Who leaves.", "readme": "", "labels": [], "owner": "engineer",
        "private": False, "metric_directions": {},
        "archived": False, "versions_by_stage": {"production": 1, "unassigned": 1},
        "in_production": [{"version": 1, "name": "v1", "since": since, "stage": "production"}], "pending_requests": 1,
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"), "revision": row.revision,
        "updated_at": row.updated_at.isoformat().replace("+00:00", "Z"), "url": "http://testserver/w/default/models/churn",
    }  # fmt: skip
    del body["readme"], body["metric_directions"]
    assert api.viewer.get(MODELS).json() == {"results": [body], "next": None, "previous": None}


@pytest.mark.parametrize("name", ["resnet50", "a b", "v1.2", "übung", "a&b=c;d", "x" * 250, "@+'()*!~", "模型", "-", 'a"b'])
def test_any_name_that_is_allowed_has_an_address(api: Callers, name: str):
    made = api.engineer.post(MODELS, {"name": name, "readme": "# Hello", "labels": ["b", "a"], "description": " x "})
    assert made.status_code == 201
    assert made["Location"] == f"http://testserver{MODELS}/{quote(name, safe='')}"
    path = made["Location"].removeprefix("http://testserver")
    assert api.viewer.get(path).json() == made.json()
    assert (made.json()["name"], made.json()["labels"], made.json()["description"]) == (name, ["a", "b"], " x ")
    assert api.engineer.patch(path, {"description": "y"}, If_Match=made["ETag"]).json()["description"] == "y"
    assert api.engineer.delete(path).status_code == 204


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "a/b", "a\\b", "a:b", "a?b", "a#b", "a%b", "a\nb", "x" * 251, 5, None, ["a"]]
)
def test_a_name_that_is_not_allowed_is_told(api: Callers, name: object):
    response = api.engineer.post(MODELS, {"name": name})
    assert (problem(response), fields(response)) == ((400, "invalid"), ["name"])


def test_a_name_is_taken_once(api: Callers):
    assert problem(api.engineer.post(MODELS, {"name": "churn"})) == (409, "conflict")


def test_filters_narrow_the_list(api: Callers, team: Team):
    for name, labels in (("alpha", ["eu"]), ("beta", ["eu", "pii"])):
        api.reviewer.post(MODELS, {"name": name, "labels": labels, "description": f"about {name.upper()} 100%_"})
    team.move(team.version(), "staging")
    team.ask(team.version())
    assert names(api, "") == ["alpha", "beta", "churn"]
    assert names(api, "stage=staging") == ["churn"]
    assert names(api, "stage=production") == []
    assert names(api, "pending=true") == ["churn"]
    assert names(api, "pending=false") == ["alpha", "beta"]
    assert names(api, "label=eu") == ["alpha", "beta"]
    assert names(api, "label=pii&owner=reviewer") == ["beta"]
    assert names(api, "label=e") == []
    assert names(api, "owner=nobody") == []
    assert names(api, "q=ALPH") == ["alpha"]
    assert names(api, "q=100%25_") == ["alpha", "beta"]
    assert names(api, "q=_%25") == []
    assert names(api, "q=&label=") == ["alpha", "beta", "churn"]
    assert names(api, "archived=true") == []


def test_the_list_goes_on_by_name(api: Callers):
    for name in ("alpha", "éclair", "zeta"):
        api.engineer.post(MODELS, {"name": name})
    seen, path = [], f"{MODELS}?limit=1"
    while path:
        page = api.viewer.get(path).json()
        seen += [row["name"] for row in page["results"]]
        path = (page["next"] or "").removeprefix("http://testserver")
    assert sorted(seen) == sorted(["alpha", "churn", "zeta", "éclair"])


@pytest.mark.parametrize(
    ("query", "field"), [("stage=nowhere", "stage"), ("pending=maybe", "pending"), ("q=%00", "q"), ("limit=x", "limit"),
                         ("label=a&label=b", "label"), ("page=2", "page"), ("format=json", "format")],
)  # fmt: skip
def test_a_wrong_or_unknown_parameter_is_named(api: Callers, query: str, field: str):
    response = api.viewer.get(f"{MODELS}?{query}")
    assert (problem(response), fields(response)) == ((400, "invalid"), [field])


def test_an_edit_changes_what_was_sent(api: Callers, team: Team):
    response = api.engineer.patch(MODEL, {"description": "New.", "labels": ["x"], "owner": "reviewer"}, If_Match='"1"')
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    body = response.json()
    assert (body["description"], body["labels"], body["owner"], body["readme"]) == ("New.", ["x"], "reviewer", "")


def test_only_an_admin_renames(api: Callers):
    assert problem(api.engineer.patch(MODEL, {"name": "leavers"})) == (403, "forbidden")
    renamed = api.admin.patch(MODEL, {"name": "leavers"})
    assert renamed.json()["url"] == "http://testserver/w/default/models/leavers"
    assert problem(api.admin.get(MODEL)) == (404, "not-found")


def test_a_model_is_put_away_and_taken_out_again(api: Callers, team: Team):
    away = api.engineer.patch(MODEL, {"archived": True, "description": "Old."}).json()
    assert (away["archived"], away["description"]) == (True, "Old.")
    assert names(api, "archived=true") == ["churn"]
    assert problem(api.engineer.patch(MODEL, {"description": "x"})) == (409, "conflict")
    assert problem(api.engineer.post(f"{MODEL}/versions", {})) == (409, "conflict")
    assert problem(api.engineer.patch(MODEL, {"archived": False})) == (403, "forbidden")
    back = api.admin.patch(MODEL, {"archived": False, "description": "New."}).json()
    assert (back["archived"], back["description"]) == (False, "New.")
    verbs = list(Activity.objects.order_by("-id").values_list("verb", flat=True)[:4])
    assert verbs == ["model.edited", "model.unarchived", "model.archived", "model.edited"]


def test_what_holds_a_protected_stage_is_neither_archived_nor_deleted(api: Callers, team: Team):
    team.move(team.version(), "staging")
    assert problem(api.engineer.patch(MODEL, {"archived": True})) == (409, "protected")
    assert problem(api.admin.delete(MODEL)) == (409, "protected")


@pytest.mark.parametrize(
    ("body", "field"),
    [({"owner": "viewer"}, "owner"), ({"owner": "stranger"}, "owner"), ({"owner": "bot"}, "owner"), ({"archived": "yes"}, "archived"),
     ({"labels": [" "]}, "labels"), ({"stage": "x"}, "stage"), ({"readme": None}, "readme"), ({"description": "\u0007"}, "description")],
)  # fmt: skip
def test_a_field_that_cannot_be_taken_is_named(api: Callers, body: dict[str, object], field: str):
    response = api.admin.patch(MODEL, body)
    assert (problem(response), fields(response)) == ((400, "invalid"), [field])


def test_an_old_etag_changes_nothing(api: Callers):
    api.engineer.patch(MODEL, {"description": "One."})
    for headers in ({"If_Match": '"1"'}, {"If_Match": 'W/"2"'}, {"If_Match": '"x", "3"'}, {"If_Match": "2"}, {"If_Match": ""}):
        for response in (api.admin.patch(MODEL, {"archived": True}, **headers), api.admin.delete(MODEL, **headers)):
            assert problem(response) == (412, "precondition-failed")
    assert api.engineer.patch(MODEL, {"description": "Two."}, If_Match='"7", "2"').json()["revision"] == 3
    assert api.engineer.patch(MODEL, {"description": "Three."}, If_Match="*").json()["revision"] == 4


def test_a_viewer_changes_nothing(api: Callers):
    assert problem(api.viewer.post(MODELS, {"name": "x"})) == (403, "forbidden")
    assert problem(api.viewer.patch(MODEL, {"description": "x"})) == (403, "forbidden")
    assert problem(api.viewer.patch(MODEL, {"archived": True})) == (403, "forbidden")
    assert problem(api.viewer.delete(MODEL)) == (403, "forbidden")
