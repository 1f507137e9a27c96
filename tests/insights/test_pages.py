"""The page of charts: its words, its tables, its files, and what it costs."""

import csv
import io
import re

import pytest
from django.core.cache import cache

from insights import series
from insights.counting import count_days
from insights.drawing import steps_to
from tests.cast import make_team
from tests.pages import browser, look

pytestmark = pytest.mark.django_db


def test_an_empty_installation_has_four_empty_charts(team):
    words = look(browser(team.viewer), "/insights").words
    assert "There were no versions in this period" in words
    assert "No request was approved in this period" in words
    assert "No request waits" in words
    assert "No change took effect in this period" in words


def past(team, back):
    """A week in which two changes were approved, one of them a skip, and one waits."""
    back(days=6, hours=2)
    first = team.ask(team.version(), "development")
    back(days=6)
    team.approve(first)
    team.move(team.version(), "staging")
    back(days=2)
    team.ask(team.version(), "production")
    back()


def test_every_chart_is_told_in_a_sentence_and_in_a_table(team, back):
    past(team, back)
    page = look(browser(team.viewer), "/insights?days=30")
    assert "3 versions now, 0 in Production; 0 on 12 May 2026." in page.words
    assert "2 changes approved: half within 1 hour of asking, nine in ten within 1.8 hours." in page.words
    assert "1 request waits now; it was asked 2 days ago." in page.words
    assert "2 changes took effect; 1 skipped a stage (50 %) and none came by break-glass." in page.words
    assert ["10 Jun", "1", "1", "1"] in page.rows
    assert ["Staging", "1", "under a minute", "under a minute"] in page.rows
    assert ["1 to 3 days ago", "1"] in page.rows
    assert ["4 Jun", "2", "1", "50 %", "0", "0 %"] in page.rows
    assert ["10 Jun", "0", "0", "–", "0", "–"] in page.rows


def test_every_drawing_has_a_name_and_no_style_of_its_own(team, back):
    past(team, back)
    html = browser(team.viewer).get("/insights?days=30").content.decode()
    assert html.count('role="img"') == 4
    for label in re.findall(r'<svg class="chart" role="img" aria-labelledby="(\S+) (\S+)"', html):
        assert all(f'id="{part}"' in html for part in label)
    assert html.count("<summary>Show the figures</summary>") == 4
    assert "style=" not in html
    assert "<title>10 Jun 2026: 0 Staging" not in html
    assert "<title>10 Jun 2026: 1 Staging, 1 Development, 1 Unassigned</title>" in html


def test_a_table_comes_as_a_file_with_the_same_figures(team, back):
    past(team, back)
    client = browser(team.viewer)
    response = client.get("/insights?days=30&format=csv&table=changes_applied")
    assert response["Content-Disposition"] == 'attachment; filename="changes-applied-2026-06-10.csv"'
    heading, *rows = csv.reader(io.StringIO(response.content.decode()))
    assert heading == ["from", "to", "applied", "skipped", "break_glass"]
    assert [row for row in rows if row[2] != "0"] == [["2026-06-04", "2026-06-04", "2", "1", "0"]]
    assert len(rows) == 30
    assert "days=30" in look(client, "/insights?days=30").links["Download as CSV"]
    assert client.get("/insights?format=csv&table=everything").status_code == 400
    assert client.get("/insights?format=xml&table=changes_applied").status_code == 400


def test_what_no_list_offers_narrows_nothing(team, back):
    past(team, back)
    other = make_team("other", suffix="2")
    client = browser(team.viewer)
    assert client.get("/insights?days=7&workspace=other").context["figures"].days == 90
    assert client.get("/insights?days=7&workspace=other").context["figures"].applied == 2
    assert client.get("/insights?workspace=default").context["figures"].applied == 2
    assert browser(other.viewer).get("/insights").context["figures"].applied == 0


def test_the_page_can_be_narrowed_to_one_model_and_cleared(team, back):
    past(team, back)
    client = browser(team.viewer)
    assert client.get("/insights?model=churn").context["figures"].applied == 2
    assert client.get("/insights?model=churn").context["clear_url"] == "/insights"
    assert client.get("/insights?model=churnx").context["figures"].applied == 0
    assert client.get("/insights").context["clear_url"] == ""


def test_a_new_request_shows_at_once(team, back):
    past(team, back)
    client = browser(team.viewer)
    assert client.get("/insights").context["figures"].pending == 1
    team.ask(team.version())
    assert client.get("/insights").context["figures"].pending == 2


def test_home_and_a_model_show_the_last_90_days_small(team, back):
    client = browser(team.viewer)
    assert "today" not in look(client, "/w/default/models/churn").words
    past(team, back)
    page = look(client, "/")
    assert "3 versions now, 0 in Production; 0 on 15 March 2026. 2 changes approved" in page.words
    assert page.links["Insights"] == "/insights"
    page = look(client, "/w/default/models/churn")
    assert "3 versions now, 0 in Production; 0 on 15 March 2026. 2 changes approved" in page.words
    assert page.links["Insights"] == "/insights?workspace=default&model=churn"


def test_a_tail_still_to_be_counted_is_told(team, back, monkeypatch):
    past(team, back)
    monkeypatch.setattr(series, "MOST_LINES", 0)
    assert "The newest days are still being counted" in look(browser(team.viewer), "/insights").words


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("warm", "queries"), [(True, 9), (False, 18)])
def test_the_page_asks_the_same_number_of_questions_for_one_row_and_for_three(
    team, back, django_assert_num_queries, count, warm, queries
):
    for _ in range(count):
        past(team, back)
    count_days()
    team.move(team.version(), "staging")
    client = browser(team.viewer)
    client.get("/insights")
    if not warm:
        cache.clear()
    with django_assert_num_queries(queries):
        client.get("/insights")


@pytest.mark.parametrize(
    ("top", "steps"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (18, [0, 5, 10, 15, 20]),
        (115, [0, 50, 100, 150]),
        (4_001, [0, 2000, 4000, 6000]),
    ],
)
def test_an_axis_begins_at_nought_and_has_round_steps(top, steps):
    assert steps_to(top) == steps
