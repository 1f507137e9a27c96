"""Who may come in where: every address of the API, tried by nobody, a stranger and a viewer. A new address shows up by itself."""

from collections.abc import Container, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.urls import URLPattern

from accounts.models import Role
from activity import clock
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.services import add_comment
from imports.models import Import
from notifications.matching import queue
from notifications.models import Delivery
from notifications.services import create_webhook
from registry.models import Proposal
from tests.api.conftest import Api, Callers, problem
from tests.cast import Team, caller

METHODS = ("get", "post", "put", "patch", "delete")
PUBLIC = {"api-schema", "api-docs"}
OWN = {
    "api-me",
    "api-delegations",
    "api-delegation",
    "api-tokens",
    "api-token",
    "api-workspaces",
    "api-requests",
    "api-activities",
    "api-insights",
    "api-notices",
    "api-notices-read",
    "api-requests-bulk",
}
# What a viewer may do besides reading: leave, and deal with tokens and delegations of their own.
VIEWERS_OWN = {
    ("delete", "api-member"), ("post", "api-tokens"), ("delete", "api-token"), ("post", "api-delegations"),
    ("delete", "api-delegation"), ("delete", "api-collaborator"),
    ("delete", "api-delegation"), ("post", "api-notices-read"),
}  # fmt: skip
BODIES = {
    "api-workspaces": {"slug": "mine"},
    "api-workspace": {"title": "Mine"},
    "api-members": {"username": "stranger", "role": "admin"},
    "api-member": {"role": "admin"},
    "api-groups": {"key": "mine"},
    "api-delegations": {"delegate": "viewer", "ends_at": "2099-01-01T00:00:00Z", "reason": "x"},
    "api-collaborator": {"role": "admin"},
    "api-stages": {"name": "Mine"},
    "api-models": {"name": "mine"},
    "api-version-requests": {"to_stage": "staging"},
    "api-version-lock": {"level": "closed"},
    "api-comments": {"body": "x"},
    "api-comment": {"body": "x"},
    "api-request-reject": {"comment": "x"},
    "api-request-comment": {"comment": "x"},
    "api-request-bypass": {"comment": "x"},
    "api-request-checks": {"name": "tests", "status": "passed"},
    "api-requests-bulk": {"action": "approve", "ids": [1]},
    "api-imports": {"kind": "gto", "source": "https://git.example.org/team/models.git"},
    "api-webhooks": {"url": "https://example.com/mine"},
    "api-webhook": {"name": "mine"},
    "api-webhook-redeliver": {"since": "2020-01-01T00:00:00Z"},
    "api-tokens": {"name": "x", "scopes": ["read"]},
    "api-model-tag": {"value": "mine"},
    "api-version-tag": {"value": "mine"},
    "api-alias": {"version": 1},
}


def patterns() -> Iterator[URLPattern]:
    """Every address of the API."""
    for app in ("accounts", "registry", "approvals", "activity", "imports", "insights", "notifications", "config"):
        yield from import_module(f"{app}.api_urls").urlpatterns


def methods(pattern: URLPattern) -> list[str]:
    view = getattr(pattern.callback, "view_class", None)
    return [method for method in METHODS if hasattr(view, method)]


OPERATIONS = [
    (method, str(pattern.name), str(pattern.pattern))
    for pattern in patterns()
    for method in methods(pattern)
    if pattern.name not in PUBLIC
]


