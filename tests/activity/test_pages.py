"""The log's pages: filters, exports, seals, and a page for every line."""

import csv
import io
import json

import pytest

from accounts.caller import Scope
from accounts.services import create_token
from activity.models import Activity
from activity.seals import write_seal
from activity.unit import unit_of_work
from tests.cast import caller, make_team
from tests.pages import browser, look

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def shown(client, query=""):
    """The ids of the lines on the page, in order."""
    return [line.activity.pk for line in client.get(f"/activity{query}").context["lines"]]


def verbs(client, query=""):
    return [line.activity.verb for line in client.get(f"/activity{query}").context["lines"]]


def body(response):
    return b"".join(response.streaming_content).decode()


def test_all_lines_of_my_workspaces_newest_first(team):
    team.ask(team.version())
    assert verbs(browser(team.viewer))[:3] == ["stage_change.requested", "model_version.registered", "model.registered"]


def test_a_line_reads_as_a_sentence_with_its_flags_comment_and_hash(team):
    team.ask(team.version(), "production", comment="Lift holds.")
    words = look(browser(team.viewer), "/activity").words
    line = Activity.objects.get(verb="stage_change.requested")
    assert "Engineer asked to move churn v1: Unassigned → Production ⚠skips Development and Staging Lift holds." in words
    assert f"#{line.pk}· {line.hash[:8]}" in words


def test_a_line_has_an_anchor_and_a_page_of_its_own(team):
    pk = team.ask(team.version()).pk and Activity.objects.get(verb="stage_change.requested").pk
    client = browser(team.viewer)
    assert f'id="line-{pk}"' in client.get("/activity").content.decode()
    page = look(client, f"/activity/{pk}")
    line = Activity.objects.get(pk=pk)
    for words in (line.hash, line.prev_hash, f"{line.chain.key}, line {line.seq}", "stage_change.requested", '"to": "staging"'):
        assert words in page.words


def test_nobody_sees_lines_of_workspaces_that_they_are_not_in(team):
    team.version()
    client = browser(team.stranger)
    assert verbs(client) == ["person.created"]
    assert client.get(f"/activity/{Activity.objects.get(verb='model_version.registered').pk}").status_code == 404


def test_a_person_sees_what_they_did_with_their_own_tokens(team):
    with unit_of_work():
        create_token(name="x", scopes=[Scope.READ], by=caller(team.viewer))
    assert verbs(browser(team.viewer))[0] == "token.created"
    assert "token.created" not in verbs(browser(team.reviewer))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("verb=stage_change.applied", ["stage_change.applied"]),
        ("verb=stage_change", ["stage_change.applied", "stage_change.approval_given", "stage_change.requested"]),
        ("actor=reviewer", ["stage_change.applied", "stage_change.approval_given"]),
        ("model=churn&version=1&verb=model_version", ["model_version.registered"]),
        ("model=churn&verb=model", ["model.registered"]),
        ("workspace=nowhere", []),
        ("since=2099-01-01", []),
        ("until=1999-12-31", []),
        ("actor=nobody", []),
    ],
)
def test_filters_stand_in_the_address(team, query, found):
    team.approve(team.ask(team.version()))
    assert verbs(browser(team.viewer), f"?{query}") == found


def test_the_filters_show_what_is_set(team):
    values = look(browser(team.viewer), "/activity?actor=reviewer&model=churn&since=2026-10-01").values
    assert (values["actor"], values["model"], values["since"]) == ("reviewer", "churn", "2026-10-01")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=yesterday", "since is a date"),
        ("version=1", "so name the model too"),
        ("version=x&model=churn", "version is a whole number"),
        ("format=pdf", "There is no export as “pdf”. Choose one of: csv, jsonl."),
        ("cursor=nonsense", "The address names a page that this list does not have."),
    ],
)
def test_a_wrong_filter_says_what_is_wrong(team, query, sentence):
    page = look(browser(team.viewer), f"/activity?{query}", 400)
    assert sentence in page.words


def test_filters_that_find_nothing_offer_to_clear_them(team):
    assert look(browser(team.viewer), "/activity?actor=nobody").links["Clear the filters"] == "/activity"


def test_pages_follow_one_another_by_key(team, monkeypatch):
    monkeypatch.setattr("activity.views.SHOWN", 2)
    client = browser(team.viewer)
    everything = [line.pk for line in Activity.objects.filter(workspace_id=team.workspace.pk).order_by("-id")]
    following = client.get("/activity?workspace=default").context["page"].next
    assert (
        shown(client, "?workspace=default") + shown(client, f"?{following.partition('?')[2]}") == everything[:2] + everything[2:4]
    )


def test_the_export_as_csv_holds_the_filtered_lines(team):
    team.approve(team.ask(team.version()))
    client = browser(team.viewer)
    link = look(client, "/activity?verb=stage_change").links["CSV"]
    response = client.get(link)
    rows = list(csv.DictReader(io.StringIO(body(response))))
    assert [row["verb"] for row in rows] == ["stage_change.applied", "stage_change.approval_given", "stage_change.requested"]
    assert (response["Content-Type"], response["Content-Disposition"].partition(";")[0]) == (
        "text/csv; charset=utf-8",
        "attachment",
    )


def test_the_export_as_json_lines_holds_every_line_beyond_the_page(team, monkeypatch):
    monkeypatch.setattr("activity.views.SHOWN", 2)
    client = browser(team.viewer)
    link = look(client, "/activity?workspace=default").links["JSON Lines"]
    lines = [json.loads(line) for line in body(client.get(link)).splitlines()]
    assert [line["id"] for line in lines] == [
        line.pk for line in Activity.objects.filter(workspace_id=team.workspace.pk).order_by("-id")
    ]


def test_the_export_starts_from_the_first_line_whatever_page_is_shown(team, monkeypatch):
    monkeypatch.setattr("activity.views.SHOWN", 2)
    client = browser(team.viewer)
    second = client.get("/activity").context["page"].next
    assert "cursor" not in look(client, f"/activity?{second.partition('?')[2]}").links["CSV"]


def test_the_page_says_how_far_the_log_is_sealed(team):
    client = browser(team.viewer)
    assert "Not sealed yet." in look(client, "/activity").words
    sealed = Activity.objects.latest("id")
    write_seal()
    team.version()
    page = look(client, "/activity")
    assert page.links[f"line {sealed.pk}"] == f"/activity/{sealed.pk}"
    assert "by seal 1." in page.words
    assert [line.sealed for line in client.get("/activity").context["lines"]][:2] == [False, True]
    assert page.words.count("· not sealed yet") == 1


def test_who_is_signed_out_is_asked_to_sign_in():
    assert browser().get("/activity")["Location"] == "/accounts/login/?next=/activity"


@pytest.mark.parametrize("rounds", [1, 3])
def test_the_page_takes_the_same_queries_for_few_lines_and_many(team, django_assert_num_queries, rounds):
    for _ in range(rounds):
        team.approve(team.ask(team.version()))
    write_seal()
    client = browser(team.viewer)
    with django_assert_num_queries(13):
        client.get("/activity")
