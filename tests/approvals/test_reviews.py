"""Approving, rejecting, withdrawing: each service with its effects in order, and its refusals."""

import json

import pytest

from accounts.models import Role
from accounts.services import reactivate_person
from activity.errors import NotFound
from activity.models import Activity
from activity.unit import unit_of_work
from approvals.errors import (
    CommentRequired,
    DigestChanged,
    NotEligible,
    NotPending,
    OwnRequest,
)
from approvals.models import Review, StageChangeRequest
from approvals.services import (
    approve_stage_change,
)
from registry.errors import VersionLocked
from registry.models import ModelVersion, StageAssignment
from tests.cast import caller, make_team
from tests.log import activities, no_activity, one_activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def data(line: Activity) -> dict:
    return json.loads(line.data)


MOVE = {"from": "unassigned", "to": "production", "direction": "forward", "skipped_stages": ["development", "staging"]}


def fresh(change_request) -> StageChangeRequest:
    return StageChangeRequest.objects.get(pk=change_request.pk)


def test_an_approval_that_is_the_last_one_puts_the_change_into_effect(team):
    version = team.version()
    change_request = team.ask(version, "production")
    with activities("stage_change.approval_given", "stage_change.applied") as lines, unit_of_work():
        ended = approve_stage_change(change_request_id=change_request.pk, by=caller(team.reviewer), comment=" Fine. ")
    given, applied = lines
    review = Review.objects.get()
    assert data(given) == MOVE | {"comment": "Fine.", "digest": change_request.digest, "review": review.pk}
    assert (applied.from_stage, applied.to_stage) == ("unassigned", "production")
    assert data(applied) == {
        "direction": "forward", "skipped_stages": ["development", "staging"], "effect": "approved", "digest": change_request.digest,
    }  # fmt: skip
    assert (review.reviewer, review.principal, review.decision, review.comment) == (
        team.reviewer,
        team.reviewer,
        "approve",
        "Fine.",
    )
    assert (review.digest, review.withdrawn_at) == (change_request.digest, None)
    assert (ended.status, ended.effect, ended.decided_by, ended.closing_comment) == (
        "applied",
        "approved",
        team.reviewer,
        "Fine.",
    )
    assert ended.closing_activity_id == applied.pk
    moved = ModelVersion.objects.get(pk=version.pk)
    assert (moved.stage, moved.stage_activity_id, moved.revision) == ("production", applied.pk, version.revision + 1)
    assert StageAssignment.objects.values_list("stage__key", "entered_at", "left_at").get() == (
        "production",
        applied.created_at,
        None,
    )


def test_what_a_service_answers_is_what_stands_in_the_database(team):
    version = team.version()
    for act in (lambda: team.ask(version), lambda: team.approve(StageChangeRequest.objects.get())):
        answered = act()
        stored = StageChangeRequest.objects.values().get(pk=answered.pk)
        assert {name: getattr(answered, name) for name in stored} == stored
        assert [review.pk for review in answered.reviews.all()] == list(Review.objects.values_list("pk", flat=True))
        assert answered.version.stage == ModelVersion.objects.get().stage


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_a_change_takes_effect_with_the_approval_that_the_policy_asks_for(team, needed):
    team.policy("staging", needed)
    change_request = team.ask(team.version())
    reviewers = [team.reviewer, team.second_reviewer, team.admin]
    for number, who in enumerate(reviewers[:needed], start=1):
        last = number == needed
        with activities("stage_change.approval_given", *(["stage_change.applied"] if last else [])):
            answered = team.approve(change_request, by=who)
        assert answered.status == ("applied" if last else "pending")
    assert ModelVersion.objects.get().stage == "staging"


def test_lowering_a_policy_applies_nothing_by_itself(team):
    change_request = team.ask(team.version())
    team.policy("staging", 0)
    assert fresh(change_request).status == "pending"
    assert team.approve(change_request).status == "applied"


def test_an_owner_and_their_service_account_have_one_vote(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request, by=team.admin)
    with no_activity():
        assert team.approve(change_request, by=team.service).status == "pending"


def test_the_same_approval_again_answers_the_same_and_writes_nothing(team):
    change_request = team.ask(team.version())
    first = team.approve(change_request)
    with no_activity():
        again = team.approve(change_request)
    assert (again.status, again.decided_at) == (first.status, first.decided_at)
    with pytest.raises(NotPending), no_activity():
        team.approve(change_request, by=team.second_reviewer)


