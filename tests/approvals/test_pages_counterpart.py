"""The request's page puts the candidate beside the version that holds the stage, above the box to decide in."""

import pytest

from tests.cast import make_team
from tests.pages import browser, look

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def shown(team, change_request):
    return look(browser(team.reviewer), f"/requests/{change_request.pk}")


def test_the_candidate_stands_beside_the_version_that_entered_the_stage_last(team):
    for auc in (0.7, 0.8):
        team.move(team.version(metrics={"auc": auc}), "production")
    page = shown(team, team.ask(team.version(metrics={"auc": 0.9}, labels=["x"]), "production"))
    assert page.rows == [
        ["What", "v2", "v3", "Difference"],
        ["Metrics"],
        ["auc", "0.8", "0.9", "+0.1better"],
        ["Labels and artifact"],
        ["Labels", "none", "x", "changed"],
    ]
    assert page.links["All 3 fields"] == "/w/default/models/churn/compare?candidate=3&base=2"


def test_the_comparison_stands_above_the_box_to_decide_in(team):
    team.move(team.version(), "production")
    asked = team.ask(team.version(), "production")
    html = browser(team.reviewer).get(f"/requests/{asked.pk}").content.decode()
    assert html.index("Compared with") < html.index(f"/requests/{asked.pk}/approve")
    assert html.count(f"/requests/{asked.pk}/approve") == 1


def test_where_the_stage_is_empty_it_is_compared_with_production(team):
    team.move(team.version(name="live", metrics={"auc": 0.7}), "production")
    page = shown(team, team.ask(team.version(metrics={"auc": 0.6}), "staging"))
    assert "Nothing else is in Staging. Metrics: 1 worse. live entered Production just now" in page.words
    assert page.rows[1] == ["auc", "0.7", "0.6", "−0.1worse"]


def test_where_nothing_is_in_production_either_the_page_says_so(team):
    page = shown(team, team.ask(team.version(), "staging"))
    assert (page.rows, "Nothing else is in Staging. There is nothing to compare v1 with." in page.words) == ([], True)


@pytest.mark.parametrize("to", ["archived", "unassigned"])
def test_a_move_out_is_compared_with_nothing(team, to):
    team.move(team.version(), to if to == "archived" else "production")
    version = team.move(team.version(), "development")
    page = shown(team, team.ask(version, to))
    assert page.rows == []
    assert "Nothing else" not in page.words


def test_once_it_has_ended_the_comparison_is_with_who_held_the_stage_then(team):
    first = team.move(team.version(name="first", metrics={"auc": 0.7}), "production")
    asked = team.ask(team.version(name="second", metrics={"auc": 0.8}), "production")
    team.approve(asked)
    team.move(team.version(name="third"), "production")
    team.move(first, "archived")
    page = shown(team, asked)
    assert "Compared then with Production: first" in page.words
    assert page.rows[1] == ["auc", "0.7", "0.8", "+0.1better"]


def test_the_page_of_a_decision_has_its_buttons_once(team):
    asked = team.ask(team.version())
    page = look(browser(team.engineer), f"/requests/{asked.pk}")
    assert page.words.count("You asked for this change, so someone else must decide on it.") == 1
    assert page.links["Revoke"] == f"/requests/{asked.pk}/revoke"


@pytest.mark.parametrize("versions", [1, 3])
def test_the_page_takes_the_same_queries_whoever_held_the_stage(team, django_assert_num_queries, versions):
    for _ in range(versions):
        team.move(team.version(), "staging", "production")
    asked = team.ask(team.version(), "production")
    client = browser(team.viewer)
    with django_assert_num_queries(15):
        client.get(f"/requests/{asked.pk}")


def test_who_approves_from_a_list_sees_the_figures_too(team):
    team.move(team.version(metrics={"auc": 0.8}), "production")
    asked = team.ask(team.version(metrics={"auc": 0.9}, labels=["x"]), "production")
    client = browser(team.reviewer)
    page = look(client, f"/requests/{asked.pk}/approve")
    assert page.rows == [["What", "v1", "v2", "Difference"], ["auc", "0.8", "0.9", "+0.1better"]]
    assert "Compared with v1 in Production: 1 better" in page.words
    assert "1 other thing differs: see all side by side" in page.words
    assert look(client, f"/requests/{asked.pk}/reject").rows == []


def test_of_very_many_figures_the_worse_are_shown_and_the_rest_is_counted(team):
    names = [f"m{number:02}_accuracy" for number in range(40)]
    team.move(team.version(metrics=dict.fromkeys(names, 0.5)), "production")
    worse = {"m39_accuracy": 0.4, "m38_accuracy": 0.3}
    page = shown(team, team.ask(team.version(metrics=dict.fromkeys(names, 0.6) | worse), "production"))
    assert [row[0] for row in page.rows[1:]] == ["m38_accuracy", "m39_accuracy", *names[:23]]
    assert page.links["15 more"] == page.links["All 42 fields"] == "/w/default/models/churn/compare?candidate=2&base=1"
    assert len(look(browser(team.reviewer), page.links["15 more"]).rows) == 44
