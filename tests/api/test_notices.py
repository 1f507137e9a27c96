"""Notices over the API."""

from typing import Any

import pytest

from notifications.models import Notice
from notifications.outbox import drain
from tests.api.conftest import Callers
from tests.cast import Team

pytestmark = pytest.mark.django_db
PATH = "/api/v1/notices"


def test_a_notice_says_of_what_and_why(api: Callers, team: Team):
    change_request = team.ask(team.version())
    drain()
    (row,) = api.reviewer.get(PATH).json()["results"]
    notice = Notice.objects.get(person=team.reviewer)
    assert {name: value for name, value in row.items() if name != "created_at"} == {
        "id": notice.pk,
        "activity": notice.activity_id,
        "verb": "stage_change.requested",
        "request": change_request.pk,
        "request_url": f"http://testserver/requests/{change_request.pk}",
        "subject": f"request:{change_request.pk}",
        "reason": "decide",
        "because": "your approval would count",
        "read_at": None,
    }


def test_some_or_all_are_marked_as_read(api: Callers, team: Team):
    for _ in range(3):
        team.ask(team.version())
    drain()
    ids = [row["id"] for row in api.reviewer.get(PATH).json()["results"]]
    assert api.reviewer.post(f"{PATH}/read", {"ids": ids[:1]}).json() == {"read": 1}
    assert [row["id"] for row in api.reviewer.get(f"{PATH}?unread=true").json()["results"]] == ids[1:]
    assert [row["id"] for row in api.reviewer.get(f"{PATH}?unread=false").json()["results"]] == ids[:1]
    assert api.reviewer.post(f"{PATH}/read", {}).json() == {"read": 2}
    assert api.reviewer.post(f"{PATH}/read", {}).json() == {"read": 0}


def test_one_reads_ones_own_alone(api: Callers, team: Team):
    team.ask(team.version())
    drain()
    theirs = Notice.objects.get(person=team.admin).pk
    assert api.reviewer.post(f"{PATH}/read", {"ids": [theirs]}).json() == {"read": 0}
    assert api.stranger.get(PATH).json()["results"] == []


@pytest.mark.parametrize("ids", [["x"], [0], "all", [1] * 1001])
def test_ids_are_numbers(api: Callers, ids: Any):
    assert api.reviewer.post(f"{PATH}/read", {"ids": ids}).status_code == 400