def test_an_approval_that_counts_again_puts_the_change_into_effect(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    team.role(team.reviewer, Role.VIEWER)
    assert team.approve(change_request, by=team.second_reviewer).status == "pending"
    team.role(team.reviewer, Role.EDITOR)
    with one_activity("stage_change.applied"):
        assert team.approve(change_request).status == "applied"


def test_an_approval_that_does_not_count_any_more_is_not_answered_as_if_it_did(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version(), by=team.admin)
    team.approve(change_request)
    team.role(team.reviewer, Role.VIEWER, by=team.admin)
    team.role(team.reviewer, Role.EDITOR, by=team.admin)  # given by the requester, after they asked
    with pytest.raises(NotEligible, match="Your role was given by the requester"), no_activity():
        team.approve(change_request)


def test_the_vote_of_somebody_let_go_does_not_count_and_counts_again_when_they_are_back(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    team.let_go(team.reviewer)
    assert team.approve(change_request, by=team.second_reviewer).status == "pending"
    with unit_of_work():
        reactivate_person(user_id=team.reviewer.pk, by=caller(team.staff))
    assert team.approve(change_request, by=team.reviewer).status == "applied"


def test_somebody_let_go_decides_nothing(team):
    change_request = team.ask(team.version())
    team.let_go(team.reviewer)
    for decide in (team.approve, team.reject):
        with pytest.raises(NotFound), no_activity():
            decide(change_request)


def test_the_service_account_of_somebody_let_go_decides_nothing(team):
    change_request = team.ask(team.version())
    team.let_go(team.admin)
    with pytest.raises(NotFound), no_activity():
        team.approve(change_request, by=team.service)


def test_a_locked_version_waits_with_its_request_until_the_lock_is_lifted(team):
    version = team.version()
    change_request = team.ask(version)
    team.lock(version, "redact")
    for who in (team.reviewer, team.admin):
        with pytest.raises(VersionLocked), no_activity():
            team.approve(change_request, by=who)
    with pytest.raises(VersionLocked):
        locked = team.version()
        team.lock(locked, "closed")
        team.ask(locked)
    team.lock(version, "open")
    assert team.approve(change_request).status == "applied"


def test_a_rejection_ends_the_request_and_says_why(team):
    change_request = team.ask(team.version())
    with one_activity("stage_change.rejected") as lines:
        ended = team.reject(change_request, comment=" Too early. ")
    assert (ended.status, ended.decided_by, ended.closing_comment, ended.effect) == ("rejected", team.reviewer, "Too early.", "")
    assert ended.closing_activity_id == lines[0].pk
    assert Review.objects.values_list("decision", "comment").get() == ("reject", "Too early.")
    assert ModelVersion.objects.get().stage == "unassigned"


def test_a_rejection_without_a_reason_is_refused(team):
    change_request = team.ask(team.version())
    with pytest.raises(CommentRequired), no_activity():
        team.reject(change_request, comment="  ")
    assert Review.objects.count() == 0


def test_the_same_rejection_again_answers_the_same_and_writes_nothing(team):
    change_request = team.ask(team.version())
    team.reject(change_request)
    with no_activity():
        assert team.reject(change_request, comment="Again.").closing_comment == "Not yet."
    with pytest.raises(NotPending):
        team.reject(change_request, by=team.second_reviewer)


def test_who_approved_may_still_reject_and_the_rejection_is_what_counts(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    assert team.reject(change_request).status == "rejected"
    assert [(review.decision, review.withdrawn_at is None) for review in Review.objects.all()] == [
        ("approve", False),
        ("reject", True),
    ]


def test_an_approval_is_withdrawn_with_a_line_and_can_be_given_again(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    with one_activity("stage_change.approval_withdrawn") as lines:
        team.withdraw(change_request)
    assert data(lines[0])["review"] == Review.objects.get().pk
    assert Review.objects.get().withdrawn_at is not None
    with pytest.raises(NotEligible), no_activity():
        team.withdraw(change_request)
    team.approve(change_request)
    assert team.approve(change_request, by=team.second_reviewer).status == "applied"


def test_a_withdrawn_approval_does_not_count(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    team.withdraw(change_request)
    assert team.approve(change_request, by=team.second_reviewer).status == "pending"


def test_somebody_who_lost_their_role_may_still_withdraw(team):
    team.policy("staging", 2)
    change_request = team.ask(team.version())
    team.approve(change_request)
    team.role(team.reviewer, Role.VIEWER)
    with one_activity("stage_change.approval_withdrawn"):
        team.withdraw(change_request)


def test_you_decide_on_what_you_saw(team):
    version = team.version()
    change_request = team.ask(version)
    team.edit(version, metrics={"auc": 0.1})
    now = fresh(change_request).digest
    for decide in (
        lambda digest: team.approve(change_request, digest=digest),
        lambda digest: team.reject(change_request, digest=digest),
    ):
        with pytest.raises(DigestChanged) as refused, no_activity():
            decide(change_request.digest)
        assert refused.value.extras == {"digest": now}
    assert team.approve(change_request, digest=now).status == "applied"


def test_the_requester_does_not_decide(team):
    change_request = team.ask(team.version())
    for decide in (
        lambda: team.approve(change_request, by=team.engineer),
        lambda: team.reject(change_request, by=team.engineer),
    ):
        with pytest.raises(OwnRequest), no_activity():
            decide()
