"""Sending twice is wishing once."""

from typing import Any

import pytest

from activity import clock
from activity.models import Activity, StoredAnswer
from activity.tasks import KEPT_KEYS, forget_old_keys
from registry.models import ModelVersion
from tests.api.conftest import MODEL, REQUESTS, Api, Callers, fields, problem
from tests.cast import Team

VERSIONS = f"{MODEL}/versions"
MODELS = "/api/v1/workspaces/default/models"


def test_the_same_key_gives_the_first_answer_again(api: Callers, team: Team):
    first = api.engineer.post(VERSIONS, {"name": "a"}, Idempotency_Key="k")
    api.engineer.patch(f"{VERSIONS}/1", {"description": "Changed since."})
    lines = Activity.objects.count()
    second = api.engineer.post(VERSIONS, {"name": "a"}, Idempotency_Key="k")
    assert (second.status_code, second.json()) == (201, first.json())
    assert (second["ETag"], second["Location"]) == (first["ETag"], first["Location"])
    assert (first.get("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (None, "true")
    assert Activity.objects.count() == lines


def test_the_same_key_with_another_body_is_refused(api: Callers):
    api.engineer.post(VERSIONS, {"name": "a"}, Idempotency_Key="k")
    assert problem(api.engineer.post(VERSIONS, {"name": "b"}, Idempotency_Key="k")) == (422, "idempotency-mismatch")
    assert ModelVersion.objects.count() == 1


def test_only_the_content_of_a_body_counts(api: Callers):
    api.engineer.send("POST", VERSIONS, raw=b'{"name": "a", "labels": ["x"]}', Idempotency_Key="k")
    again = api.engineer.send("POST", VERSIONS, raw=b' {"labels":["x"],"name":"a"}', Idempotency_Key="k")
    assert again["Idempotent-Replayed"] == "true"


def test_a_key_belongs_to_its_caller_and_its_address(api: Callers):
    for caller, path in ((api.engineer, VERSIONS), (api.reviewer, VERSIONS)):
        assert caller.post(path, {}, Idempotency_Key="k").get("Idempotent-Replayed") is None
    assert api.engineer.post(f"{VERSIONS}/1/lock", {"level": "redact"}, Idempotency_Key="k").json()["lock"] == "redact"
    assert api.engineer.post(f"{VERSIONS}/2/lock", {"level": "redact"}, Idempotency_Key="k").json()["number"] == 2


def test_a_refusal_is_not_kept_so_that_one_can_try_again(api: Callers, team: Team):
    request = team.ask(team.version())
    api.engineer.post(f"{VERSIONS}/1/lock", {"level": "redact"})
    path = f"{REQUESTS}/{request.pk}/approve"
    assert problem(api.reviewer.post(path, {}, Idempotency_Key="k")) == (409, "version-locked")
    api.admin.post(f"{VERSIONS}/1/lock", {"level": "open"})
    assert api.reviewer.post(path, {}, Idempotency_Key="k").json()["status"] == "applied"


def test_every_post_heeds_the_key(api: Callers, team: Team):
    team.policy("staging", 2)
    team.version()
    posts: list[tuple[Api, str, Any]] = [
        (api.staff, "/api/v1/workspaces", {"slug": "x"}),
        (api.admin, "/api/v1/workspaces/default/members", {"username": "stranger", "role": "viewer"}),
        (api.engineer, MODELS, {"name": "x"}),
        (api.engineer, VERSIONS, {}),
        (api.engineer, f"{VERSIONS}/1/comments", {"body": "x"}),
        (api.engineer, f"{VERSIONS}/1/stage-change-requests", {"to_stage": "staging"}),
        (api.reviewer, f"{REQUESTS}/1/approve", {}),
        (api.reviewer, f"{REQUESTS}/1/comment", {"comment": "x"}),
        (api.reviewer, f"{REQUESTS}/1/withdraw", {}),
        (api.engineer, f"{REQUESTS}/1/revoke", {}),
        (api.engineer, f"{VERSIONS}/1/lock", {"level": "closed"}),
        (api.engineer, "/api/v1/tokens", {"name": "x", "scopes": ["read"]}),
    ]
    first_id = None
    for caller, address, body in posts:
        path = address.replace("/1/", f"/{first_id}/") if REQUESTS in address else address
        first = caller.post(path, body, Idempotency_Key="k")
        first_id = first_id or (first.json()["id"] if "to_stage" in body else None)
        lines = Activity.objects.count()
        second = caller.post(path, body, Idempotency_Key="k")
        assert second.status_code == first.status_code, (path, first.content)
        assert second["Idempotent-Replayed"] == "true", path
        assert Activity.objects.count() == lines


@pytest.mark.parametrize("key", ["", "k" * 256, "a\tb", "é", "a\x7f"])
def test_a_key_of_another_shape_is_told(api: Callers, key: str):
    response = api.engineer.post(VERSIONS, {}, Idempotency_Key=key)
    assert (problem(response), fields(response)) == ((400, "invalid"), ["Idempotency-Key"])


def test_the_longest_key_and_the_longest_address_do(api: Callers):
    name = "é" * 250
    api.engineer.post(MODELS, {"name": name})
    for _ in range(2):
        assert api.engineer.post(f"{MODELS}/{name}/versions", {}, Idempotency_Key="k" * 255).status_code == 201
    assert ModelVersion.objects.count() == 1


def test_a_key_is_forgotten_after_a_day(api: Callers):
    api.engineer.post(VERSIONS, {}, Idempotency_Key="k")
    StoredAnswer.objects.update(created_at=clock.now() - KEPT_KEYS)
    forget_old_keys()
    assert api.engineer.post(VERSIONS, {}, Idempotency_Key="k").json()["number"] == 2
