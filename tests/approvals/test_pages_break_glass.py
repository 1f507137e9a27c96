"""Breaking the glass on a page, where it is marked, and the second look at it."""

import pytest

from approvals.models import StageChangeRequest
from registry.models import ModelVersion
from tests.cast import make_team
from tests.log import activities, no_activity, one_activity
from tests.pages import browser, flashes, look, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    team = make_team()
    team.policy("production", 2, break_glass_roles=["admin"])
    return team


def bypassed(team):
    return team.bypass(team.ask(team.version(), "production"), comment="Fraud wave.")


def test_the_button_is_there_for_the_role_that_the_policy_names_alone(team):
    address = f"/requests/{team.ask(team.version(), 'production').pk}"
    offered = [
        any(text.startswith("Break glass") for text in look(browser(user), address).links)
        for user in (team.admin, team.reviewer, team.engineer, team.viewer)
    ]
    assert offered == [True, False, False, False]


def test_the_page_lists_what_is_overridden_and_warns(team):
    change_request = team.ask(team.version(), "production")
    page = look(browser(team.admin), f"/requests/{change_request.pk}/bypass")
    assert "You put this into effect alone v1 moves to Production at once, without what is still missing." in page.words
    assert "What you override Missing: 0 of 2 approvals; 2 more from" in page.words
    assert "To confirm, type churn v1" in page.words


def test_with_a_reason_and_the_name_typed_the_change_takes_effect(team):
    change_request, client = team.ask(team.version(), "production"), browser(team.admin)
    address = f"/requests/{change_request.pk}/bypass"
    values = look(client, address).values | {"comment": "Fraud wave.", "confirm": " churn  v1 "}
    with activities("stage_change.bypassed", "stage_change.applied"):
        where = send(client, address, values)
    assert (ModelVersion.objects.get().stage, StageChangeRequest.objects.get().effect) == ("production", "break-glass")
    assert flashes(client, where) == ["v1 is now in Production, by break-glass."]


@pytest.mark.parametrize("typed", ["churn", "v1", "Churn v1", "churn v11"])
def test_another_name_than_that_of_the_version_does_nothing_and_keeps_the_reason(team, typed):
    change_request, client = team.ask(team.version(), "production"), browser(team.admin)
    address = f"/requests/{change_request.pk}/bypass"
    with no_activity():
        page = send(client, address, {"comment": "Fraud wave.", "confirm": typed, "digest": change_request.digest}, 400)
    assert "This is not “churn v1”, so nothing was done." in page.words
    assert page.values["comment"] == "Fraud wave."


def test_without_a_reason_nothing_is_done(team):
    change_request, client = team.ask(team.version(), "production"), browser(team.admin)
    sent = {"comment": "  ", "confirm": "churn v1", "digest": change_request.digest}
    with no_activity():
        page = send(client, f"/requests/{change_request.pk}/bypass", sent, 400)
    assert "Break-glass needs a reason, for all to read, so nothing was done." in page.words


def test_content_edited_since_is_shown_before_the_glass_is_broken(team):
    version, client = team.version(metrics={"auc": 0.9}), browser(team.admin)
    change_request = team.ask(version, "production")
    team.edit(version, metrics={"auc": 0.1})
    sent = {"comment": "Fraud wave.", "confirm": "churn v1", "digest": change_request.digest}
    with no_activity():
        page = send(client, f"/requests/{change_request.pk}/bypass", sent, 409)
    assert page.rows[1:] == [["metrics.auc", "0.9", "0.1"]]


@pytest.mark.parametrize(("who", "status"), [("reviewer", 403), ("engineer", 403), ("viewer", 403), ("stranger", 404)])
def test_others_are_told_who_may_and_nothing_is_done(team, who, status):
    change_request, client = team.ask(team.version(), "production"), browser(getattr(team, who))
    sent = {"comment": "Fraud wave.", "confirm": "churn v1", "digest": change_request.digest}
    with no_activity():
        page = send(client, f"/requests/{change_request.pk}/bypass", sent, status)
    assert ("the policy lets admins break the glass, in person" in page.words) == (status == 403)


