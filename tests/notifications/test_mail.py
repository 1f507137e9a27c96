"""Who gets mail about what, and what stands in it."""

import pytest
from django.core import mail

from accounts.models import Role
from accounts.services import deactivate_person, set_member
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.models import StageChangeRequest
from approvals.services import (
    reject_stage_change,
    request_stage_change,
    revoke_stage_change,
    withdraw_approval,
)
from notifications.audience import ENDS
from notifications.outbox import drain
from registry.services import archive_model, delete_version, edit_version
from tests.cast import caller, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    made = make_team()
    drain()
    mail.outbox.clear()
    return made


def mails() -> list[tuple[str, str]]:
    """Who was told what, since the last time this was asked."""
    drain()
    sent = sorted((message.to[0].removesuffix("@example.org"), message.body.splitlines()[2]) for message in mail.outbox)
    mail.outbox.clear()
    return sent


ASKED = "Engineer asked to move churn v1: Unassigned → Staging."


def test_those_who_can_decide_hear_of_a_request_each_in_a_mail_of_their_own(team):
    team.ask(team.version())
    assert mails() == [("admin", ASKED), ("reviewer", ASKED), ("second_reviewer", ASKED)]


def test_the_owner_of_a_service_account_hears_once(team):
    team.ask(team.version())
    drain()
    assert [message.to for message in mail.outbox].count([team.admin.email]) == 1


def test_an_admins_request_goes_to_the_editors_and_not_to_their_own_service_account(team):
    team.ask(team.version(), by=team.admin)
    assert [who for who, _ in mails()] == ["reviewer", "second_reviewer"]  # the engineer last edited the content


def test_who_was_let_go_before_the_mail_went_out_hears_nothing(team):
    team.ask(team.version())
    with unit_of_work():
        deactivate_person(user_id=team.reviewer.pk, by=caller(team.staff))
    assert [who for who, _ in mails()] == ["admin", "second_reviewer"]


def test_a_request_that_ended_before_the_mail_went_out_asks_nobody_any_more(team):
    change_request = team.ask(team.version())
    with unit_of_work():
        revoke_stage_change(change_request_id=change_request.pk, by=caller(team.engineer))
    assert mails() == []


def test_the_requester_hears_that_it_took_effect(team):
    change_request = team.ask(team.version())
    mails()
    team.approve(change_request)
    assert mails() == [("engineer", "Reviewer put the move of churn v1 into effect: Unassigned → Staging.")]


