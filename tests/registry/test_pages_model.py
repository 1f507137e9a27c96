"""A model's pages: overview, versions, pending approvals, activity."""

from datetime import timedelta

import pytest
import time_machine

from activity.unit import unit_of_work
from registry.models import ModelVersion
from registry.services import archive_model, edit_model, lock_version
from tests.cast import caller, make_team
from tests.pages import Page, browser, look

pytestmark = pytest.mark.django_db

HOME = "/w/default/models/churn"
PAGES = (HOME, f"{HOME}/versions", f"{HOME}/approvals", f"{HOME}/history", f"{HOME}/activity", f"{HOME}/settings")


@pytest.fixture
def team():
    return make_team()


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_sees_no_page_of_the_model(team, address):
    assert browser(team.stranger).get(address).status_code == 404


@pytest.mark.parametrize("address", PAGES)
def test_who_is_signed_out_is_asked_to_sign_in(team, address):
    response = browser().get(address)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={address}")


@pytest.mark.parametrize("address", PAGES)
def test_a_viewer_sees_a_reason_in_place_of_buttons(team, address):
    page = look(browser(team.viewer), address)
    assert "You are a viewer of Default: you read here and change nothing. An admin can make you an editor." in page.words
    assert "Register a version" not in page.links


def test_the_figures_link_to_who_holds_production_and_staging(team):
    first, second = team.move(team.version(name="v1"), "staging", "production"), team.move(team.version(name="v2"), "staging")
    page = look(browser(team.viewer), HOME)
    shown = {text.split(" ")[0]: address for text, address in page.links.items() if "since" in text or "versions" in text}
    assert shown == {
        "2": f"{HOME}/versions",
        "v1": f"{HOME}/versions/{first.number}",
        "v2": f"{HOME}/versions/{second.number}",
    }


def test_a_stage_held_by_several_tells_how_many_more(team):
    for name in ("v1", "v2", "v3"):
        team.move(team.version(name=name), "staging")
    figure = next(text for text in look(browser(team.viewer), HOME).links if text.startswith("v3 Staging since"))
    assert figure.endswith("· 2 more")


def test_lanes_name_the_newest_versions_of_each_stage_and_count_the_rest(team):
    for number in range(6):
        team.version(name=f"v{number}")
    team.move(team.version(name="live"), "production")
    lanes = browser(team.viewer).get(HOME).context["lanes"]
    assert [(lane.stage.key, [standing.version.name for standing in lane.versions], lane.more) for lane in lanes] == [
        ("unassigned", ["v5", "v4", "v3", "v2"], 2),
        ("development", [], 0),
        ("staging", [], 0),
        ("production", ["live"], 0),
        ("archived", [], 0),
    ]


def test_the_history_says_who_held_production_when(team):
    version = team.move(team.version(name="v1"), "production", "archived")
    (row,) = browser(team.viewer).get(HOME).context["history"]
    assert (row["assignment"].version, row["url"]) == (version, f"{HOME}/versions/1")
    assert row["assignment"].left_at is not None


def test_the_overview_says_how_long_approving_took(team):
    asked = [team.ask(team.version(), "production") for _ in range(3)]
    for hours, change_request in zip((1, 5, 2), asked, strict=True):
        with time_machine.travel(change_request.created_at + timedelta(hours=hours), tick=False):
            team.approve(change_request)
    assert browser(team.viewer).get(HOME).context["waits"] == {"count": 3, "median": timedelta(hours=2)}
    assert "Approved in2 hoursthe median of the last 3 changes" in look(browser(team.viewer), HOME).words


def test_what_took_effect_at_once_says_nothing_of_approving(team):
    team.policy("production", 0)
    team.ask(team.version(), "production")
    assert browser(team.viewer).get(HOME).context["waits"] == {"count": 0, "median": None}


def test_the_readme_is_shown_as_sanitised_markdown(team):
    with unit_of_work():
        edit_model(model_id=team.model.pk, changes={"readme": "# Use\n<script>x</script>"}, by=caller(team.engineer))
    page = browser(team.viewer).get(HOME).content.decode()
    assert "<h3>Use</h3>" in page
    assert "<script>x" not in page


def test_an_archived_model_says_so_and_takes_nothing(team):
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.engineer))
    page = look(browser(team.engineer), HOME)
    assert "churn is archived and takes nothing new. An admin can take it out of the archive." in page.words
    assert "Register a version" not in page.links


def test_a_model_without_versions_tells_the_next_step(team):
    assert look(browser(team.engineer), f"{HOME}/versions").links["Register a version"] == f"{HOME}/register-version"


def test_the_list_of_versions_has_the_most_common_metrics_as_columns(team):
    team.version(name="v1", metrics={"auc": 0.8, "f1": 0.5})
    team.version(name="v2", metrics={"auc": 0.9, "f1": 0.6, "loss": 2})
    team.version(name="v3", metrics={"auc": 0.95, "recall": 0.4, "z": 1})
    head, *rows = look(browser(team.viewer), f"{HOME}/versions").rows
    assert head == ["Select", "Version", "Stage", "auc", "f1", "loss", "Registered", "Artifact", "Actions"]
    assert [[row[1], *row[3:6]] for row in rows] == [
        ["v3", "0.95", "–", "–"],
        ["v2", "0.9", "0.6", "2"],
        ["v1", "0.8", "0.5", "–"],
    ]


