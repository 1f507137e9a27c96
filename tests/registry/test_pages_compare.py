"""Two versions of a model side by side: chosen, told apart, folded where they are the same."""

import pytest

from tests.cast import make_team
from tests.pages import browser, look

pytestmark = pytest.mark.django_db

HOME = "/w/default/models/churn"
COMPARE = f"{HOME}/compare"


@pytest.fixture
def team():
    team = make_team()
    team.version(
        name="old", metrics={"auc": 0.85, "val_loss": 0.2}, parameters={"depth": 5}, labels=["a"], artifact_uri="s3://old"
    )
    team.version(name="new", metrics={"auc": 0.9, "val_loss": 0.3}, parameters={"depth": 6}, labels=["a"])
    return team


def test_a_stranger_sees_no_comparison(team):
    assert browser(team.stranger).get(f"{COMPARE}?candidate=2&base=1").status_code == 404


def test_who_is_signed_out_is_asked_to_sign_in(team):
    assert browser().get(COMPARE)["Location"] == f"/accounts/login/?next={COMPARE}"


@pytest.mark.parametrize("chosen", ["candidate=2&base=1", "candidate=new&base=old", "candidate=new&base=1"])
def test_two_versions_are_chosen_by_number_or_by_name(team, chosen):
    page = look(browser(team.viewer), f"{COMPARE}?{chosen}")
    assert page.rows == [
        ["What", "old", "new", "Difference"],
        ["Metrics"],
        ["auc", "0.85", "0.9", "+0.05better"],
        ["val_loss", "0.2", "0.3", "+0.1worse"],
        ["Parameters"],
        ["depth", "5", "6", "changed"],
        ["Labels and artifact"],
        ["Labels", "a", "a", "same"],
        ["Artifact address", "s3://old", "none given", "–"],
    ]
    assert "Metrics: 1 better, 1 worse." in page.words
    assert page.values == {"candidate": "new", "base": "old"}
    assert page.links["Swap"] == f"{COMPARE}?candidate=1&base=2"


def test_without_a_base_it_is_what_is_in_production(team):
    client = browser(team.viewer)
    assert (
        "Nothing else is in production, so there is nothing to compare new with." in look(client, f"{COMPARE}?candidate=2").words
    )
    team.move(team.version(name="live"), "production")
    assert look(client, f"{COMPARE}?candidate=2").rows[0] == ["What", "live", "new", "Difference"]


def test_two_ticked_in_the_list_are_compared_the_newer_as_candidate(team):
    client = browser(team.viewer)
    rows = look(client, f"{HOME}/versions")
    assert [row[1] for row in rows.rows] == ["Version", "new", "old"]
    assert client.get(f"{COMPARE}?version=1&version=2")["Location"] == f"{COMPARE}?candidate=2&base=1"
    assert look(client, f"{COMPARE}?version=1").values == {"candidate": "old", "base": ""}
    page = look(client, f"{COMPARE}?version=3&version=2&version=1", 400)
    assert "3 versions were selected, and this compares two. Choose two of them." in page.words


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("candidate=2&base=new", "This is new twice. Choose another version."),
        ("candidate=9&base=1", "churn has no version “9”. Give the name or the number of one that it has."),
        ("candidate=2&base=nothing", "churn has no version “nothing”."),
        ("base=1", "Choose a version to compare."),
        ("candidate=" + "9" * 30, "churn has no version “999"),
        ("candidate=a%00b", "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_compared_is_told(team, chosen, said):
    assert said in look(browser(team.viewer), f"{COMPARE}?{chosen}", 400).words


def test_a_deleted_version_is_not_compared(team):
    gone = team.version(name="gone")
    team.delete(gone)
    for chosen in ("candidate=3&base=1", "candidate=2&base=gone"):
        assert "has no version" in look(browser(team.viewer), f"{COMPARE}?{chosen}", 400).words


def test_opened_without_a_choice_it_asks_for_one(team):
    page = look(browser(team.viewer), COMPARE)
    assert (page.rows, page.values) == ([], {"candidate": "", "base": ""})


def test_in_a_large_set_what_is_the_same_is_folded_away(team):
    figures = {f"m{number}": number for number in range(9)}
    for change in ({}, {"m3": 99}):
        team.version(metrics=figures | change)
    comparison = browser(team.viewer).get(f"{COMPARE}?candidate=4&base=3").context["comparison"]
    assert [line.name for line in comparison.metrics.lines] == ["m3"]
    assert [line.name for line in comparison.metrics.folded] == ["m0", "m1", "m2", "m4", "m5", "m6", "m7", "m8"]
    page = look(browser(team.viewer), f"{COMPARE}?candidate=4&base=3")
    assert "Metrics: 8 are the same" in page.words
    assert page.rows[2] == ["m3", "3", "99", "+96"]


def test_values_are_told_as_what_they_are(team):
    odd = {"flag": True, "none": None, "list": [1, {"a": "ä"}], "text": "1"}
    team.version(parameters=odd)
    team.version()
    page = look(browser(team.viewer), f"{COMPARE}?candidate=3&base=4")
    assert [row[2] for row in page.rows if row[0] in odd] == ["true", '[1, {"a": "ä"}]', "null", "1"]


def test_the_page_takes_the_same_queries_whatever_is_compared(team, django_assert_num_queries):
    client = browser(team.viewer)
    for more in range(3):
        team.version(metrics={f"m{number}": number for number in range(more)})
        with django_assert_num_queries(9):
            client.get(f"{COMPARE}?candidate=2&base={more + 3}")
