"""A private model, seen through the API by a member who is not let in: nowhere. And the API of who is."""

from typing import Any

import pytest

from accounts.models import Role
from activity.models import Activity
from registry.models import Collaborator, RegisteredModel
from tests.api.conftest import Api, Callers, problem
from tests.api.test_visibility import BODIES, OPERATIONS, address
from tests.cast import Team
from tests.private import NAME, a_private_model

W = "/api/v1/workspaces"
COLLABORATORS = f"{W}/default/models/churn/collaborators"
LISTS = [
    "/api/v1/me", W, f"{W}/default", f"{W}/default/models", f"{W}/default/models?q=a", f"{W}/default/models?archived=false",
    f"{W}/default/models?pending=true", f"{W}/default/models?stage=production", f"{W}/default/models?label={NAME}",
    "/api/v1/stage-change-requests", "/api/v1/stage-change-requests?status=pending&awaiting=me",
    "/api/v1/stage-change-requests?to_be_reviewed=true", f"/api/v1/stage-change-requests?model={NAME}",
    "/api/v1/activities?verb=stage_change", "/api/v1/activities?verb=model_version", f"/api/v1/activities?model={NAME}",
    "/api/v1/activities?verb=model&format=jsonl", "/api/v1/activities?verb=stage_change&format=csv", "/api/v1/insights",
    f"/api/v1/insights?model={NAME}", "/api/v1/insights?format=csv&table=versions_per_stage",
    "/api/v1/insights?format=csv&table=age_of_pending", "/api/v1/insights?format=csv&table=changes_applied",
]  # fmt: skip


def everything(api: Api) -> dict[str, Any]:
    """What each list answers."""
    answers = {}
    for path in LISTS:
        response: Any = api.get(path)
        assert response.status_code == 200, path
        answers[path] = b"".join(response) if response.streaming else response.content
    return answers


def test_lists_counts_totals_exports_and_figures_are_the_same_as_without_it(api: Callers, team: Team):
    team.policy("production", 1, break_glass_roles=["editor"])
    team.ask(team.version())
    before = everything(api.reviewer)
    lines = Activity.objects.count()
    a_private_model(team)
    assert Activity.objects.count() > lines + 15
    after = everything(api.reviewer)
    assert {path: body for path, body in after.items() if body != before[path]} == {}
    insiders = everything(api.engineer)
    assert sum(NAME in body.decode() for body in insiders.values()) >= 10


def test_every_address_of_it_is_404_and_told_like_one_that_is_not_there(api: Callers, team: Team):
    there = a_private_model(team)
    place = {"<slug:kind>/<str:key>": "person/reviewer", "<slug:ws>": "default", "<int:number>": str(there["number"])}
    place |= {"<path:tag>": "team", "<str:alias>": "champion"}
    lines, tried = Activity.objects.count(), 0
    for method, name, route in OPERATIONS:
        if "<str:name>" not in route and not route.startswith("stage-change-requests/<int:pk>"):
            continue
        answers = [
            api.reviewer.send(method.upper(), address(route, place | {"<str:name>": model, "<int:pk>": pk}), BODIES.get(name))
            for model, pk in ((NAME, str(there["pk"])), ("gnu", "99999"))
        ]
        assert [problem(answer) for answer in answers] == [(404, "not-found")] * 2, f"{method} {name}"
        told = [answer.json()["detail"] for answer in answers]
        assert told[0].replace(NAME, "gnu").replace(str(there["pk"]), "99999") == told[1], f"{method} {name}"
        tried += 1
    assert tried >= 28
    assert Activity.objects.count() == lines


def test_it_is_decided_on_by_nobody_who_does_not_see_it(api: Callers, team: Team):
    pk = a_private_model(team)["pk"]
    (result,) = api.reviewer.post("/api/v1/stage-change-requests/bulk", {"action": "approve", "ids": [pk]}).json()["results"]
    assert (result["done"], result["problem"]["code"]) == (False, "not-found")
    (needs, *_) = api.engineer.get(f"/api/v1/stage-change-requests/{pk}").json()["requirements"]
    assert needs["eligible"] == ["admin", "second_reviewer", "viewer"]


