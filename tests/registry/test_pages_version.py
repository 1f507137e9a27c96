"""A version's pages: where it stands, what it is, what waits for it, what was said."""

import pytest

from activity.unit import unit_of_work
from approvals.models import Comment
from approvals.services import add_comment
from registry.models import ModelVersion
from registry.services import archive_model, lock_version
from tests.cast import caller, make_team
from tests.pages import Page, browser, flashes, look, send

pytestmark = pytest.mark.django_db

HOME = "/w/default/models/churn/versions/1"
PAGES = (HOME, f"{HOME}/activity")


@pytest.fixture
def team():
    return make_team()


def lock(team, version, level):
    with unit_of_work():
        lock_version(version_id=version.pk, level=ModelVersion.Lock(level), by=caller(team.engineer))


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_sees_no_page_of_the_version(team, address):
    team.version()
    assert browser(team.stranger).get(address).status_code == 404


@pytest.mark.parametrize("address", PAGES)
def test_who_is_signed_out_is_asked_to_sign_in(team, address):
    team.version()
    assert browser().get(address)["Location"] == f"/accounts/login/?next={address}"


@pytest.mark.parametrize("address", PAGES)
def test_a_deleted_version_is_not_there(team, address):
    assert browser(team.engineer).get(address).status_code == 404


def test_the_stage_is_told_with_since_when_it_is_held(team):
    team.move(team.version(), "production")
    assert "Production in production since just now" in look(browser(team.viewer), HOME).words
    assert '<span class="stage c-green production">' in browser(team.viewer).get(HOME).content.decode()


def test_an_editor_may_ask_for_a_stage(team):
    team.version()
    assert look(browser(team.engineer), HOME).links["Change stage"] == f"{HOME}/change-stage"


@pytest.mark.parametrize(
    ("user", "state", "reason"),
    [
        ("viewer", "", "You are a viewer of Default: you read here and change nothing. An admin can make you an editor."),
        ("engineer", "asked", "A request waits: one at a time."),
        ("engineer", "locked", "Locked (redact), so its stage stays until an admin lowers the lock."),
        ("engineer", "archived", "churn is archived and takes nothing new. An admin can take it out of the archive."),
    ],
)
def test_where_nobody_may_ask_the_reason_stands_in_place_of_the_button(team, user, state, reason):
    version = team.version()
    if state == "asked":
        team.ask(version)
    elif state == "locked":
        lock(team, version, "redact")
    elif state == "archived":
        with unit_of_work():
            archive_model(model_id=team.model.pk, by=caller(team.engineer))
    page = look(browser(getattr(team, user)), HOME)
    assert reason in page.words
    assert "Change stage" not in page.links


def test_the_track_shows_where_it_was_where_it_is_and_what_is_asked(team):
    version = team.move(team.version(), "development")
    team.ask(version, "production")
    steps = browser(team.viewer).get(HOME).content.decode()
    assert [steps.count(f'{state} toward"') for state in ("here", "skipped", "asked")] == [1, 1, 1]
    assert steps.count(' done"') == 1


def test_the_request_that_waits_stands_on_the_page_with_its_buttons(team):
    asked = team.ask(team.version(), "production", comment="Two weeks in shadow.")
    page = look(browser(team.reviewer), HOME)
    assert "Two weeks in shadow." in page.words
    assert page.links["Approve"].split("?")[0] == f"/requests/{asked.pk}/approve"
    assert page.links["Reject"].split("?")[0] == f"/requests/{asked.pk}/reject"
    assert look(browser(team.engineer), HOME).links["Revoke"] == f"/requests/{asked.pk}/revoke"


def test_the_requester_reads_why_there_is_no_button_to_approve(team):
    team.ask(team.version())
    page = look(browser(team.engineer), HOME)
    assert "You asked for this change, so someone else must decide on it. You can revoke it." in page.words
    assert "Approve" not in page.links


def test_metrics_are_compared_with_the_version_in_production(team):
    team.version(metrics={"auc": 0.9, "new": 1})
    team.move(team.version(name="live", metrics={"auc": 0.85, "gone": 2}), "production")
    page = look(browser(team.viewer), HOME)
    assert page.rows == [
        ["What", "live", "v1", "Difference"],
        ["auc", "0.85", "0.9", "+0.05better"],
        ["gone", "2", "not measured", "–"],
        ["new", "not measured", "1", "–"],
    ]
    assert page.links["Production: live"] == "/w/default/models/churn/versions/2"
    assert page.links["All 5 fields"] == "/w/default/models/churn/compare?candidate=1&base=2"


def test_what_differs_besides_metrics_is_counted(team):
    team.version(metrics={"auc": 0.9}, parameters={"depth": 6, "seed": 1}, labels=["x"])
    team.move(team.version(metrics={"auc": 0.9}, parameters={"depth": 5, "seed": 1}), "production")
    assert "2 other things differ: see all side by side" in look(browser(team.viewer), HOME).words


def test_the_version_in_production_is_not_compared_with_itself(team):
    team.move(team.version(metrics={"auc": 0.9}), "production")
    assert look(browser(team.viewer), HOME).rows == [["Metric", "v1"], ["auc", "0.9"]]


