"""Who holds which stage, and who held it when."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from activity.moments import rfc3339
from registry.models import StageAssignment
from tests.api.conftest import MODEL, Callers, fields, problem
from tests.cast import Team

ACTIVE = f"{MODEL}/active-stages"
HISTORY = f"{MODEL}/stage-history"


def test_nothing_is_held_at_first(api: Callers):
    nothing: dict[str, list[object]] = {"development": [], "staging": [], "production": [], "archived": []}
    assert api.viewer.get(ACTIVE).json() == {"stages": nothing, "archived": []}
    assert api.viewer.get(HISTORY).json() == {"results": [], "next": None, "previous": None}


def test_active_stages_are_exact_now_and_at_every_moment_past(api: Callers, team: Team):
    first, second = team.version(), team.version(name="better")
    team.move(first, "staging", "production")
    team.move(second, "production")
    team.move(first, "archived")
    entries = list(StageAssignment.objects.order_by("id"))

    def holder(index: int) -> dict[str, object]:
        entry = entries[index]
        return {"version": entry.version.number, "name": entry.version.name, "since": rfc3339(entry.entered_at)}

    empty: dict[str, list[object]] = {"development": [], "staging": [], "production": [], "archived": []}
    held = [
        ({"staging": [holder(0)]}, []),
        ({"production": [holder(1)]}, []),
        ({"production": [holder(2), holder(1)]}, []),
        ({"production": [holder(2)], "archived": [holder(3)]}, [1]),
    ]
    for entry, (stages, archived) in zip(entries, held, strict=True):
        body = api.viewer.get(f"{ACTIVE}?at={quote(rfc3339(entry.entered_at))}").json()
        assert body == {"stages": empty | stages, "archived": archived}
    assert api.viewer.get(ACTIVE).json() == body
    before = rfc3339(entries[0].entered_at - timedelta(microseconds=1))
    assert api.viewer.get(f"{ACTIVE}?at={before}").json() == {"stages": empty, "archived": []}


def test_history_has_one_row_per_entry_newest_first(api: Callers, team: Team):
    version = team.move(team.version(), "staging", "production", "unassigned")
    rows = api.viewer.get(HISTORY).json()["results"]
    staging, production = StageAssignment.objects.order_by("id")
    assert rows == [
        {
            "version": 1, "name": version.name, "stage": stage, "entered_at": rfc3339(entry.entered_at),
            "left_at": rfc3339(entry.left_at), "request": entry.opened_by_request_id, "actor": "reviewer",
            "imported": False,
        }
        for stage, entry in (("production", production), ("staging", staging))
        if entry.left_at
    ]  # fmt: skip
    assert len(rows) == 2
    assert rows[0]["entered_at"] == rows[1]["left_at"]
    first = api.viewer.get(f"{HISTORY}?limit=1").json()
    second = api.viewer.get(first["next"].removeprefix("http://testserver")).json()
    assert first["results"] + second["results"] == rows


@pytest.mark.parametrize(
    "at", ["yesterday", "2026-02-30", "10000-01-01", "0001-01-01T00:00:00%2B14:00", "%00", "2026-01-01T00:00:00 02:00"]
)
def test_a_moment_that_cannot_be_read_is_told(api: Callers, at: str):
    response = api.viewer.get(f"{ACTIVE}?at={at.replace(' ', '+')}")
    assert (problem(response), fields(response)) == ((400, "invalid"), ["at"])


def test_a_forged_cursor_of_a_moment_is_told(api: Callers):
    response = api.viewer.get(f"{HISTORY}?cursor=cD1zb29u")
    assert (problem(response), fields(response)) == ((400, "invalid"), ["cursor"])
