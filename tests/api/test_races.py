"""Several at once, with threads and connections of their own: one wins, and the others are told."""

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from registry.models import ModelVersion, RegisteredModel
from tests.api.conftest import MODEL, Api, problem, token_of
from tests.cast import make_team

VERSIONS = f"{MODEL}/versions"
MODELS = "/api/v1/workspaces/default/models"
POLICY = "/api/v1/workspaces/default/stages/staging/policy"


def at_once(count: int, send: Any) -> list[Any]:
    """Send from `count` threads, all released together."""
    barrier, answers = threading.Barrier(count), []

    def one(index: int) -> None:
        barrier.wait()
        try:
            answers.append(send(index))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_twelve_at_once_with_one_key_make_one():
    team = make_team()
    api = Api(token_of(team.engineer))
    answers = at_once(12, lambda index: api.post(VERSIONS, {"name": "a"}, Idempotency_Key="k"))
    assert [answer.status_code for answer in answers] == [201] * 12
    assert Counter(answer.get("Idempotent-Replayed") for answer in answers) == {"true": 11, None: 1}
    assert len({answer.content for answer in answers}) == 1
    assert ModelVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twelve_at_once_with_one_name_make_one_and_the_others_are_told():
    team = make_team()
    api = Api(token_of(team.engineer))
    answers = at_once(12, lambda index: api.post(MODELS, {"name": "same"}))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 11}
    assert {problem(answer) for answer in answers if answer.status_code == 409} == {(409, "conflict")}
    assert RegisteredModel.objects.filter(name="same").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("method", "path", "field", "values"),
    [
        ("PATCH", MODEL, "description", "abcdef"),
        ("PATCH", MODEL, "archived", [True] * 6),
        ("PATCH", f"{VERSIONS}/1", "description", "abcdef"),
        ("PUT", POLICY, "expires_after_days", range(2, 8)),
    ],
)
def test_six_at_once_that_change_what_they_read_are_one_change(method: str, path: str, field: str, values: Any):
    team = make_team()
    team.version()
    api = Api(token_of(team.admin))
    etag = api.get(path)["ETag"]
    answers = at_once(6, lambda index: api.send(method, path, {field: values[index]}, If_Match=etag))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 5}
    assert {problem(answer)[1] for answer in answers if answer.status_code == 412} == {"precondition-failed"}
    (winner,) = (answer for answer in answers if answer.status_code == 200)
    assert api.get(path)["ETag"] == winner["ETag"] != etag