@pytest.mark.parametrize(
    ("digest", "note"),
    [
        ("", "Without a digest nothing tells whether this is still the artifact that was registered."),
        ("sha256:deadbeef", "Given as a prefix: it names the artifact, and proves less than the whole digest would."),
    ],
)
def test_an_artifact_without_a_whole_digest_says_what_that_means(team, digest, note):
    team.version(artifact_uri="s3://models/1", artifact_digest=digest)
    assert note in look(browser(team.viewer), HOME).words


def test_a_whole_digest_has_no_note(team):
    team.version(artifact_uri="s3://models/1", artifact_digest="sha256:" + "ab" * 32)
    words = look(browser(team.viewer), HOME).words
    assert "Given as a prefix" not in words
    assert "Without a digest" not in words


def test_parameters_and_attributes_are_shown_by_name(team):
    team.version(parameters={"sizes": [63, 63], "depth": 6}, attributes={"team": "risk", "frozen": True, "none": None})
    shown = browser(team.viewer).get(HOME).context
    assert shown["parameters"] == [("depth", 6), ("sizes", "[63, 63]")]
    assert shown["attributes"] == [("frozen", "true"), ("none", "null"), ("team", "risk")]


def test_the_description_is_shown_as_sanitised_markdown(team):
    team.version(description="# New\n<img src=x onerror=y>")
    page = browser(team.viewer).get(HOME).content.decode()
    assert "<h3>New</h3>" in page
    assert "<img" not in page


def test_the_stages_it_held_are_listed_the_newest_first(team):
    team.move(team.version(), "staging", "production", "archived")
    history = browser(team.viewer).get(HOME).context["history"]
    assert [(held.stage.key, held.left_at is None) for held, *_ in history] == [
        ("archived", True),
        ("production", False),
        ("staging", False),
    ]


def test_the_lock_offers_what_the_reader_may_set_and_says_why_not_the_rest(team):
    lock(team, team.version(), "redact")
    refused = "Only an admin lowers a lock, so v1 stays redact. Ask an admin of the workspace."
    locks = browser(team.engineer).get(HOME).context["locks"]
    assert [(str(choice["level"]), choice["reason"], choice["now"]) for choice in locks] == [
        ("open", refused, False),
        ("redact", "", True),
        ("closed", "", False),
    ]
    assert [choice["reason"] for choice in browser(team.admin).get(HOME).context["locks"]] == ["", "", ""]


def test_a_comment_is_added_and_shown(team):
    team.version()
    client = browser(team.engineer)
    where = send(client, f"{HOME}/comment", {"body": "Looks <b>good</b>."})
    assert where == f"{HOME}#comments"
    assert flashes(client, HOME) == ["Your comment is added."]
    assert Comment.objects.get().body == "Looks <b>good</b>."
    assert "Looks <b>good</b>." in look(client, HOME).words


def test_the_newest_fifty_comments_are_shown(team):
    version = team.version()
    for number in range(51):
        with unit_of_work():
            add_comment(version_id=version.pk, body=f"comment {number}", by=caller(team.engineer))
    response = browser(team.viewer).get(HOME)
    assert [said.comment.body for said in response.context["comments"]] == [f"comment {number}" for number in range(1, 51)]
    assert Page(response).links["All stand in the activity."] == f"{HOME}/activity"


def test_an_empty_comment_is_refused_with_a_sentence(team):
    team.version()
    page = send(browser(team.engineer), f"{HOME}/comment", {"body": " \n"}, 400)
    assert "An empty comment says nothing, so none was added. Write something." in page.words
    assert Comment.objects.count() == 0


@pytest.mark.parametrize(("user", "status"), [("stranger", 404), ("viewer", 403)])
def test_who_may_not_write_may_not_comment(team, user, status):
    team.version()
    assert browser(getattr(team, user)).post(f"{HOME}/comment", {"body": "x"}).status_code == status
    assert Comment.objects.count() == 0


def test_the_activity_is_that_of_this_version_alone(team):
    team.move(team.version(name="v1"), "staging")
    team.version(name="v2")
    lines = browser(team.viewer).get(f"{HOME}/activity").context["lines"]
    assert [line.activity.verb for line in lines] == [
        "stage_change.applied",
        "stage_change.approval_given",
        "stage_change.requested",
        "model_version.registered",
    ]


@pytest.mark.parametrize(("address", "queries"), [(HOME, 21), (f"{HOME}/activity", 21)])
@pytest.mark.parametrize("count", [1, 3])
def test_a_page_asks_the_same_number_of_questions_for_one_row_and_for_three(
    team, django_assert_num_queries, address, queries, count
):
    version = team.move(team.version(), *["staging", "development", "production"][:count])
    team.ask(version, "archived")
    for _ in range(count):
        team.move(team.version(), "production")
        browser(team.engineer).post(f"{HOME}/comment", {"body": "Said."})
    client = browser(team.reviewer)
    client.get(address)
    with django_assert_num_queries(queries):
        client.get(address)