@pytest.fixture
def place(team: Team) -> dict[str, str]:
    """What stands in for the parts of an address: all of it is there."""
    request = team.ask(team.version())
    team.move(team.version(), "production")  # what the first is compared with
    team.group("risk", team.viewer)
    team.role(team.reviewer, Role.ADMIN)
    team.policy("archived", 0)
    with unit_of_work():
        comment = add_comment(version_id=request.version_id, body="So?", by=caller(team.engineer))
        webhook, _ = create_webhook(workspace_id=team.workspace.pk, url="https://example.com/x", by=caller(team.admin))
    row = {"workspace": team.workspace, "kind": "gto", "source": "x", "started_by": team.admin, "created_at": clock.now()}
    stopped = Import.objects.create(status="failed", **row)
    queue([(webhook, Activity.objects.latest("pk"))])
    delivery = Delivery.objects.get()
    return {
        "groups/<str:key>": "groups/risk",
        "<slug:kind>/<str:key>": "person/viewer",
        "proposals/<int:pk>": f"proposals/{Proposal.objects.get().pk}",
        "comments/<int:pk>": f"comments/{comment.pk}",
        "imports/<int:pk>": f"imports/{stopped.pk}",
        "webhooks/<int:pk>": f"webhooks/{delivery.webhook_id}",
        "<int:delivery>": str(delivery.pk),
        "<path:tag>": "team",
        "<str:alias>": "champion",
        "<slug:ws>": "default",
        "<str:name>": "churn",
        "<int:number>": "1",
        "<str:username>": "viewer",
        "<str:key>": "staging",
        "<int:pk>": str(request.pk),
    }


def address(route: str, place: dict[str, str]) -> str:
    for part, value in place.items():
        route = route.replace(part, value)
    assert "<" not in route
    return f"/api/v1/{route}"


def sweep(caller: Api, place: dict[str, str], skipped: Container[tuple[str, str]] = ()) -> dict[str, Any]:
    """Send every operation; the answers by operation. None of them may leave a line in the log."""
    lines, answers = Activity.objects.count(), {}
    for method, name, route in OPERATIONS:
        if (method, name) not in skipped:
            answers[f"{method} {name}"] = caller.send(method.upper(), address(route, place), BODIES.get(name))
            assert Activity.objects.count() == lines, f"{method} {name} wrote something"
    return answers


def test_the_sweep_finds_every_operation():
    assert len(OPERATIONS) == 98


def test_nobody_is_let_in_anywhere(api: Callers, place: dict[str, str]):
    refused = {name: problem(response) for name, response in sweep(api.nobody, place).items()}
    assert {name: told for name, told in refused.items() if told != (401, "not-authenticated")} == {}
    assert len(refused) == len(OPERATIONS)


def test_a_stranger_finds_nothing_anywhere_and_cannot_tell_it_from_what_is_not_there(api: Callers, place: dict[str, str]):
    own = {(method, name) for method, name, _ in OPERATIONS if name in OWN}
    elsewhere = place | {
        "<slug:ws>": "elsewhere",
        "<int:pk>": "99999",
        "proposals/<int:pk>": "proposals/99999",
        "imports/<int:pk>": "imports/99999",
        "webhooks/<int:pk>": "webhooks/99999",
    }
    there, nowhere = sweep(api.stranger, place, own), sweep(api.stranger, elsewhere, own)
    assert {name: problem(response) for name, response in there.items()} == dict.fromkeys(there, (404, "not-found"))
    for name, response in there.items():
        told = response.json()["detail"].replace(f"request {place['<int:pk>']}", "request 99999").replace("default", "elsewhere")
        assert (nowhere[name].status_code, nowhere[name].json()["detail"]) == (404, told), name


def test_a_viewer_reads_everything_and_changes_nothing(api: Callers, place: dict[str, str]):
    for name, response in sweep(api.viewer, place, VIEWERS_OWN).items():
        if name.startswith("get") and not ("webhook" in name or "import" in name):  # their addresses may be secrets
            assert response.status_code == 200, name
        elif "bulk" in name:
            assert [row["done"] for row in response.json()["results"]] == [False]
        else:
            assert problem(response)[0] == 403, name


def test_a_stranger_decides_nothing_in_bulk(api: Callers, place: dict[str, str]):
    body = {"action": "approve", "ids": [int(place["<int:pk>"])]}
    (result,) = api.stranger.post("/api/v1/stage-change-requests/bulk", body).json()["results"]
    assert (result["done"], result["problem"]["code"]) == (False, "not-found")


def test_lists_that_span_workspaces_are_empty_for_a_stranger(api: Callers, place: dict[str, str]):
    for path in ("/api/v1/workspaces", "/api/v1/stage-change-requests"):
        assert api.stranger.get(path).json()["results"] == []