def test_nobody_hears_of_an_approval_that_waits_for_others(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    mails()
    team.approve(change_request)
    assert mails() == []


def test_the_requester_hears_that_it_was_rejected_and_why(team):
    change_request = team.ask(team.version())
    drain()
    mail.outbox.clear()
    with unit_of_work():
        reject_stage_change(change_request_id=change_request.pk, by=caller(team.reviewer), comment="The recall is too low.")
    drain()
    (message,) = mail.outbox
    assert message.to == [team.engineer.email]
    assert "Reviewer rejected the move of churn v1: Unassigned → Staging." in message.body
    assert "The recall is too low." in message.body
    assert f"http://testserver/requests/{change_request.pk}" in message.body


def test_the_requester_does_not_hear_of_what_they_did_themselves(team):
    change_request = team.ask(team.version())
    mails()
    with unit_of_work():
        revoke_stage_change(change_request_id=change_request.pk, by=caller(team.engineer))
    assert mails() == []


def test_the_owner_of_the_asking_service_account_does_not_hear_of_what_they_did_themselves(team):
    version = team.version()
    with unit_of_work():
        change_request = request_stage_change(version_id=version.pk, to_stage="staging", by=caller(team.service))
    mails()
    with unit_of_work():
        revoke_stage_change(change_request_id=change_request.pk, by=caller(team.admin))
    assert mails() == []


def test_the_owner_of_the_asking_service_account_hears_of_its_end(team):
    version = team.version()
    with unit_of_work():
        change_request = request_stage_change(version_id=version.pk, to_stage="staging", by=caller(team.service))
    mails()
    team.approve(change_request)
    assert mails() == [("admin", "Reviewer put the move of churn v1 into effect: Unassigned → Staging.")]


def test_the_requester_hears_that_the_version_was_deleted(team):
    change_request = team.ask(team.version())
    mails()
    with unit_of_work():
        delete_version(version_id=change_request.version_id, by=caller(team.reviewer))
    ((who, told),) = mails()
    assert (who, told.partition(", because")[0]) == (
        "engineer",
        "Reviewer ended the request to move churn v1 (Unassigned → Staging)",
    )


def test_the_requester_hears_that_the_model_was_archived(team):
    team.ask(team.version())
    mails()
    with unit_of_work():
        archive_model(model_id=team.model.pk, by=caller(team.reviewer))
    ((who, told),) = mails()
    assert (who, told.partition(", because")[0]) == (
        "engineer",
        "Reviewer ended the request to move churn v1 (Unassigned → Staging)",
    )


def test_those_who_can_decide_hear_that_approvals_are_void(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    mails()
    with unit_of_work():
        edit_version(version_id=change_request.version_id, changes={"metrics": {"auc": 0.9}}, by=caller(team.engineer))
    again = "Engineer changed what the move of churn v1 (Unassigned → Staging) stands for, so an approval no longer counts."
    assert mails() == [("admin", again), ("reviewer", again), ("second_reviewer", again)]


def test_an_edit_that_voids_no_approval_tells_nobody(team):
    change_request = team.ask(team.version())
    mails()
    with unit_of_work():
        edit_version(version_id=change_request.version_id, changes={"metrics": {"auc": 0.9}}, by=caller(team.engineer))
    assert mails() == []


def test_who_has_approved_is_not_asked_again(team):
    team.policy("staging", 3)
    change_request = team.ask(team.version())
    team.approve(change_request)
    assert [who for who, _ in mails()] == ["admin", "second_reviewer"]


def test_who_withdrew_is_asked_no_more_than_before(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    mails()
    with unit_of_work():
        withdraw_approval(change_request_id=change_request.pk, by=caller(team.reviewer))
    assert mails() == []


def test_a_change_that_needs_no_approval_asks_nobody(team):
    team.policy("staging", 0)
    team.ask(team.version())
    assert mails() == []


def test_a_mail_names_skipped_stages_the_comment_and_the_way(team):
    team.ask(team.version(), "production", comment="It is the best <yet> & tested.")
    drain()
    body = mail.outbox[0].body
    assert "Engineer asked to move churn v1: Unassigned → Production." in body
    assert "This move skips: Development, Staging." in body
    assert "It is the best <yet> & tested." in body


def test_a_mail_says_that_a_move_goes_back(team):
    version = team.move(team.version(), "staging")
    mails()
    team.ask(version, "development")
    drain()
    assert "This move goes back." in mail.outbox[0].body


def test_a_subject_is_one_line_whatever_the_names_are(team):
    version = team.version(name="v1  of   many")
    change_request = team.ask(version)
    drain()
    assert mail.outbox[0].subject == f"churn v1 of many: Unassigned → Staging (request {change_request.pk})"


def test_the_message_id_is_made_of_line_and_recipient(team):
    change_request = team.ask(team.version())
    drain()
    line = Activity.objects.get(verb="stage_change.requested", request_id=change_request.pk)
    ids = {message.to[0]: message.extra_headers["Message-ID"] for message in mail.outbox}
    assert ids == {
        person.email: f"<line-{line.pk}-{person.pk}@testserver>" for person in (team.admin, team.reviewer, team.second_reviewer)
    }


def test_who_became_a_reviewer_since_is_asked_too(team):
    team.ask(team.version())
    with unit_of_work():
        set_member(workspace_id=team.workspace.pk, user_id=team.viewer.pk, role=Role.EDITOR, by=caller(team.admin))
    assert [who for who, _ in mails()] == ["admin", "reviewer", "second_reviewer", "viewer"]


def test_every_end_is_told(team):
    ends = {f"stage_change.{status}" for status in StageChangeRequest.Status if status != "pending"}
    assert set(ENDS) == ends