def test_names_of_lines_of_a_hidden_model_cannot_be_guessed_by_number(api: Callers, team: Team):
    a_private_model(team)
    hidden = Activity.objects.filter(model_id=team.model.pk).values_list("pk", flat=True)
    rows = api.reviewer.get("/api/v1/activities?limit=200").json()["results"]
    assert not {row["id"] for row in rows} & set(hidden)


def test_collaborators_are_set_changed_listed_and_taken_off(api: Callers, team: Team):
    team.group("risk", team.viewer)
    set_ = api.admin.put(f"{COLLABORATORS}/person/viewer", {"role": "editor"})
    assert set_.status_code == 200
    assert {name: set_.json()[name] for name in ("kind", "id", "name", "role", "given_by")} == {
        "kind": "person", "id": "viewer", "name": "Viewer", "role": "editor", "given_by": "admin",
    }  # fmt: skip
    assert api.engineer.put(f"{COLLABORATORS}/group/risk", {"role": "viewer"}).json()["id"] == "risk"
    assert api.admin.put(f"{COLLABORATORS}/person/viewer", {"role": "viewer"}).json()["role"] == "viewer"
    rows = api.viewer.get(COLLABORATORS).json()["results"]
    assert [(row["kind"], row["id"], row["role"]) for row in rows] == [
        ("person", "viewer", "viewer"),
        ("group", "risk", "viewer"),
    ]
    assert api.engineer.delete(f"{COLLABORATORS}/group/risk").status_code == 204
    assert api.viewer.delete(f"{COLLABORATORS}/person/viewer").status_code == 204
    assert not Collaborator.objects.exists()


@pytest.mark.parametrize("place", ["person/nobody", "group/nobody", "thing/viewer", "person/stranger"])
def test_whoever_is_not_there_is_no_collaborator(api: Callers, place):
    assert problem(api.admin.put(f"{COLLABORATORS}/{place}", {"role": "viewer"})) == (404, "not-found")
    assert problem(api.admin.delete(f"{COLLABORATORS}/{place}")) == (404, "not-found")


def test_who_leads_a_model_makes_it_private_by_an_edit_of_what_they_read(api: Callers, team: Team):
    path = f"{W}/default/models/churn"
    etag = api.engineer.get(path)["ETag"]
    assert problem(api.reviewer.patch(path, {"private": True})) == (403, "forbidden")
    changed = api.engineer.patch(path, {"private": True, "labels": ["x"]}, If_Match=etag)
    assert (changed.status_code, changed.json()["private"], changed.json()["labels"]) == (200, True, ["x"])
    stale = api.engineer.patch(path, {"private": False}, If_Match=etag)
    assert problem(stale) == (412, "precondition-failed")
    assert problem(api.reviewer.patch(path, {"private": False})) == (404, "not-found")
    assert RegisteredModel.objects.get().private


def test_a_model_is_registered_private_with_what_its_metrics_mean(api: Callers, team: Team):
    body = {"name": "secret", "private": True, "metric_directions": {"cost": "lower"}}
    made = api.engineer.post(f"{W}/default/models", body)
    assert (made.status_code, made.json()["private"], made.json()["metric_directions"]) == (201, True, {"cost": "lower"})
    assert problem(api.reviewer.get(f"{W}/default/models/secret")) == (404, "not-found")
    assert api.admin.get(f"{W}/default/models/secret").status_code == 200


def test_an_owner_hands_the_model_on(api: Callers, team: Team):
    path = f"{W}/default/models/churn"
    assert problem(api.reviewer.patch(path, {"owner": "reviewer"})) == (403, "forbidden")
    assert api.engineer.patch(path, {"owner": "reviewer", "private": True}).json()["owner"] == "reviewer"
    assert problem(api.engineer.get(path)) == (404, "not-found")
    team.let_in(team.engineer, Role.VIEWER)
    assert api.engineer.get(path).status_code == 200