def test_the_list_marks_a_version_that_somebody_asked_to_move(team):
    asked = team.ask(team.version(name="v1"), "staging")
    page = look(browser(team.viewer), f"{HOME}/versions")
    assert page.links["→ Staging is asked for"] == f"/requests/{asked.pk}"


def test_a_question_of_the_find_language_narrows_the_list(team):
    team.version(name="v1", metrics={"auc": 0.8})
    team.version(name="v2", metrics={"auc": 0.9})
    page = look(browser(team.viewer), f"{HOME}/versions?find=metrics.auc+>=+0.85")
    assert [row[1] for row in page.rows[1:]] == ["v2"]


def test_a_wrong_question_says_where_it_is_wrong_and_stays_in_the_box(team):
    team.version()
    response = browser(team.viewer).get(f"{HOME}/versions?find=metrics.auc+=+1")
    assert (response.status_code, response.context["error"]["column"]) == (400, 13)
    assert "Column 13: “=” cannot stand here" in Page(response).words
    assert '<samp class="caret">metrics.auc <mark>=</mark> 1</samp>' in response.content.decode()
    assert Page(response).values["find"] == "metrics.auc = 1"


def test_a_question_that_nothing_answers_offers_the_whole_list(team):
    team.version()
    page = look(browser(team.viewer), f"{HOME}/versions?find=stage+==+production")
    assert page.links["Show all versions"] == f"{HOME}/versions"


def test_stage_chips_ask_for_a_stage_and_take_themselves_off(team):
    team.version()
    client = browser(team.viewer)
    assert look(client, f"{HOME}/versions").links["Staging"] == f"{HOME}/versions?find=stage+%3D%3D+staging"
    assert look(client, f"{HOME}/versions?find=stage+==+staging").links["Staging"] == f"{HOME}/versions"


@pytest.mark.parametrize(
    ("user", "lock", "offered"),
    [
        ("engineer", "open", ["Change stage…", "Edit"]),
        ("engineer", "redact", ["See why it stays", "Edit"]),
        ("viewer", "open", []),
    ],
)
def test_each_row_offers_what_its_reader_may_do(team, user, lock, offered):
    version = team.version()
    with unit_of_work():
        lock_version(version_id=version.pk, level=ModelVersion.Lock(lock), by=caller(team.engineer))
    (row,) = browser(getattr(team, user)).get(f"{HOME}/versions").context["rows"]
    assert [item["text"] for item in row.menu] == offered


def test_the_pending_tab_lists_the_requests_of_this_model_alone(team):
    other = make_team("other", suffix="2")
    other.ask(other.version())
    first, second = team.ask(team.version(name="v1"), "production"), team.ask(team.version(name="v2"), "staging")
    page = look(browser(team.viewer), f"{HOME}/approvals")
    assert "2 requests wait for review" in page.words
    assert [page.links["v1"], page.links["v2"]] == [f"/requests/{first.pk}", f"/requests/{second.pk}"]


def test_the_pending_tab_says_when_nothing_waits(team):
    assert "Nothing waits here" in look(browser(team.viewer), f"{HOME}/approvals").words


def test_tabs_count_versions_and_pending_requests(team):
    team.ask(team.version())
    team.version()
    links = look(browser(team.viewer), HOME).links
    assert [text for text in links if text.startswith(("Versions", "Pending"))] == ["Versions2", "Pending approvals1"]


@pytest.mark.parametrize(
    ("address", "queries"),
    [(HOME, 26), (f"{HOME}/versions", 13), (f"{HOME}/approvals", 17), (f"{HOME}/activity", 17), (f"{HOME}/settings", 15)],
)
@pytest.mark.parametrize("count", [1, 3])
def test_a_page_asks_the_same_number_of_questions_for_one_row_and_for_three(
    team, django_assert_num_queries, address, queries, count
):
    for number in range(count):
        version = team.version(name=f"v{number}", metrics={"auc": 0.5})
        team.ask(team.move(version, "staging", "production"), "archived")
    client = browser(team.reviewer)
    client.get(address)
    with django_assert_num_queries(queries):
        client.get(address)


def test_pending_approvals_can_be_ticked_and_say_on_whom_they_wait(team):
    asked = team.ask(team.version())
    page = look(browser(team.reviewer), f"{HOME}/approvals")
    assert "1 request waits for review" in page.words
    assert "Waits on you or 3 others" in page.words
    assert page.values["back"] == "model=churn"
    content = browser(team.reviewer).get(f"{HOME}/approvals").content.decode()
    assert f'value="{asked.pk}.' in content
    assert "data-selection-bar" not in browser(team.engineer).get(f"{HOME}/approvals").content.decode()
