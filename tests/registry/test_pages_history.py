"""A model's history: who held which stage when, what stood where at a moment past, and the way back."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from approvals.models import StageChangeRequest
from registry.models import ModelVersion, Stage
from tests.cast import make_team
from tests.pages import browser, look, send

pytestmark = pytest.mark.django_db

HISTORY = "/w/default/models/churn/history"
START = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def team():
    with time_machine.travel(START - timedelta(days=1), tick=False):
        return make_team()


@pytest.fixture
def replaced(team):
    """`old` was in Staging, then in Production, and left; `new` is there now."""
    with time_machine.travel(START - timedelta(hours=1), tick=False):
        old, new = team.version(name="old"), team.version(name="new")
    for hours, version, stage in ((0, old, "staging"), (2, old, "production"), (24, new, "production"), (26, old, "archived")):
        with time_machine.travel(START + timedelta(hours=hours), tick=False):
            team.move(version, stage)
    return old


def cells(page, *columns):
    return [[row[column] for column in columns] for row in page.rows]


def test_a_stranger_sees_no_history(team):
    assert browser(team.stranger).get(HISTORY).status_code == 404


def test_every_entry_is_told_with_its_requests(team, replaced):
    page = look(browser(team.viewer), HISTORY)
    assert cells(page, 0, 1) == [["Version", "Stage"], ["old", "Archived"], ["new", "Production⚠skipped Development and Staging"],
                                 ["old", "Production"], ["old", "Staging⚠skipped Development"]]  # fmt: skip
    requests = [change_request.pk for change_request in StageChangeRequest.objects.order_by("pk")]
    assert [row[4].partition("asked by")[0] for row in page.rows[1:]] == [f"request {pk}" for pk in reversed(requests)]
    assert [row[3].rpartition(")")[2] for row in page.rows[1:]] == [
        "holds it now", "holds it now", f"by request {requests[3]}", f"by request {requests[1]}",
    ]  # fmt: skip
    assert page.rows[1][4].endswith("asked byEngineer, put into effect byReviewer")


def test_the_list_is_narrowed_to_one_stage(team, replaced):
    client = browser(team.viewer)
    assert cells(look(client, f"{HISTORY}?stage=staging"), 0) == [["Version"], ["old"]]
    assert look(client, HISTORY).links["Staging"] == f"{HISTORY}?stage=staging"
    assert "No version has been there" in look(client, f"{HISTORY}?stage=development").words
    assert len(look(client, f"{HISTORY}?stage=nowhere").rows) == 5


def test_a_model_without_stage_changes_has_no_history(team):
    team.version()
    assert "No stage has changed yet" in look(browser(team.viewer), HISTORY).words


def test_what_a_deleted_version_held_stays_in_the_history(team):
    with time_machine.travel(START, tick=False):
        version = team.move(team.version(name="v1"), "development")
    team.delete(version)
    page = look(browser(team.engineer), f"{HISTORY}?at=2026-10-01T13:00")
    assert [row[0] for row in page.rows] == [
        "Stage",
        "Production",
        "Staging",
        "Development",
        "Archived",
        "Version",
        "v1deleted since",
    ]
    assert page.rows[3][1].startswith("v1since 1 Oct 2026, 12:00, until")
    assert not [address for address in page.links.values() if "/versions/1" in address]


def test_who_was_displaced_is_told_apart_from_who_was_asked_for(team):
    Stage.objects.filter(key="production").update(exclusive=True)
    for name in ("old", "new"):
        team.move(team.version(name=name), "production")
    page = look(browser(team.viewer), HISTORY)
    assert cells(page, 0, 1)[1:] == [
        ["new", "Production⚠skipped Development and Staging"],
        ["old", "Archiveddisplaced"],
        ["old", "Production⚠skipped Development and Staging"],
    ]


@pytest.mark.parametrize(
    ("at", "held"),
    [
        ("2026-10-01T11:59", {}),
        ("2026-10-01T12:00", {"Staging": "old"}),
        ("2026-10-01T14:00:00Z", {"Production": "old"}),
        ("2026-10-02", {"Production": "old"}),
        ("2026-10-02T12:00", {"Production": "new, old"}),
        ("2026-10-02T16:00+02:00", {"Production": "new", "Archived": "old"}),
        ("2999-01-01", {"Production": "new", "Archived": "old"}),
    ],
)
def test_what_held_which_stage_at_a_moment_past_is_told_for_all_stages(team, replaced, at, held):
    response = browser(team.viewer).get(HISTORY, {"at": at})
    told = {row.stage.name: ", ".join(holder.version.name for holder, _ in row.holders) for row in response.context["then"]}
    assert told == {name: held.get(name, "") for name in ("Production", "Staging", "Development", "Archived")}


def test_the_answer_names_the_moment_in_utc_and_stays_in_the_address(team, replaced):
    page = look(browser(team.viewer), f"{HISTORY}?at=2026-10-02T16:00%2B02:00")
    assert "On 2 Oct 2026, 14:00:00 UTC" in page.words
    assert page.values["at"] == "2026-10-02T14:00"
    assert page.links["Staging"] == f"{HISTORY}?at=2026-10-02T16%3A00%2B02%3A00&stage=staging"
    assert "is still to come. This is how it stands now." in look(browser(team.viewer), f"{HISTORY}?at=2999-01-01").words
    assert look(browser(team.viewer), "/w/default/models/churn").values == {"at": ""}


@pytest.mark.parametrize("at", ["yesterday", "2026-02-30", "0001-01-01T00:00:00+14:00", "\x00"])
def test_a_moment_that_cannot_be_read_is_told(team, replaced, at):
    response = browser(team.viewer).get(HISTORY, {"at": at})
    assert response.status_code == 400
    assert "A moment past is a date (2026-10-03) or a moment" in response.content.decode()


def test_of_many_holders_the_newest_are_named(team):
    for _ in range(7):
        team.move(team.version(), "staging")
    (row,) = [row for row in browser(team.viewer).get(HISTORY, {"at": "2999-01-01"}).context["then"] if row.holders]
    assert ([holder.version.number for holder, _ in row.holders], row.more) == ([7, 6, 5, 4, 3, 2], True)


def test_who_was_there_can_be_brought_back_by_a_request_with_the_comment_begun(team, replaced):
    client = browser(team.engineer)
    page = look(client, HISTORY)
    assert [row[5] for row in page.rows[1:]] == ["", "", "Bring back old to Production", "Bring back old to Staging"]
    way = page.links["Bring back old to Production"]
    assert urlsplit(way).path == "/w/default/models/churn/versions/1/change-stage"
    assert parse_qs(urlsplit(way).query) == {
        "to_stage": ["production"],
        "comment": ["Bring old back to Production: new is there since 2 Oct 2026. "],
    }
    asked = look(client, way)
    assert asked.values["comment"] == "Bring old back to Production: new is there since 2 Oct 2026. "
    assert asked.values["to_stage"] == "production"
    send(client, urlsplit(way).path, asked.values | {"comment": asked.values["comment"] + "It leaks."})
    filed = StageChangeRequest.objects.pending().get()
    assert (filed.version, filed.to_stage.key) == (replaced, "production")
    assert filed.comment == "Bring old back to Production: new is there since 2 Oct 2026. It leaks."
    assert ModelVersion.objects.get(pk=replaced.pk).stage == "archived"


def test_the_page_of_a_former_holder_leads_back_too(team, replaced):
    page = look(browser(team.engineer), "/w/default/models/churn/versions/1")
    assert [text for text in page.links if text.startswith("Bring")] == [
        "Bring back old to Production",
        "Bring back old to Staging",
    ]
    assert "comment=Bring+old+back+to+Staging%3A+nothing+is+there+now." in page.links["Bring back old to Staging"]
    assert not [text for text in look(browser(team.engineer), "/w/default/models/churn/versions/2").links if "back" in text]


def test_nobody_is_led_back_who_may_not_ask(team, replaced):
    for address in (HISTORY, "/w/default/models/churn/versions/1"):
        assert not [text for text in look(browser(team.viewer), address).links if "back" in text]
    team.ask(replaced)
    assert not [text for text in look(browser(team.engineer), "/w/default/models/churn/versions/1").links if "back" in text]


def test_nobody_is_led_back_to_a_stage_that_is_not_protected(team):
    team.move(team.version(), "development", "archived", "unassigned")
    assert [row[5] for row in look(browser(team.engineer), HISTORY).rows[1:]] == ["", ""]


def test_of_several_entries_of_a_version_into_a_stage_the_last_leads_back(team):
    version = team.version(name="v1")
    for _ in range(2):
        team.move(version, "staging", "unassigned")
    rows = look(browser(team.engineer), HISTORY).rows
    assert [row[5] for row in rows[1:]] == ["Bring back v1 to Staging", ""]


@pytest.mark.parametrize("versions", [1, 3])
def test_the_page_takes_the_same_queries_whatever_happened(team, django_assert_num_queries, versions):
    for _ in range(versions):
        team.move(team.version(), "staging", "production", "archived")
        team.move(team.version(), "production")
    client = browser(team.engineer)
    with django_assert_num_queries(19):
        client.get(f"{HISTORY}?at=2026-10-01")