PLACES = (
    "/requests/{pk}",
    "/approvals?tab=all",
    "/activity",
    "/w/default/models/churn/versions/1",
    "/w/default/models/churn/history",
)


@pytest.mark.parametrize("address", PLACES)
def test_it_is_marked_wherever_the_change_is_shown(team, address):
    change_request = bypassed(team)
    response = browser(team.viewer).get(address.format(pk=change_request.pk))
    assert '<span class="mark glass">' in response.content.decode()


def test_a_release_account_is_marked_too(team):
    team.policy("staging", 1, release_accounts=["engineer"])
    change_request = team.ask(team.version())
    for address in (f"/requests/{change_request.pk}", "/approvals?tab=all", "/activity", "/w/default/models/churn/versions/1"):
        assert "release account" in look(browser(team.viewer), address).words


def test_the_reason_and_what_was_overridden_stand_on_the_page_and_in_the_activity(team):
    page = look(browser(team.viewer), f"/requests/{bypassed(team).pk}")
    assert "Overridden: 0 of 2 approvals" in page.words
    assert "Fraud wave." in look(browser(team.viewer), "/activity?verb=stage_change.bypassed").words


def test_it_stays_to_be_reviewed_until_a_second_person_signs_it_off(team):
    change_request, client = bypassed(team), browser(team.reviewer)
    (row,) = look(client, "/approvals?tab=review").rows[1:]
    assert row[0].startswith("v1churnPut into effect alone byAdmin")
    address = f"/requests/{change_request.pk}"
    with one_activity("stage_change.signed_off"):
        where = send(client, f"{address}/sign-off", {"sign-off-comment": "Right call."})
    assert where == f"{address}#sign-off"
    words = look(client, address).words
    assert "Reviewed afterwards" in words
    assert "You looked at it and signed it off just now" in words
    assert "Right call." in words
    assert "Nothing is to be reviewed" in look(client, "/approvals?tab=review").words
    assert "to be reviewed" not in look(client, address).words


@pytest.mark.parametrize(
    ("who", "count"), [("reviewer", 1), ("second_reviewer", 1), ("admin", 0), ("engineer", 0), ("viewer", 0)]
)
def test_the_tab_counts_what_one_may_sign_off(team, who, count):
    bypassed(team)
    user = getattr(team, who)
    assert StageChangeRequest.objects.awaiting_sign_off(user).count() == count
    page = look(browser(user), f"/requests/{StageChangeRequest.objects.get().pk}")
    assert ("sign-off-comment" in page.values) == bool(count)
    tabs = browser(user).get("/approvals").context["tabs"]
    assert [tab["count"] for tab in tabs if tab["name"] == "To be reviewed"] == [count]


@pytest.mark.parametrize(
    ("who", "status", "sentence"),
    [
        ("admin", 403, "You asked for this change or put it into effect, so a second person must sign it off."),
        ("engineer", 403, "You asked for this change or put it into effect, so a second person must sign it off."),
        ("viewer", 403, "Only editors and admins of the workspace sign off"),
        ("stranger", 404, "There is no stage change request"),
    ],
)
def test_who_may_not_sign_off_is_told_why_and_the_comment_is_kept(team, who, status, sentence):
    change_request = bypassed(team)
    with no_activity():
        page = send(browser(getattr(team, who)), f"/requests/{change_request.pk}/sign-off", {"sign-off-comment": "Fine."}, status)
    assert sentence in page.words
    if status == 403:
        assert page.values["sign-off-comment"] == "Fine."


def test_signing_off_what_is_signed_off_says_by_whom_and_keeps_the_comment(team):
    change_request = bypassed(team)
    team.sign_off(change_request)
    with no_activity():
        page = send(
            browser(team.second_reviewer), f"/requests/{change_request.pk}/sign-off", {"sign-off-comment": "Me too."}, 403
        )
    assert "Reviewer signed this off already" in page.words
    assert "Me too." in page.words
