"""The page of a request, and deciding on it."""

import pytest

from accounts.models import Role
from accounts.services import remove_member
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import Comment, Review, StageChangeRequest
from approvals.services import add_comment, withdraw_approval
from registry.models import ModelVersion
from registry.services import delete_version, edit_version
from tests.cast import caller, make_team, person
from tests.log import activities, no_activity, one_activity
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def edit(version, by, **changes):
    with unit_of_work():
        edit_version(version_id=version.pk, changes=changes, by=caller(by))


def test_the_page_shows_what_was_asked_by_whom_and_why(team):
    change_request = team.ask(team.version(metrics={"auc": 0.884}), "production", comment="Lift holds.")
    page = look(browser(team.viewer), f"/requests/{change_request.pk}")
    for words in (
        "Unassigned toProduction",
        "skips Development and Staging",
        "Engineer asked",
        "Lift holds.",
        "auc = 0.884",
        "0 of 1",
    ):
        assert words in page.words
    assert page.links["churn v1"] == "/w/default/models/churn/versions/1"


def test_the_page_names_each_requirement_and_who_may_approve(team):
    change_request = team.ask(team.version())
    page = look(browser(team.viewer), f"/requests/{change_request.pk}")
    assert "Missing: 0 of 1 approval; 1 more from one of 4 people admin, bot, reviewer, second_reviewer" in page.words
    assert "Satisfied: The version is not locked" in page.words
    assert "May approve Admin, bot, Reviewer, Second Reviewer" in page.words


@pytest.mark.parametrize(
    ("who", "buttons"),
    [("reviewer", ["Reject", "Approve"]), ("engineer", ["Revoke"]), ("viewer", []), ("admin", ["Reject", "Approve"])],
)
def test_only_the_buttons_that_work_are_there(team, who, buttons):
    change_request = team.ask(team.version())
    page = look(browser(getattr(team, who)), f"/requests/{change_request.pk}")
    assert [text for text in page.links if text in ("Approve", "Reject", "Revoke", "Withdraw approval")] == buttons


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("engineer", "You asked for this change, so someone else must decide on it. You can revoke it."),
        ("viewer", "Only editors and admins of the workspace decide. Ask an admin for the role."),
    ],
)
def test_a_missing_button_has_its_reason_beside_it(team, who, sentence):
    change_request = team.ask(team.version())
    assert sentence in look(browser(getattr(team, who)), f"/requests/{change_request.pk}").words


def test_the_buttons_carry_the_digest_of_what_the_page_shows(team):
    change_request = team.ask(team.version())
    links = look(browser(team.reviewer), f"/requests/{change_request.pk}").links
    assert (
        links["Approve"]
        == f"/requests/{change_request.pk}/approve?digest=sha256%3A{change_request.digest.removeprefix('sha256:')}"
    )


def test_approving_puts_it_into_effect_and_says_so(team):
    version = team.version()
    change_request, client = team.ask(version), browser(team.reviewer)
    page = look(client, f"/requests/{change_request.pk}/approve")
    assert "Takes effect at once. Yours is the last approval needed: v1 moves to Staging as you approve." in page.words
    with activities("stage_change.approval_given", "stage_change.applied"):
        where = send(client, f"/requests/{change_request.pk}/approve", page.values | {"comment": "fine"})
    assert ModelVersion.objects.get(pk=version.pk).stage == "staging"
    assert flashes(client, where) == ["Approved: v1 is now in Staging."]


def test_one_approval_of_two_says_what_is_missing(team):
    team.policy("staging", 2)
    change_request, client = team.ask(team.version()), browser(team.reviewer)
    page = look(client, f"/requests/{change_request.pk}/approve")
    assert "Yours will be approval 1 of 2; nothing moves before the last one." in page.words
    where = send(client, f"/requests/{change_request.pk}/approve", page.values)
    assert flashes(client, where) == ["Approved. It waits for 1 more approval."]


def test_a_rejection_ends_the_request_with_its_reason(team):
    change_request, client = team.ask(team.version()), browser(team.reviewer)
    page = look(client, f"/requests/{change_request.pk}/reject")
    with one_activity("stage_change.rejected"):
        where = send(client, f"/requests/{change_request.pk}/reject", page.values | {"comment": "Recall fell."})
    assert flashes(client, where) == ["Rejected: v1 stays where it is."]
    assert "Rejected You just now" in look(client, where).words
    assert "Recall fell." in look(client, where).words


def test_an_approval_is_withdrawn_and_shown_as_such(team):
    team.policy("staging", 2)
    change_request, client = team.ask(team.version()), browser(team.reviewer)
    team.approve(change_request)
    page = look(client, f"/requests/{change_request.pk}/withdraw")
    with one_activity("stage_change.approval_withdrawn"):
        where = send(client, f"/requests/{change_request.pk}/withdraw", page.values)
    assert "approved withdrawn Taken back by its author." in look(client, where).words


def test_a_request_is_revoked_by_who_asked(team):
    change_request, client = team.ask(team.version()), browser(team.engineer)
    page = look(client, f"/requests/{change_request.pk}/revoke")
    with one_activity("stage_change.revoked"):
        where = send(client, f"/requests/{change_request.pk}/revoke", page.values)
    assert flashes(client, where) == ["Revoked. To ask again, make a new request."]


