"""The state tables once more, over HTTP; and who makes room, as the API tells it."""

import pytest

from tests.api.conftest import MODEL, REQUESTS, Callers
from tests.cast import Team, make_team
from tests.slots import TABLES, Row, standing

LETTER = {"staging": "S", "production": "P"}


def do(api: Callers, what: str, *arguments: object) -> str:
    """Do a row's deed over HTTP; the code where it is refused."""
    if what == "create":
        response = api.engineer.post(f"{MODEL}/versions", {})
    elif what == "delete":
        response = api.engineer.delete(f"{MODEL}/versions/{arguments[0]}")
    else:
        response = api.engineer.post(f"{MODEL}/versions/{arguments[0]}/stage-change-requests", {"to_stage": arguments[1]})
        if response.status_code == 201:
            response = api.reviewer.post(f"{REQUESTS}/{response.json()['id']}/approve", {})
    return "" if response.status_code < 300 else str(response.json()["code"])


def check(api: Callers, team: Team, row: Row) -> None:
    active = api.viewer.get(f"{MODEL}/active-stages").json()
    held = {key: [holder["version"] for holder in active["stages"][key]] for key in row.held}
    assert (row.do, held, active["archived"], standing(team)) == (row.do, row.held, row.archived, row.stages)
    listed = api.viewer.get(f"{MODEL}/versions").json()["results"]
    assert {version["number"]: version["stage"] for version in listed} == {
        number: stage for number, stage in enumerate(row.stages, 1) if stage
    }
    if row.history:
        entries = api.viewer.get(f"{MODEL}/stage-history").json()["results"]
        told = " ".join(f"{entry['version']}{LETTER[entry['stage']]}" for entry in entries if entry["stage"] in LETTER)
        assert (row.do, told) == (row.do, row.history)


@pytest.mark.parametrize("preset", TABLES)
def test_every_row_of_the_state_tables_over_http(db, preset):
    rows, versions = TABLES[preset]
    team = make_team(preset=preset)
    api = Callers(team)
    for _ in range(versions):
        do(api, "create")
    for row in rows:
        assert (row.do, do(api, *row.do)) == (row.do, row.refused)
        check(api, team, row)


def test_who_makes_room_is_told_while_the_request_waits(db):
    team = make_team(preset="chariot")
    api = Callers(team)
    team.move(team.version(), "production")
    team.version()
    path = f"{MODEL}/versions/2/stage-change-requests"
    body = api.engineer.post(path, {"to_stage": "production"}).json()
    assert body["incumbents"] == [{"version": 1, "name": "v1", "becomes": "archived"}]
    ended = api.reviewer.post(f"{REQUESTS}/{body['id']}/approve", {"digest": body["digest"]}).json()
    assert (ended["status"], ended["incumbents"]) == ("applied", [])


def test_holders_can_be_moved_out_once(api: Callers, team: Team):
    team.move(team.version(), "staging")
    team.version()
    path = f"{MODEL}/versions/2/stage-change-requests"
    body = api.engineer.post(path, {"to_stage": "staging", "archive_incumbents": True}).json()
    assert (body["archive_incumbents"], body["incumbents"]) == (True, [{"version": 1, "name": "v1", "becomes": "archived"}])
    assert standing(team) == ["staging", "unassigned"]
    api.reviewer.post(f"{REQUESTS}/{body['id']}/approve", {})
    assert standing(team) == ["archived", "staging"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_requests_takes_the_same_queries_however_many_make_room(db, count, django_assert_num_queries):
    team = make_team(preset="chariot")
    api = Callers(team)
    team.move(team.version(), "staging")
    for _ in range(count):
        team.ask(team.version(), "staging")
    assert api.viewer.get(REQUESTS).status_code == 200
    with django_assert_num_queries(8):
        results = api.viewer.get(f"{REQUESTS}?status=pending").json()["results"]
    assert [row["incumbents"] for row in results] == [[{"version": 1, "name": "v1", "becomes": "unassigned"}]] * count