def test_what_changed_since_it_was_seen_is_shown_and_the_comment_kept(team):
    version = team.version(metrics={"auc": 0.91, "f1": 0.4})
    change_request, client = team.ask(version), browser(team.reviewer)
    values = look(client, f"/requests/{change_request.pk}/approve").values
    edit(version, team.engineer, metrics={"auc": 0.5, "f1": 0.4})
    with no_activity():
        page = send(client, f"/requests/{change_request.pk}/approve", values | {"comment": "Looks fine."}, 409)
    assert page.rows[1:] == [["metrics.auc", "0.91", "0.5"]]
    assert "Approvals given for what stood there before no longer count." in page.words
    assert page.values["comment"] == "Looks fine."
    assert Review.objects.count() == 0


def test_what_was_shown_after_the_change_can_be_approved(team):
    version = team.version()
    change_request, client = team.ask(version), browser(team.reviewer)
    values = look(client, f"/requests/{change_request.pk}/approve").values
    edit(version, team.engineer, metrics={"auc": 0.5})
    page = send(client, f"/requests/{change_request.pk}/approve", values, 409)
    send(client, f"/requests/{change_request.pk}/approve", page.values)
    assert ModelVersion.objects.get(pk=version.pk).stage == "staging"


def test_opening_the_dialog_from_a_stale_page_says_so_before_anything_is_sent(team):
    version = team.version()
    change_request, client = team.ask(version), browser(team.reviewer)
    address = look(client, f"/requests/{change_request.pk}").links["Approve"]
    assert "It changed since you looked" not in look(client, address).words
    edit(version, team.engineer, artifact_uri="s3://models/churn/2.pkl")
    page = look(client, address)
    assert "It changed since you looked" in page.words
    assert page.rows[1:] == [["artifact uri", "–", "s3://models/churn/2.pkl"]]


def test_an_approval_of_other_content_is_shown_as_not_counting(team):
    team.policy("staging", 2)
    version = team.version()
    change_request = team.ask(version)
    team.approve(change_request)
    edit(version, team.engineer, metrics={"auc": 0.5})
    words = look(browser(team.viewer), f"/requests/{change_request.pk}").words
    assert "Reviewer approved no longer counts Given for other content: it counts again if that comes back." in words


def test_an_approval_of_somebody_who_left_is_shown_as_not_counting(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    with unit_of_work():
        remove_member(workspace_id=team.workspace.pk, user_id=team.reviewer.pk, by=caller(team.admin))
    words = look(browser(team.viewer), f"/requests/{change_request.pk}").words
    assert "Reviewer approved no longer counts Its author may not decide on this any more." in words


def test_an_ended_request_names_its_outcome_and_its_line(team):
    change_request = team.approve(team.ask(team.version()))
    line = Activity.objects.get(verb="stage_change.applied")
    page = look(browser(team.viewer), f"/requests/{change_request.pk}")
    assert page.links[f"#{line.pk}"] == f"/activity/{line.pk}"
    assert "Applied Reviewer" in page.words
    assert "Every end is final." in page.words


def test_the_requests_of_a_deleted_version_stay_readable(team):
    version = team.version()
    change_request = team.ask(version)
    with unit_of_work():
        delete_version(version_id=version.pk, by=caller(team.engineer))
    page = look(browser(team.viewer), f"/requests/{change_request.pk}")
    assert "churn v1, deleted since, in Default" in page.words
    assert "Superseded" in page.words


def test_a_comment_stands_in_the_discussion(team):
    change_request, client = team.ask(team.version()), browser(team.reviewer)
    with one_activity("comment.added"):
        where = send(client, f"/requests/{change_request.pk}/comment", {"body": "Which cohort?"})
    assert where == f"/requests/{change_request.pk}#discussion"
    assert "Which cohort?" in look(client, f"/requests/{change_request.pk}").words


def test_an_empty_comment_is_refused_on_the_page(team):
    change_request = team.ask(team.version())
    with no_activity():
        page = send(browser(team.reviewer), f"/requests/{change_request.pk}/comment", {"body": "  "}, 400)
    assert "An empty comment says nothing" in page.words
    assert Comment.objects.count() == 0


def test_a_viewer_is_not_offered_to_comment(team):
    change_request = team.ask(team.version())
    assert "body" not in look(browser(team.viewer), f"/requests/{change_request.pk}").values


@pytest.mark.parametrize("action", ["", "/approve", "/reject", "/withdraw", "/revoke"])
def test_a_stranger_finds_nothing(team, action):
    change_request = team.ask(team.version())
    assert browser(team.stranger).get(f"/requests/{change_request.pk}{action}").status_code == 404


def test_who_is_signed_out_is_asked_to_sign_in(team):
    change_request = team.ask(team.version())
    assert browser().get(f"/requests/{change_request.pk}")["Location"] == f"/accounts/login/?next=/requests/{change_request.pk}"


@pytest.mark.parametrize("reviews", [1, 3])
def test_the_page_takes_the_same_queries_whatever_was_said(team, django_assert_num_queries, reviews):
    for number in range(2):
        team.role(person(f"p{number}"), Role.EDITOR)
    team.policy("staging", 4)
    change_request = team.ask(team.version())
    for reviewer in (team.reviewer, team.second_reviewer, team.admin)[:reviews]:
        team.approve(change_request, by=reviewer)
        with unit_of_work():
            add_comment(version_id=change_request.version_id, change_request_id=change_request.pk, body="ok", by=caller(reviewer))
    client = browser(team.viewer)
    with django_assert_num_queries(16):
        client.get(f"/requests/{change_request.pk}")


def test_withdrawing_puts_the_request_back_into_ones_turn(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    assert not StageChangeRequest.objects.awaiting(team.reviewer).exists()
    with unit_of_work():
        withdraw_approval(change_request_id=change_request.pk, by=caller(team.reviewer))
    assert "You withdrew your approval" in look(browser(team.reviewer), "/approvals").words
